// The host's machines with a real monitor: QEMU boots the image, is paused, saved, restored, killed.
//
// What other monitors share with it is tried in tests/host/, with stand-ins.

import assert from "node:assert/strict";
import { kvmWorks } from "../../../image/kvm.ts";
import { createMachine } from "../../../host/machine/create_machine.ts";
import type { Machine } from "../../../host/machine/machine.ts";
import { MachineError } from "../../../host/machine/machine_error.ts";
import type { MachineOptions } from "../../../host/machine/options.ts";
import type { Attempts } from "./attempts.ts";
import type { TestImage } from "../guest/test_image.ts";

/** How many milliseconds a restored guest's clock may be wrong. */
const CLOCK_MS = 300;
/** How long a guest may take, emulated, beside whatever else runs. */
const READY_MS = 60_000;

const code = "import os,time;print(os.urandom(16).hex(), time.time_ns()//1000000)";

/** What a job in the guest says: random bytes, and by how much, at least, its clock is wrong. */
async function look(machine: Machine): Promise<{ random: string; offMs: number }> {
  await using client = await machine.connect();
  const before = Date.now();
  const { output, status } = await client.run({ language: "python", code }).result;
  const after = Date.now();
  assert.equal(status, "exited");
  const [random, clock] = new TextDecoder().decode(output.stdout).trim().split(" ");
  return { random, offMs: Math.max(before - Number(clock), Number(clock) - after, 0) };
}

/** A scenario that needs no other guest. */
interface HostScenario {
  name: string;
  run: () => Promise<void>;
}

/** Tries those whose name contains `filter`. All machines are in the new directory `directory`. */
export async function tryHostMachines(
  attempts: Attempts,
  image: TestImage,
  directory: string,
  filter: string,
): Promise<void> {
  await Deno.mkdir(directory);
  const { first, scenarios } = hostMachine(image, directory);
  await using _first = first;
  for (const { name, run } of scenarios.filter(({ name }) => name.includes(filter))) {
    await attempts.run(name, run, 2 * READY_MS);
  }
}

/** The scenarios, and the machine that most of them share. */
function hostMachine(
  image: TestImage,
  directory: string,
): { first: Machine; scenarios: HostScenario[] } {
  const { initrd, disk, diskInitrd, kernel } = image;
  const form = disk === undefined ? { initrd } : { initrd: diskInitrd, disk };
  let count = 0;
  const make = (change: Partial<MachineOptions> = {}) =>
    createMachine({
      ...{ monitor: "qemu", cid: 3, cpus: 2, memoryMib: disk === undefined ? 768 : 384 },
      image: { kernel, ...form, options: ["cryptomgr.notests"] },
      directory: `${directory}/m${count++}`,
      readyMs: READY_MS,
      ...change,
    });
  const snapshot = `${directory}/snapshot`;
  const first = make();
  const running = async () => {
    if (first.state === "new") await first.start();
    return first;
  };
  const saved = async () => {
    const found = await Deno.stat(snapshot).then(() => true, () => false);
    if (!found) await (await running()).snapshot(snapshot);
  };
  const scenarios: HostScenario[] = [
    {
      name: "host: a machine boots, and runs a job",
      run: async () => {
        await running();
        assert.ok(!first.lacks.includes("virtual machine"));
        assert.ok(first.lacks.includes("KVM") || await kvmWorks("x86_64"));
        assert.ok((await look(first)).offMs < CLOCK_MS + 2000);
      },
    },
    {
      name: "host: a paused machine answers nothing, and goes on",
      run: async () => {
        await using client = await (await running()).connect();
        await first.pause();
        const late = client.ping();
        await new Promise((resolve) => setTimeout(resolve, 500));
        await first.resume();
        assert.ok(await late >= 400);
      },
    },
    {
      name: "host: a machine is saved, and goes on",
      run: async () => {
        await saved();
        await look(first);
      },
    },
    {
      name: "host: a snapshot is restored twice: fresh randomness, the host's time",
      run: async () => {
        await saved();
        const randoms: string[] = [];
        for (let i = 0; i < 2; i++) {
          await using copy = make();
          await copy.restore(snapshot);
          const { random, offMs } = await look(copy);
          assert.ok(offMs < CLOCK_MS, `the clock is wrong by ${offMs} ms`);
          randoms.push(random);
        }
        assert.notEqual(randoms[0], randoms[1]);
      },
    },
    {
      name: "host: a machine is stopped in order, and nothing is left",
      run: async () => {
        const end = await (await running()).stop(15_000);
        assert.deepEqual([end.how, end.process, end.code], ["stopped", "QEMU", 0]);
        assert.match(first.console(), /Power down/);
        const left = [...Deno.readDirSync(directory)].map(({ name }) => name);
        assert.deepEqual(left.filter((name) => name !== "snapshot"), []);
      },
    },
    {
      name: "host: when the process of a machine's socket device ends, so does the machine",
      run: async () => {
        const microvm = make({ qemu: { machine: "microvm" } });
        await assert.rejects(microvm.restore(snapshot), /no port/);
        const machine = make();
        await machine.restore(snapshot);
        const marker = await Deno.readTextFile(`${machine.options.directory}/machine.json`);
        Deno.kill(JSON.parse(marker).processes[0].pid, "SIGKILL");
        const { how, process } = await machine.ended;
        assert.deepEqual([how, process], ["died", "the socket device"]);
      },
    },
    {
      name: "host: a snapshot that is cut short is not restored",
      run: async () => {
        await saved();
        await Deno.truncate(`${snapshot}/guest.state`, 1 << 20);
        await assert.rejects(make().restore(snapshot), MachineError);
      },
    },
    {
      name: "host: an image without a root fails, with the kernel's last words",
      run: async () => {
        const machine = make({ image: { kernel, options: ["cryptomgr.notests"] } });
        await assert.rejects(machine.start(), (error) => {
          assert.ok(error instanceof MachineError && error.kind === "boot_failed", String(error));
          assert.match(error.message, /Kernel panic - not syncing: VFS/);
          return true;
        });
      },
    },
  ];
  return { first, scenarios };
}
