// The sockets of a start: the one the agent listens on, and the one for the ready message.

import { VMADDR_CID_ANY } from "../../linux/constants.ts";
import { closeFd } from "../../linux/fd.ts";
import { lstat, unlink } from "../../linux/file.ts";
import { connectUnix, connectVsock, listenUnix, listenVsock } from "../../linux/socket.ts";
import type { ListenAddress, Options } from "./options.ts";

/** Descriptors opened while the agent may still open any. */
export interface Sockets {
  readonly listener: number;
  /** Where the ready line goes; undefined for nowhere. */
  readonly ready?: number;
}

/** Opens both. @throws Error if there is no address; SysError if the kernel refuses. */
export function openSockets(options: Pick<Options, "listen" | "ready">): Sockets {
  const listener = listen(options.listen);
  if (options.ready === undefined) return { listener };
  return { listener, ready: connectVsock(options.ready.cid, options.ready.port) };
}

function listen(address: ListenAddress | undefined): number {
  if (address === undefined) throw new Error("Cannot start without --listen (see --help)");
  if (address.kind === "vsock") return listenVsock(VMADDR_CID_ANY, address.port);
  removeStale(address.path);
  return listenUnix(address.path);
}

/** Removes a socket file that nobody listens on: an earlier agent left it behind. */
function removeStale(path: string): void {
  if (lstat(path) === null) return;
  try {
    closeFd(connectUnix(path));
  } catch {
    unlink(path);
  }
}
