// The network namespaces of sandboxes: how the zygote makes one, and how a sandbox enters it.
//
// A network namespace is what costs most of a sandbox: the kernel makes it in half a millisecond,
// and clears it away in several times that. So the zygote holds those it has made, and the agent
// gives one to another sandbox when the last one has ended and the kernel counts no socket in it.
// Nothing else of a job can stay: only a capability that no job has changes interfaces, routes or
// settings. A namespace in which a job could have used the loopback interface serves nobody again.
//
// The launchers' own sockets are made in the zygote's namespace, so they are not counted.

import {
  AF_INET,
  AT_FDCWD,
  CLONE_NEWNET,
  IFF_RUNNING,
  IFF_UP,
  O_CLOEXEC,
  O_RDONLY,
  SIOCSIFFLAGS,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
} from "../linux/constants.ts";
import { NETWORK, type Platform, ZYGOTE_FREE } from "./layout.ts";
import type { Program } from "./program.ts";
import { reportAndGoOn } from "./report.ts";

/** What the kernel says of a network namespace in which there is no socket, at the beginning. */
export const NO_SOCKETS = "sockets: used 0\n";

/** Keeps the zygote's present network namespace open as `fd`. */
export function holdNetwork(program: Program, fd: number, free = ZYGOTE_FREE): void {
  const name = program.text("/proc/self/ns/net");
  const flags = O_RDONLY | O_CLOEXEC;
  program.step("open the network namespace", "openat", [AT_FDCWD, name, flags, 0]);
  program.step("hold the network namespace", "dup3", [free, fd, O_CLOEXEC]);
  program.step("close its first number", "close", [free]);
}

/**
 * Makes a network namespace in the zygote, which holds it in a place and leaves it again.
 *
 * @param free The zygote's lowest free descriptor: afterwards the count of sockets, see `NO_SOCKETS`.
 * @returns The index of the step whose second argument is the place.
 */
export function networkSteps(program: Program, platform: Platform, free: number): number {
  program.step("make a network namespace", "unshare", [CLONE_NEWNET]);
  loopbackSteps(program, free);
  const held = program.steps.length + 1;
  holdNetwork(program, NETWORK.first, free);
  // Where the kernel counts none, the agent reads an end of file, and takes no namespace twice.
  const count = platform.countsSockets ? SOCKET_COUNT : "/dev/null";
  const open = [AT_FDCWD, program.text(count), O_RDONLY | O_CLOEXEC, 0];
  program.step("open the count of its sockets", "openat", open);
  program.step("leave it again", "setns", [NETWORK.home, CLONE_NEWNET]);
  return held;
}

/** Lets go of the namespace in a place, counted from 0. The zygote reports nothing. */
export function letGoProgram(program: Program, place: number): void {
  // It is not there (EBADF) where making it has failed.
  const loose = { must: false };
  program.step("let go of a network namespace", "close", [NETWORK.first + place], loose);
  program.end();
  reportAndGoOn(program);
}

/** The numbers of sockets in the reader's network namespace: proc(5), "/proc/net/sockstat". */
export const SOCKET_COUNT = "/proc/self/net/sockstat";

/** Brings up `lo`, the one interface of a network namespace that is new: netdevice(7). */
function loopbackSteps(program: Program, free: number): void {
  const request = new Uint8Array(40); // struct ifreq: the name, then the flags
  request.set(new TextEncoder().encode("lo"));
  new DataView(request.buffer).setUint16(16, IFF_UP | IFF_RUNNING, true);
  // A kernel without IPv4 has no loopback, and no job can make a socket that would miss it.
  const loose = { must: false };
  const kind = SOCK_DGRAM | SOCK_CLOEXEC;
  program.step("make a socket to set up lo", "socket", [AF_INET, kind, 0], loose);
  const call = [free, SIOCSIFFLAGS, program.bytes(request, "{lo, up}")];
  program.step("bring lo up", "ioctl", call, loose);
  program.step("close the socket", "close", [free], loose);
}
