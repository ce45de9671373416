// Removes the socket device from a running guest and adds it again, like a hot-plugged card.
//
// QEMU refuses to save a guest that has a back end's socket device. A real monitor's snapshot also
// resets every connection of the guest, so a guest saved without the device sees the same as it
// would there.

import { within } from "../scripts/tools/timed.ts";
import { socketPort } from "./qemu.ts";
import type { Qmp } from "./qmp.ts";

/**
 * Removes the device. Resolves when the guest has released it and the host's side of every
 * connection is closed.
 */
export async function unplug(monitor: Qmp): Promise<void> {
  await monitor.run("device_del", { id: "vsock" });
  // The first event is for the virtio device, the second for the PCI device that carries it.
  for (let i = 0; i < 2; i++) {
    await within(15_000, "the guest to let go of its device", monitor.event("DEVICE_DELETED"));
  }
  await monitor.run("chardev-remove", { id: "vsock" });
}

/** Adds a device with its own connection to the back end in `directory`. The guest must run. */
export async function plug(monitor: Qmp, directory: string): Promise<void> {
  const path = `${directory}/control.sock`;
  const addr = { type: "unix", data: { path } };
  const backend = { type: "socket", data: { addr, server: false } };
  await monitor.run("chardev-add", { id: "vsock", backend });
  const driver = "vhost-user-vsock-pci";
  await monitor.run("device_add", { driver, id: "vsock", chardev: "vsock", bus: socketPort });
}
