// The sockets that bring launchers their programs: one end for the agent, the other on CONTROL.

import {
  AF_UNIX,
  O_CLOEXEC,
  SO_SNDBUF,
  SOCK_CLOEXEC,
  SOCK_SEQPACKET,
  SOL_SOCKET,
} from "../linux/constants.ts";
import { ARENA_SIZE } from "./launcher/code.ts";
import { CONTROL } from "./layout.ts";
import type { Program } from "./program.ts";

/** All descriptors from a first one up, for close_range(2). */
export const REST = 0xffffffff;

/**
 * Makes a socket pair as `first` and `first` + 1; the agent's end can send a whole program at once.
 */
export function socketPair(program: Program, name: string, first: number): void {
  const pair = program.space(8);
  program.step(`make a socket for ${name}`, "socketpair", [
    AF_UNIX,
    SOCK_SEQPACKET | SOCK_CLOEXEC,
    0,
    pair,
  ]);
  const size = program.words([ARENA_SIZE]);
  program.step("let whole programs through", "setsockopt", [first, SOL_SOCKET, SO_SNDBUF, size, 4]);
}

/** Makes `fd` the socket that the next program is read from. */
export function takeSocket(program: Program, fd: number): void {
  program.step("take the control socket", "dup3", [fd, CONTROL, O_CLOEXEC]);
}
