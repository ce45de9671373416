// Which network namespace a sandbox gets: one of its own, a used one only if nothing is in it.

import assert from "node:assert/strict";
import { O_CLOEXEC, O_RDWR } from "../../linux/constants.ts";
import { openFd } from "../../linux/fd.ts";
import { Networks } from "./networks.ts";

/** A file that says what /proc/net/sockstat would. */
function saying(text: string): { path: string; fd: number } {
  const path = Deno.makeTempFileSync();
  Deno.writeTextFileSync(path, text);
  return { path, fd: openFd(path, O_RDWR | O_CLOEXEC) };
}

const empty = "sockets: used 0\nTCP: inuse 0 orphan 0 tw 0 alloc 0 mem 0\n";

Deno.test("networks: an empty one serves again, one with sockets or a loopback job does not", () => {
  const gone: number[] = [];
  const networks = new Networks(2, (place) => gone.push(place));
  const make = (text: string) => {
    const network = networks.next()!;
    assert.ok(network.isNew);
    const count = saying(text);
    networks.onMade(network, count.fd);
    return { network, count };
  };
  const first = make(empty);
  const second = make(empty);
  assert.notEqual(second.network.place, first.network.place);
  networks.giveBack(first.network, false);
  assert.deepEqual(networks.next(), { place: first.network.place, isNew: false });
  // A socket was left: the count is read again each time.
  Deno.writeTextFileSync(first.count.path, "sockets: used 1\n");
  networks.giveBack(first.network, false);
  assert.deepEqual(networks.next(), { place: first.network.place, isNew: true });
  networks.giveBack(second.network, true);
  assert.deepEqual(networks.next(), { place: second.network.place, isNew: true });
  assert.deepEqual(gone, [first.network.place, second.network.place]);
  for (const { count } of [first, second]) Deno.removeSync(count.path);
});

Deno.test("networks: no more are kept than are needed at once", () => {
  const gone: number[] = [];
  const networks = new Networks(2, (place) => gone.push(place));
  const made = [0, 1, 2].map(() => {
    const network = networks.next()!;
    const count = saying(empty);
    networks.onMade(network, count.fd);
    return { network, count };
  });
  for (const { network } of made) networks.giveBack(network, false);
  assert.deepEqual(gone, [made[0].network.place]);
  for (const { count } of made) Deno.removeSync(count.path);
});

Deno.test("networks: what cannot be read is not empty", () => {
  const networks = new Networks(1, () => {});
  for (const text of ["", "sockets: used", "sockets: used 01\n", "sockets: used 10\n"]) {
    const network = networks.next()!;
    const count = saying(text);
    networks.onMade(network, count.fd);
    networks.giveBack(network, false);
    assert.ok(networks.next()!.isNew, text);
    Deno.removeSync(count.path);
  }
});

Deno.test("networks: there are as many as there are places, and then none", () => {
  const networks = new Networks(1, () => {});
  const places = new Set<number>();
  for (let network = networks.next(); network !== undefined; network = networks.next()) {
    places.add(network.place);
  }
  assert.ok(places.size > 64 + 12, "one for each prepared sandbox and each connection");
  networks.giveBack({ place: 7, isNew: true }, false);
  assert.deepEqual(networks.next(), { place: 7, isNew: true });
  assert.equal(networks.next(), undefined);
});
