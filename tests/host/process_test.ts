// Machines of the monitor `process`: a whole life, its faults, and that nothing is left.

import assert from "node:assert/strict";
import { createMachine } from "../../host/machine/create_machine.ts";
import { MachineError } from "../../host/machine/machine_error.ts";
import type { Machine } from "../../host/machine/machine.ts";
import type { MachineOptions } from "../../host/machine/options.ts";
import { agentCommand } from "../../scripts/tools/source_agent.ts";
import { root, testNeeding } from "../helpers/need.ts";
import { cgroupDirectory, cgroupTree } from "./cgroup_tree.ts";
import { fails } from "./fails.ts";
import { leavesNothing } from "./leaves_nothing.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function machineIn(directory: string, change: Partial<MachineOptions> = {}): Machine {
  const image = { agent: agentCommand() };
  const size = { cid: 3, memoryMib: 512, cpus: 1, readyMs: 20_000 };
  return createMachine({ monitor: "process", image, directory, ...size, ...change });
}

Deno.test("a machine starts, runs a job, and stops", () =>
  leavesNothing(async (directory) => {
    const machine = machineIn(`${directory}/m`);
    assert.equal(machine.state, "new");
    await machine.start();
    assert.equal(machine.state, "ready");
    assert.ok(machine.lacks.includes("virtual machine") && machine.lacks.includes("host cgroup"));
    assert.equal((await Deno.stat(`${directory}/m`)).mode! & 0o777, 0o700);
    {
      await using client = await machine.connect();
      const { output } = await client.run({ language: "sh", code: "echo $((6 * 7))" }).result;
      assert.equal(text(output.stdout), "42\n");
    }
    const end = await machine.stop();
    assert.deepEqual([end.how, end.process, end.survivors], ["stopped", "the agent", []]);
    assert.equal(machine.state, "ended");
    assert.deepEqual(await machine.stop(), end);
    await assert.rejects(machine.connect(), fails("ended"));
    await assert.rejects(machine.start(), fails("ended"));
  }));

Deno.test("a paused machine answers nothing, and goes on", () =>
  leavesNothing(async (directory) => {
    await using machine = machineIn(`${directory}/m`);
    await machine.start();
    await using client = await machine.connect();
    await machine.pause();
    await assert.rejects(machine.connect(), fails("state", /"paused"/));
    await assert.rejects(machine.pause(), fails("state"));
    const late = client.ping();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await machine.resume();
    assert.ok(await late >= 250);
    const { status } = await client.run({ language: "sh", code: "true" }).result;
    assert.equal(status, "exited");
  }));

Deno.test("a paused machine with a running job is stopped, and nothing is left", () =>
  leavesNothing(async (directory) => {
    await using machine = machineIn(`${directory}/m`);
    await machine.start();
    await using client = await machine.connect();
    const run = client.run({ language: "sh", code: "while :; do :; done" });
    run.result.catch(() => {});
    await run.acked;
    await machine.pause();
    assert.equal((await machine.stop()).how, "stopped");
  }));

testNeeding(
  [cgroupTree],
  "a machine's processes are in its own cgroup, which goes with it",
  () =>
    leavesNothing(async (directory) => {
      const machine = machineIn(`${directory}/m`, { cgroup: cgroupDirectory! });
      await machine.start();
      const marker = JSON.parse(await Deno.readTextFile(`${directory}/m/machine.json`));
      const procs = await Deno.readTextFile(`${marker.cgroup}/cgroup.procs`);
      assert.ok(procs.split("\n").includes(String(marker.processes[0].pid)));
      assert.ok(!machine.lacks.includes("host cgroup"));
      assert.equal((await machine.stop()).how, "stopped");
      await assert.rejects(Deno.stat(marker.cgroup), Deno.errors.NotFound);
    }),
);

Deno.test("what processes cannot do is an error of its kind", () =>
  leavesNothing(async (directory) => {
    await using machine = machineIn(`${directory}/m`);
    await assert.rejects(machine.restore(`${directory}/s`), fails("unsupported"));
    await assert.rejects(machine.pause(), fails("state", /"new"/));
    await machine.start();
    await assert.rejects(machine.snapshot(`${directory}/s`), fails("unsupported", /be saved/));
  }));

Deno.test("an agent that is killed ends its machine", () =>
  leavesNothing(async (directory) => {
    await using machine = machineIn(`${directory}/m`);
    await machine.start();
    const marker = JSON.parse(await Deno.readTextFile(`${directory}/m/machine.json`));
    await using client = await machine.connect();
    Deno.kill(marker.processes[0].pid, "SIGKILL");
    const { how, process, signal } = await machine.ended;
    assert.deepEqual([how, process, signal], ["died", "the agent", "SIGKILL"]);
    await assert.rejects(client.ping());
    await assert.rejects(machine.pause(), fails("ended"));
  }));

