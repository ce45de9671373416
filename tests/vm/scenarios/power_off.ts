// Ctrl-Alt-Del in the guest: a key press, or on a machine without a keyboard the signal that it
// causes.

import { within } from "../guest/timed.ts";
import type { Guest } from "../../../image/guest.ts";

/** Port on which the observer of a guest without a keyboard waits for a connection. */
export const ctrlAltDelPort = 5999;

/** Whether QEMU's machine has a keyboard whose keys the monitor can press. */
export function hasKeyboard(guest: Guest): boolean {
  return guest.options.arch === "x86_64";
}

/** Presses Ctrl-Alt-Del. Throws unless the guest powers off. */
export async function ctrlAltDel(guest: Guest): Promise<void> {
  if (hasKeyboard(guest)) {
    using monitor = await guest.qmp();
    const keys = ["ctrl", "alt", "delete"].map((data) => ({ type: "qcode", data }));
    await monitor.run("send-key", { keys });
  } else {
    using connection = await Deno.connect({
      transport: "unix",
      path: `${guest.options.directory}/host.sock`,
    });
    await connection.write(new TextEncoder().encode(`CONNECT ${ctrlAltDelPort}\n`));
    await connection.read(new Uint8Array(64)); // "OK": only then has the guest accepted
  }
  const { code } = await within(15_000, "the guest's end", guest.ended);
  if (code !== 0 || !guest.console.includes("Power down")) {
    throw new Error(`QEMU ended with ${code}`);
  }
}
