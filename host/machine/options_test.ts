import assert from "node:assert/strict";
import { MachineError } from "./machine_error.ts";
import { checkOptions, type MachineOptions } from "./options.ts";

const agent: MachineOptions = {
  monitor: "process",
  image: {},
  directory: "/run/sallyport/m1",
  cid: 3,
  memoryMib: 512,
  cpus: 2,
};
const guest: MachineOptions = { ...agent, monitor: "qemu", image: { kernel: "/boot/vmlinuz" } };

Deno.test("options: what is whole is taken", () => {
  for (const options of [agent, guest, { ...guest, monitor: "firecracker" as const, cpus: 32 }]) {
    checkOptions(options);
  }
});

Deno.test("options: what cannot be used is named", () => {
  const user = { uid: 1, gid: 1 };
  const cases: [Partial<MachineOptions>, RegExp][] = [
    [{ monitor: "xen" as "qemu" }, /no monitor "xen"/],
    [{ image: {} }, /needs an image with a kernel/],
    [{ monitor: "process" }, /boots no kernel/],
    [{ monitor: "process", image: {}, user }, /drops to its own user/],
    [{ monitor: "process", image: { agent: [] } }, /needs a program/],
    [{ directory: "run/m1" }, /not an absolute path/],
    [{ directory: `/${"a".repeat(100)}` }, /too long for the sockets/],
    [{ cid: 2 }, /"cid" is 2, not a whole number from 3/],
    [{ cpus: 1.5 }, /"cpus" is 1.5/],
    [{ monitor: "firecracker", cpus: 33 }, /"cpus" is 33, .* to 32/],
    [{ memoryMib: 0 }, /"memoryMib"/],
    [{ readyMs: 0 }, /"readyMs"/],
    [{ jailer: "/usr/bin/jailer", user }, /only Firecracker/],
    [{ monitor: "firecracker", jailer: "/usr/bin/jailer" }, /needs the user/],
  ];
  for (const [change, said] of cases) {
    assert.throws(
      () => checkOptions({ ...guest, ...change }),
      (error) =>
        error instanceof MachineError && error.kind === "bad_options" &&
        said.test(error.message),
      JSON.stringify(change),
    );
  }
});
