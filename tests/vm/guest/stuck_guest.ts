// What an emulated guest's processors do that has not come up: spin in the kernel, wait for an
// interrupt, or run on. On a busy machine about one start in a hundred stands still.

import type { Guest } from "../../../image/guest.ts";

const LOOKS = 3;

/** Resolves to a line for each look, 300 ms apart: each processor's place, and whether it is halted. */
export async function processorsOf(guest: Guest): Promise<string[]> {
  using qmp = await guest.qmp();
  const lines: string[] = [];
  for (let look = 0; look < LOOKS; look++) {
    const options = { "command-line": "info registers -a" };
    const registers = String(await qmp.run("human-monitor-command", options));
    const places = registers.matchAll(/\b(?:RIP|PC)=(\w+)(?: RFL=(\w+))?[^\n]*?(?:HLT=(\d))?$/gm);
    lines.push(
      Array.from(
        places,
        ([, place, flags = "", halted = ""], number) =>
          `CPU ${number} at ${place} flags ${flags} halted ${halted}`,
      ).join("; "),
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return lines;
}
