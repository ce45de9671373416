// Machines of Firecracker and Cloud Hypervisor, against stand-ins that refuse what the monitors'
// specifications refuse, and that have a real agent for a guest.

import assert from "node:assert/strict";
import { createMachine } from "../../host/machine/create_machine.ts";
import type { Machine } from "../../host/machine/machine.ts";
import { MachineError } from "../../host/machine/machine_error.ts";
import type { MachineOptions } from "../../host/machine/options.ts";
import { standInProgram } from "../../host/machine/testing/stand_in_program.ts";
import { root, testNeeding } from "../helpers/need.ts";
import { fails } from "./fails.ts";
import { leavesNothing } from "./leaves_nothing.ts";

const monitors = ["firecracker", "cloud_hypervisor"] as const;
type Name = typeof monitors[number];

/** Where a process works; null if it has ended. */
function directoryOf(pid: string): string | null {
  try {
    return Deno.readLinkSync(`/proc/${pid}/cwd`);
  } catch {
    return null;
  }
}

interface Stage {
  readonly directory: string;
  make(change?: Partial<MachineOptions>): Machine;
}

/** A stage with a stand-in's program and files of an image, whose kernel says `kernel`. */
function staged(
  monitor: Name,
  body: (stage: Stage) => Promise<void>,
  kernel = "works",
  flags = "",
) {
  return leavesNothing(async (directory) => {
    const program = await standInProgram(directory, monitor, flags);
    await Deno.writeTextFile(`${directory}/vmlinux`, kernel);
    await Deno.writeTextFile(`${directory}/initrd`, "files");
    await Deno.writeTextFile(`${directory}/disk`, "disk");
    const image = {
      kernel: `${directory}/vmlinux`,
      initrd: `${directory}/initrd`,
      disk: `${directory}/disk`,
      options: ["one=1"],
    };
    let count = 0;
    await body({
      directory,
      make: (change = {}) =>
        createMachine({
          ...{ monitor, program, image, cid: 3, memoryMib: 512, cpus: 2, readyMs: 20_000 },
          directory: `${directory}/m${count++}`,
          ...change,
        }),
    });
  });
}

async function answer(machine: Machine, code: string): Promise<string> {
  await using client = await machine.connect();
  const { output } = await client.run({ language: "sh", code }).result;
  return new TextDecoder().decode(output.stdout).trim();
}

