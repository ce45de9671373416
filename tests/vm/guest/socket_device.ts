// Takes the socket device out of a running guest and puts it in again, as one would a card.
//
// QEMU refuses to save a guest that has a back end's socket device. A real monitor's snapshot
// resets every connection of the guest too, so a guest that is saved without the device sees what
// it would see there.

import { socketPort } from "../../../image/qemu.ts";
import type { Qmp } from "../../../image/qmp.ts";
import { within } from "./timed.ts";

/**
 * Takes it out; resolves when the guest has let go of it and the host's side of every connection is
 * closed.
 */
export async function unplug(monitor: Qmp): Promise<void> {
  await monitor.run("device_del", { id: "vsock" });
  // The first is the virtio device, the second the PCI device that carries it.
  for (let i = 0; i < 2; i++) {
    await within(15_000, "the guest to let go of its device", monitor.event("DEVICE_DELETED"));
  }
  await monitor.run("chardev-remove", { id: "vsock" });
}

/** Puts one in, with a connection of its own to the back end in `directory`. The guest must run. */
export async function plug(monitor: Qmp, directory: string): Promise<void> {
  const path = `${directory}/control.sock`;
  const addr = { type: "unix", data: { path } };
  const backend = { type: "socket", data: { addr, server: false } };
  await monitor.run("chardev-add", { id: "vsock", backend });
  const driver = "vhost-user-vsock-pci";
  await monitor.run("device_add", { driver, id: "vsock", chardev: "vsock", bus: socketPort });
}
