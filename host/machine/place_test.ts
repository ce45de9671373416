// A machine's belongings, without a machine.

import assert from "node:assert/strict";
import { ConsoleLog } from "./console_log.ts";
import type { MachineOptions } from "./options.ts";
import { Place } from "./place.ts";
import { isAlive } from "./processes.ts";

async function withPlace(body: (place: Place) => Promise<void>, over = new AbortController()) {
  const parent = await Deno.makeTempDir({ prefix: "sp-place-" });
  const size = { cid: 3, memoryMib: 1, cpus: 1 };
  const options: MachineOptions = {
    ...{ monitor: "process", image: {}, directory: `${parent}/m`, ...size },
  };
  const place = await Place.make(options, new ConsoleLog(), over.signal);
  try {
    await body(place);
  } finally {
    assert.deepEqual(await place.kill(), []);
    assert.equal(await place.remove(), null);
    assert.deepEqual([...Deno.readDirSync(parent)], []);
    await Deno.remove(parent);
  }
}

const sleep = { name: "sleep", command: ["sleep", "60"] };

Deno.test("place: the first process to end is told, with what it said before", () =>
  withPlace(async (place) => {
    const long = await place.spawn(sleep);
    await place.spawn({ name: "short", command: ["sh", "-c", "echo last words; exit 7"] });
    const { name, status } = await place.died;
    assert.deepEqual([name, status.code, place.console.text], ["short", 7, "last words\n"]);
    assert.ok(isAlive(long));
  }));

Deno.test("place: nothing is started any more once it is ending", () =>
  withPlace(async (place) => {
    const process = await place.spawn(sleep);
    await place.kill();
    assert.ok(!isAlive(process));
    await assert.rejects(place.spawn(sleep), /has ended/);
  }));

Deno.test("place: a process gets its limits, and none of this process's secrets", () =>
  withPlace(async (place) => {
    Deno.env.set("SALLYPORT_TEST_SECRET", "secret");
    const command = ["sh", "-c", "ulimit -c; ulimit -n; echo ${SALLYPORT_TEST_SECRET:-none}; pwd"];
    await place.spawn({ name: "look", command, openFiles: 99 });
    await place.died;
    Deno.env.delete("SALLYPORT_TEST_SECRET");
    assert.equal(place.console.text, `0\n99\nnone\n${place.root}\n`);
  }));

Deno.test("place: waiting ends with the machine, and with the limit", () => {
  const over = new AbortController();
  return withPlace(async (place) => {
    const never = () => Promise.reject(new Error("not yet"));
    await assert.rejects(
      place.until("nothing came", never, 50),
      /^Error: nothing came after 50 ms$/,
    );
    const waiting = assert.rejects(place.until("nothing came", never), /not yet/);
    over.abort();
    await waiting;
  }, over);
});
