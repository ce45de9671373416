// A guest that is paused, or saved to a file and started again: what the host sees, and what must
// be new.

import assert from "node:assert/strict";
import { type Client, connect, ConnectionError } from "../../../controller/client.ts";
import { type Guest, type GuestOptions, startGuest } from "../../../image/guest.ts";
import { reached } from "../guest/reached.ts";
import { eventually, job, type Scenario } from "../guest/scenario.ts";
import { plug, unplug } from "../guest/socket_device.ts";
import { within } from "../guest/timed.ts";
import { restoredFaults } from "./restored_faults.ts";

const CONNECTION_LOST_MS = 15_000;
/**
 * How many milliseconds a guest's clock may be wrong: `reset` takes a moment to arrive, and an
 * emulated clock drifts.
 */
const CLOCK_MS = 300;

const code = "import os,time;print(os.urandom(16).hex(), time.time_ns()//1000000)";

/**
 * Runs a job that returns random bytes, and by how many milliseconds, at least, the guest's clock
 * is wrong.
 */
async function look(client: Client): Promise<{ random: string; offMs: number }> {
  const before = Date.now();
  const { output, status } = await client.run({ language: "python", code }).result;
  const after = Date.now();
  assert.equal(status, "exited");
  const [random, clock] = new TextDecoder().decode(output.stdout).trim().split(" ");
  return { random, offMs: Math.max(before - Number(clock), Number(clock) - after, 0) };
}

/** The promise must soon fail with a lost connection. */
async function lost(what: string, promise: Promise<unknown>): Promise<void> {
  await assert.rejects(within(CONNECTION_LOST_MS, what, promise), ConnectionError, what);
}

/**
 * The scenarios of one guest. Saved guests are started as further guests while the first one waits.
 */
export function resume(guest: Guest, options: GuestOptions): Scenario[] {
  return [
    {
      name: "stopped and continued: open connections go on",
      run: async ({ target }) => {
        await using client = await connect(target);
        await client.ping();
        using monitor = await guest.qmp();
        await monitor.run("stop");
        const late = client.ping();
        await new Promise((resolve) => setTimeout(resolve, 500));
        await monitor.run("cont");
        assert.ok(await within(5000, "the ping", late) >= 400);
        await client.ping();
      },
    },
    {
      name: "stopped: a client that leaves meanwhile is gone when the guest goes on",
      run: async (stage) => {
        const client = await connect(stage.target);
        const spin = { language: "sh", code: "while :; do :; done", timeout_ms: 30_000 };
        const run = client.run(spin);
        await run.acked;
        using monitor = await guest.qmp();
        await monitor.run("stop");
        const ended = lost("the run", run.result);
        await client.close();
        await ended;
        await monitor.run("cont");
        await (await reached(stage.target)).close();
        await eventually(() => job(stage, "sh", "true", { status: "exited", exit_code: 0 }));
      },
    },
    {
      name: "the socket device is taken out: connections fail, the run ends, new ones work",
      run: async ({ target }) => {
        const [idle, running] = [await connect(target), await connect(target)];
        await idle.ping();
        const spin = { language: "sh", code: "while :; do :; done", timeout_ms: 30_000 };
        const run = running.run(spin);
        await run.acked;
        const ended = lost("the run", run.result);
        using monitor = await guest.qmp();
        await unplug(monitor);
        await ended;
        await lost("a ping on an old connection", idle.ping());
        await Promise.all([idle.close(), running.close()]);
        await plug(monitor, options.directory);
        await using client = await reached(target);
        assert.equal((await client.run({ language: "sh", code: "true" }).result).exit_code, 0);
      },
    },
    {
      name: "saved, and restored twice: new connections, fresh randomness, the host's time, faults",
      run: async (stage) => {
        const directory = await Deno.makeTempDir({ prefix: "sallyport-vm-" });
        try {
          const file = `${directory}/guest.state`;
          await saveTo(guest, file);
          const restored: string[] = [];
          for (let i = 0; i < 2; i++) {
            await using copy = await restore({ ...options, directory, incoming: file });
            await using client = await reached(copy.target(5000));
            const before = await look(client);
            assert.ok(before.offMs > CLOCK_MS, "the snapshot's clock must be behind");
            await client.reset({ restored: true });
            const after = await look(client);
            assert.ok(after.offMs < CLOCK_MS, `the clock is wrong by ${after.offMs} ms`);
            restored.push(after.random);
            await settles(copy);
            if (i === 0) continue;
            await client.close(); // what it used goes with it
            await restoredFaults(copy, { ...stage, target: copy.target(5000) });
          }
          assert.notEqual(restored[0], restored[1], "two restores, two random numbers");
        } finally {
          await goOn(guest);
          await Deno.remove(directory, { recursive: true });
        }
      },
    },
    {
      name: "the guest that was saved goes on",
      run: async ({ target }) => {
        await using client = await reached(target);
        await client.reset({ restored: true });
        const { offMs } = await look(client);
        assert.ok(offMs < CLOCK_MS, `the clock is wrong by ${offMs} ms`);
      },
    },
  ];
}

async function saveTo(guest: Guest, file: string): Promise<void> {
  using monitor = await guest.qmp();
  await unplug(monitor);
  await monitor.run("stop");
  await monitor.save(file);
}

/** Starts a guest from a file and adds a socket device. */
async function restore(options: GuestOptions): Promise<Guest> {
  const guest = await startGuest(options);
  const monitor = await guest.qmp();
  for (let waitedMs = 0; waitedMs < 30_000; waitedMs += 50) {
    const { status } = await monitor.run("query-status") as { status: string };
    if (status !== "inmigrate") break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  monitor[Symbol.dispose]();
  await goOn(guest);
  return guest;
}

/** Continues a saved or restored guest and adds a socket device again. */
async function goOn(guest: Guest): Promise<void> {
  using monitor = await guest.qmp();
  await monitor.run("cont");
  await plug(monitor, guest.options.directory);
}

/** The agent must wait, not spin, once the sandboxes and interpreters that wait are made anew. */
async function settles(guest: Guest): Promise<void> {
  const end = performance.now() + 20_000;
  for (;;) {
    const busy = await load(guest);
    if (busy < 0.5) return;
    assert.ok(performance.now() < end, `the agent must wait, not spin: ${busy} of a processor`);
  }
}

/**
 * How many processors a guest without clients keeps busy, over one second, from proc_pid_stat(5),
 * which counts in hundredths of a second.
 */
async function load({ qemu }: Guest): Promise<number> {
  const ticks = async () => {
    const stat = await Deno.readTextFile(`/proc/${qemu.pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  };
  const before = await ticks();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return (await ticks() - before) / 100;
}
