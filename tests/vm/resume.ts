// A guest that is paused, or saved to a file and started again: what the host sees, and what must be fresh.

import assert from "node:assert/strict";
import { connect } from "../../controller/client.ts";
import { type Guest, type GuestOptions, startGuest } from "../../scripts/image/guest.ts";
import { type Scenario, Skip } from "./scenario.ts";
import { within } from "./timed.ts";

const random = "import os,time;print(os.urandom(16).hex(), int(time.time()))";

async function roll(target: string): Promise<[bytes: string, clock: number]> {
  await using client = await connect(target, { timeoutMs: 10_000 });
  await client.reset();
  const { output, status } = await client.run({
    language: "python",
    code: random,
    timeout_ms: 20_000,
  }).result;
  assert.equal(status, "exited");
  const [bytes, clock] = new TextDecoder().decode(output.stdout).trim().split(" ");
  return [bytes, Number(clock)];
}

/** The scenarios of one guest. The saved one is started as a second guest, while the first one waits. */
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
      name: "saved and restored: old connections fail, new ones work, randomness differs",
      run: async ({ target }) => {
        const directory = await Deno.makeTempDir({ prefix: "sallyport-vm-" });
        const client = await connect(target);
        try {
          await client.ping();
          const file = `${directory}/guest.state`;
          await saveTo(guest, file);
          const restored: [string, number][] = [];
          for (let i = 0; i < 2; i++) {
            await using copy = await startGuest({ ...options, directory, incoming: file });
            await untilConnected(copy.target(5000));
            restored.push(await roll(copy.target(5000)));
          }
          assert.notEqual(restored[0][0], restored[1][0], "two restores, two random numbers");
          await resumed(guest);
          assert.notEqual((await roll(target))[0], restored[0][0]);
        } finally {
          await resumed(guest);
          await client.close();
          await Deno.remove(directory, { recursive: true });
        }
      },
    },
  ];
}

async function saveTo(guest: Guest, file: string): Promise<void> {
  using monitor = await guest.qmp();
  await monitor.run("stop");
  await monitor.save(file).catch((error) => {
    // Some versions of QEMU cannot save a guest with a vhost-user socket device.
    if (/non-migratable/.test(error.message)) throw new Skip(error.message);
    throw error;
  });
}

/** Lets the guest go on, whatever has become of the test. */
async function resumed(guest: Guest): Promise<void> {
  using monitor = await guest.qmp();
  await monitor.run("cont");
}

async function untilConnected(target: string): Promise<void> {
  for (let tries = 0;; tries++) {
    try {
      await using client = await connect(target, { timeoutMs: 3000 });
      await client.ping();
      return;
    } catch (error) {
      if (tries === 60) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}
