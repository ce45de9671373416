// A vhost-user back end for a virtio socket device, for machines without /dev/vhost-vsock.
//
// Usage: backend.ts CONTROL.sock HOST.sock CID. QEMU connects to CONTROL.sock (a chardev of a
// vhost-user-vsock-pci device, with shared guest memory). HOST.sock speaks Firecracker's form. The
// back end serves one monitor at a time and, when that one is gone, waits for the next: a guest
// restored from a file begins without connections.

import { E } from "../../linux/errno.ts";
import { EPOLLIN } from "../../linux/constants.ts";
import { closeFd, readFd } from "../../linux/fd.ts";
import { acceptFd, listenUnix } from "../../linux/socket.ts";
import { Loop } from "./loop.ts";
import { Monitor } from "./monitor.ts";
import { VsockDevice } from "./vsock_device.ts";

/**
 * Reads "CONNECT PORT\n" byte by byte, so that no byte after it is consumed; or "FORGET\n", which
 * closes every connection (see `serve`).
 */
class Greeting {
  #text = "";
  readonly #byte = new Uint8Array(1);

  constructor(
    readonly fd: number,
    readonly loop: Loop,
    readonly connect: (port: number) => void,
    readonly forget: () => void,
  ) {
    loop.add(fd, EPOLLIN, () => this.#read());
  }

  #read(): void {
    while (true) {
      const n = readFd(this.fd, this.#byte);
      if (n === -E.EAGAIN) return;
      if (n <= 0 || this.#text.length > 32) return this.#refuse();
      if (this.#byte[0] !== 10) {
        this.#text += String.fromCharCode(this.#byte[0]);
        continue;
      }
      if (this.#text === "FORGET") this.forget();
      const port = this.#text.match(/^CONNECT (\d{1,10})$/);
      if (port === null) return this.#refuse();
      this.loop.remove(this.fd);
      return this.connect(Number(port[1]));
    }
  }

  #refuse(): void {
    this.loop.remove(this.fd);
    closeFd(this.fd);
  }
}

/** Serves until the process is ended. */
export function serve(controlPath: string, hostPath: string, guestCid: number): void {
  const loop = new Loop();
  let monitor: Monitor | null = null;
  const device = new VsockDevice(loop, guestCid, hostPath, () => monitor?.deliver());

  const control = listenUnix(controlPath);
  loop.add(control, EPOLLIN, () => {
    const fd = acceptFd(control, undefined, 0);
    if (fd < 0) return;
    monitor?.close();
    device.clear();
    monitor = new Monitor(fd, loop, device, () => {
      monitor = null;
      device.clear();
    });
  });

  const host = listenUnix(hostPath);
  loop.add(host, EPOLLIN, () => {
    for (let fd = acceptFd(host); fd >= 0; fd = acceptFd(host)) {
      const client = fd;
      const connect = (port: number) => {
        // Without the guest's driver, nobody could answer.
        if (monitor === null || !monitor.isRunning) closeFd(client);
        else device.connect(client, port);
      };
      // On FORGET, the host's side of every connection closes and the guest is not told, as if the
      // host had crashed.
      new Greeting(client, loop, connect, () => device.clear());
    }
  });
  loop.run();
}

if (import.meta.main) {
  const [controlPath, hostPath, cid] = Deno.args;
  if (cid === undefined) throw new Error("Usage: backend.ts CONTROL.sock HOST.sock CID");
  serve(controlPath, hostPath, Number(cid));
}
