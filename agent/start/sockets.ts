// The sockets of a start: where the agent listens, and whom it tells that it is ready.

import { VMADDR_CID_ANY } from "../../linux/constants.ts";
import { closeFd } from "../../linux/fd.ts";
import { lstat, unlink } from "../../linux/file.ts";
import { connectUnix, connectVsock, listenUnix, listenVsock } from "../../linux/socket.ts";
import type { ListenAddress, Options } from "./options.ts";

/** Descriptors that are opened before the agent may open none any more. */
export interface Sockets {
  readonly listener: number;
  /** Where the ready line goes; undefined: nowhere. */
  readonly ready?: number;
}

/** Opens both. @throws Error where there is no address; SysError where the kernel refuses. */
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

/** A socket file that nobody listens on is left over from an agent that is gone. */
function removeStale(path: string): void {
  if (lstat(path) === null) return;
  try {
    closeFd(connectUnix(path));
  } catch {
    unlink(path);
  }
}