for (const monitor of monitors) {
  const name = (text: string) => `${monitor}: ${text}`;

  Deno.test(
    name("a machine starts, runs a job, pauses, goes on and stops"),
    () =>
      staged(monitor, async ({ make }) => {
        const machine = make();
        await machine.start();
        assert.equal(await answer(machine, "echo $((6 * 7))"), "42");
        assert.match(machine.console(), /Linux version.*console=ttyS0.*one=1/);
        await machine.pause();
        await assert.rejects(machine.connect(), fails("state"));
        await machine.resume();
        assert.equal(await answer(machine, "echo on"), "on");
        const { how, code } = await machine.stop();
        assert.deepEqual([how, code], ["stopped", 0]);
      }),
  );

  Deno.test(name("another port is told to the guest"), () =>
    staged(monitor, async ({ make }) => {
      await using machine = make({ port: 6000 });
      await machine.start();
      assert.match(machine.target, /:6000$/);
      assert.equal(await answer(machine, "echo on"), "on");
    }));

  Deno.test(
    name("saved, and restored twice, with the host's time and a seed"),
    () =>
      staged(monitor, async ({ directory, make }) => {
        const snapshot = `${directory}/snapshot`;
        {
          await using machine = make();
          await machine.start();
          await machine.snapshot(snapshot);
          assert.equal(machine.state, "ready");
          assert.equal(await answer(machine, "echo on"), "on");
          await assert.rejects(machine.snapshot(snapshot), fails("directory", /there already/));
          await machine.pause();
          await machine.snapshot(`${directory}/paused`);
          assert.equal(machine.state, "paused");
        }
        for (const from of [snapshot, snapshot, `${directory}/paused`]) {
          await using machine = make();
          await machine.restore(from);
          assert.match(machine.console(), /new time number, new seed of 32 bytes/);
          assert.equal(await answer(machine, "echo again"), "again");
        }
      }),
  );

  Deno.test(
    name("a guest that refuses to be made new is not used"),
    () =>
      staged(
        monitor,
        async ({ directory, make }) => {
          {
            await using machine = make();
            await machine.start();
            await machine.snapshot(`${directory}/snapshot`);
          }
          const machine = make();
          await assert.rejects(
            machine.restore(`${directory}/snapshot`),
            fails("restore_failed", /cannot make it new/),
          );
          assert.equal((await machine.ended).how, "failed");
        },
        "works",
        "--keeps-reset",
      ),
  );

  Deno.test(
    name("a snapshot of another machine, or half of one, is not restored"),
    () =>
      staged(monitor, async ({ directory, make }) => {
        {
          await using machine = make();
          await machine.start();
          await machine.snapshot(`${directory}/snapshot`);
        }
        await assert.rejects(
          make({ memoryMib: 256 }).restore(`${directory}/snapshot`),
          fails("restore_failed", /"memoryMib" is 512, not 256/),
        );
        await assert.rejects(
          make().restore(directory),
          fails("restore_failed", /no whole snapshot/),
        );
        const file = monitor === "firecracker" ? "snapshot.memory" : "memory-ranges";
        await Deno.remove(`${directory}/snapshot/${file}`);
        await assert.rejects(make().restore(`${directory}/snapshot`), MachineError);
      }),
  );

  Deno.test(
    name("a kernel that panics fails the start, and the error shows the console"),
    () =>
      staged(monitor, async ({ make }) => {
        const machine = make();
        await assert.rejects(
          machine.start(),
          fails("boot_failed", /panic - not syncing: No working/),
        );
        const { how, why } = await machine.ended;
        assert.equal(how, "failed");
        assert.match(why!, /No working init/);
      }, "panics"),
  );

  Deno.test(
    name("a guest that hangs fails at the deadline, and the error shows the console"),
    () =>
      staged(monitor, async ({ make }) => {
        await assert.rejects(
          make({ readyMs: 1500 }).start(),
          fails("timeout", /not ready after 1500 ms(.|\n)*Linux version/),
        );
      }, "hangs"),
  );

  Deno.test(
    name("a monitor that is killed ends its machine; so does the guest's own end"),
    () =>
      staged(monitor, async ({ directory, make }) => {
        const killed = make();
        await killed.start();
        const { processes } = JSON.parse(await Deno.readTextFile(`${directory}/m0/machine.json`));
        Deno.kill(processes[0].pid, "SIGKILL");
        const { how, signal } = await killed.ended;
        assert.deepEqual([how, signal], ["died", "SIGKILL"]);
        const off = make();
        await off.start();
        const pids = new Deno.Command("pgrep", { args: ["-f", "--", "--listen unix:agent.sock"] });
        const found = new TextDecoder().decode((await pids.output()).stdout).trim().split("\n");
        for (const pid of found) {
          if (directoryOf(pid) === `${directory}/m1/run`) Deno.kill(Number(pid), "SIGKILL");
        }
        assert.equal((await off.ended).how, "died");
      }),
  );

  Deno.test(name("what is missing is named"), () =>
    staged(monitor, async ({ directory, make }) => {
      await assert.rejects(
        make({ program: `${directory}/none` }).start(),
        fails("not_installed", /none/),
      );
      await assert.rejects(
        make({ image: { kernel: `${directory}/none` } }).start(),
        fails("bad_image", /none/),
      );
    }));

  testNeeding(
    [root],
    name("another user runs the monitor, and reaches nothing else"),
    () =>
      staged(monitor, async ({ directory, make }) => {
        // The stand-in itself needs this user's files, so a program that only looks around is started.
        const program = `${directory}/look`;
        await Deno.chmod(directory, 0o755);
        const look = "id -u; id -g; id -G; ls .. 2>&1; touch here; cat ../machine.json";
        await Deno.writeTextFile(program, `#!/bin/sh\n${look}\n`, { mode: 0o755 });
        const user = { uid: 12345, gid: 12346 };
        await assert.rejects(make({ program, user }).start(), (error) => {
          fails("boot_failed")(error);
          const said = (error as MachineError).lines.join("\n");
          assert.match(said, /^12345\n12346\n12346\n/);
          assert.match(said, /cannot open directory '\.\.'/);
          assert.match(said, /machine\.json: Permission denied/);
          assert.doesNotMatch(said, /touch/);
          return true;
        });
      }),
  );
}

testNeeding(
  [root],
  "firecracker: a jailed machine has all its files in the jail",
  () =>
    staged("firecracker", async ({ directory, make }) => {
      const jailer = await standInProgram(directory, "jailer");
      const user = { uid: 12345, gid: 12345 };
      const machine = make({ jailer, user });
      await machine.start();
      const jail = `${directory}/m0/jail/firecracker/machine/root`;
      assert.equal(machine.target, `firecracker:${jail}/v.sock:5000`);
      for (const file of ["kernel", "initrd", "disk"]) {
        assert.ok((await Deno.lstat(`${jail}/${file}`)).isFile, `${file} must be no link out`);
      }
      assert.ok(!machine.lacks.includes("jail"));
      assert.equal(await answer(machine, "echo on"), "on");
      await machine.snapshot(`${directory}/snapshot`);
      assert.equal((await machine.stop()).how, "stopped");
      await using again = make({ jailer, user });
      await again.restore(`${directory}/snapshot`);
      assert.equal(await answer(again, "echo again"), "again");
    }),
);