Deno.test("an agent that cannot start fails with what it said", () =>
  leavesNothing(async (directory) => {
    const image = { agent: [...agentCommand(), "--without", "seatbelt"] };
    const machine = machineIn(`${directory}/m`, { image });
    await assert.rejects(
      machine.start(),
      fails("boot_failed", /the agent ended before(.|\n)*Cannot leave \\"seatbelt\\" off/),
    );
    const { how, code, why } = await machine.ended;
    assert.deepEqual([how, code], ["failed", 1]);
    assert.match(why!, /seatbelt/);
  }));

Deno.test("what never answers fails at the deadline, with what it said", () =>
  leavesNothing(async (directory) => {
    const image = { agent: ["/bin/sh", "-c", "echo one; echo two >&2; sleep 60"] };
    const machine = machineIn(`${directory}/m`, { image, readyMs: 300 });
    const start = performance.now();
    await assert.rejects(machine.start(), (error) => {
      fails("timeout", /not ready after 300 ms/)(error);
      assert.deepEqual((error as MachineError).lines.toSorted(), ["one", "two"]);
      return true;
    });
    assert.ok(performance.now() - start < 10_000, "what the agent started is not waited for");
  }));

Deno.test("a machine that is stopped while it starts has ended, and so its start fails", () =>
  leavesNothing(async (directory) => {
    const image = { agent: ["/bin/sh", "-c", "sleep 60"] };
    for (const ms of [0, 5, 40, 150]) {
      const never = machineIn(`${directory}/m`, { image });
      const started = assert.rejects(never.start(), fails("ended"));
      await new Promise((resolve) => setTimeout(resolve, ms));
      assert.equal((await never.stop()).how, "killed");
      await started;
      // An agent may have become ready just then.
      const machine = machineIn(`${directory}/m`);
      const start = machine.start().then(
        () => "stopped",
        ({ kind }) => kind === "ended" && "killed",
      );
      await new Promise((resolve) => setTimeout(resolve, ms));
      assert.equal((await machine.stop()).how, await start);
    }
  }));

Deno.test("a machine that does not end when asked to is killed, with all that it started", () =>
  leavesNothing(async (directory) => {
    const stubborn = [
      ...['trap "" TERM; sleep 60 & exec "$@" 2>&1', "sh", ...agentCommand()],
    ];
    await using machine = machineIn(`${directory}/m`, {
      image: { agent: ["/bin/sh", "-c", ...stubborn] },
    });
    await machine.start();
    const { how, signal, survivors } = await machine.stop(100);
    assert.deepEqual([how, signal, survivors], ["killed", undefined, []]);
  }));

Deno.test("a machine that never started stops at once", () =>
  leavesNothing(async (directory) => {
    const machine = machineIn(`${directory}/m`);
    assert.equal((await machine.stop()).how, "stopped");
    await assert.rejects(machine.start(), fails("ended"));
  }));

Deno.test("a program that is not installed is named", () =>
  leavesNothing(async (directory) => {
    const image = { agent: ["/nonexistent/agent"] };
    await assert.rejects(
      machineIn(`${directory}/m`, { image }).start(),
      fails("not_installed", /\/nonexistent\/agent/),
    );
  }));

Deno.test("a directory that is there already stays as it is", () =>
  leavesNothing(async (directory) => {
    await Deno.mkdir(`${directory}/m`);
    await Deno.writeTextFile(`${directory}/m/mine`, "mine");
    await assert.rejects(machineIn(`${directory}/m`).start(), fails("directory", /exists/));
    assert.equal(await Deno.readTextFile(`${directory}/m/mine`), "mine");
    await assert.rejects(machineIn(`${directory}/none/m`).start(), fails("directory", /No such/));
  }));

testNeeding(
  [root],
  "a directory on a full disk is an error, and is removed",
  () =>
    leavesNothing(async (directory) => {
      const disk = `${directory}/disk`;
      await Deno.mkdir(disk);
      const run = (program: string, ...args: string[]) =>
        new Deno.Command(program, { args }).output();
      assert.ok((await run("mount", "-t", "tmpfs", "-o", "size=4k", "none", disk)).success);
      try {
        await Deno.writeFile(`${disk}/full`, new Uint8Array(4096));
        await assert.rejects(machineIn(`${disk}/m`).start(), fails("directory", /space/));
        assert.deepEqual([...Deno.readDirSync(disk)].map(({ name }) => name), ["full"]);
      } finally {
        await run("umount", disk);
      }
    }),
);

testNeeding(
  [root],
  "a machine whose directory cannot be removed says so when it ends",
  () =>
    leavesNothing(async (directory) => {
      const machine = machineIn(`${directory}/m`);
      await machine.start();
      const mounted = `${directory}/m/mounted`;
      await Deno.mkdir(mounted);
      await new Deno.Command("mount", { args: ["-t", "tmpfs", "none", mounted] }).output();
      try {
        const { how, remains } = await machine.stop();
        assert.equal(how, "stopped");
        assert.match(remains!, /busy/);
      } finally {
        // It is left under the name that tells the next host to clear it.
        const [{ name }] = [...Deno.readDirSync(directory)];
        assert.match(name, /^m\.of-/);
        await new Deno.Command("umount", { args: [`${directory}/${name}/mounted`] }).output();
        await Deno.remove(`${directory}/${name}`, { recursive: true });
      }
    }),
);
