// A second guest, booted from a read-only disk: the other form of the image, whose first program
// mounts the disk and is then replaced by the agent.

import assert from "node:assert/strict";
import { connect } from "../../../controller/client.ts";
import { type GuestOptions, startGuest } from "../../../image/guest.ts";
import { job, type Scenario, Skip } from "../guest/scenario.ts";
import type { TestImage } from "../guest/test_image.ts";

/** How long the guest may take to answer: it is emulated, and another guest is running. */
const READY_MS = 35_000;

/** Boots the second guest. `options` are the first guest's. */
export function diskBoot(options: GuestOptions, image: TestImage): Scenario {
  return {
    name: "a guest starts from a read-only disk and runs a job",
    run: async ({ arch }) => {
      const { disk, diskInitrd } = image;
      if (disk === undefined) throw new Skip("no mkfs.erofs on this machine");
      const directory = await Deno.makeTempDir({ prefix: "sallyport-vm-" });
      try {
        await using guest = await startGuest({
          ...options,
          ...{
            directory,
            initrd: diskInitrd,
            disk,
            memoryMib: 512,
            options: ["cryptomgr.notests"],
          },
        });
        const stage = { target: guest.target(5000), arch };
        await untilConnected(stage.target).catch((cause) => {
          throw new Error(`The guest said ${guest.console.slice(-500)}`, { cause });
        });
        const code =
          "print([line.split(' - ')[1].split()[0] for line in open('/proc/self/mountinfo')" +
          " if line.split()[4] == '/usr'])";
        const { stdout } = await job(stage, "python", code, { status: "exited", exit_code: 0 });
        assert.equal(stdout, "['erofs']\n");
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    },
  };
}

async function untilConnected(target: string): Promise<void> {
  const end = Date.now() + READY_MS;
  for (;;) {
    try {
      await using _client = await connect(target, { timeoutMs: 2000 });
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
