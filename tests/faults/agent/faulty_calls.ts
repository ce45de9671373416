// A double of the C library: counts the agent's calls, and makes one of them fail.
//
// The error is real: it is what the kernel answers to a marked call (marked_filter.ts), so errno is
// set as always.

import { libc, libcPath } from "../../../linux/libc.ts";
import { syscallNumber, thisArch } from "../../../linux/syscall_numbers.ts";
import { cold, hot } from "../../../linux/symbols.ts";
import type { Act } from "../fault.ts";
import { failing, killing } from "./marked_filter.ts";

type Call = (...args: unknown[]) => unknown;

/** Not calls into the kernel, or ones that never fail. */
const tame = /^(memcpy|address_of|__errno|get[pug]|geteu|geteg|getpp|sync$|posix_spawn.+|sysconf)/;

/** Calls whose third argument is a length. */
const counted = new Set(["read", "write", "send", "recv", "getdents64"]);

const marked = Deno.dlopen(libcPath, {
  failing: {
    name: "syscall",
    parameters: ["i64", "i64", "i64", "i64", "i64", "i64", "u64"],
    result: "i64",
  },
}).symbols;
/** A call that the agent's own filter allows. */
const getpid = BigInt(syscallNumber(thisArch, "getpid"));

/** What is done to the nth call of a function; undefined for nothing. */
export type Chooser = (call: string, first: unknown) => Act | undefined;

/** Asks `choose` at every call that the agent makes through linux/. */
export function doubleCalls(choose: Chooser): void {
  const table = libc as unknown as Record<string, Call>;
  const watched = new Map<number, [unknown, unknown]>();
  const clients = new Set<number>();
  const control = table.epoll_ctl;
  for (const [key, symbol] of Object.entries({ ...hot, ...cold })) {
    const { name, result } = symbol as { name?: string; result: string };
    if (tame.test(key)) continue;
    const call = table[key];
    const big = result === "u64" || result === "i64" || result === "usize";
    table[key] = (...args) => {
      if (key === "epoll_ctl") {
        if (args[1] === 2) watched.delete(args[2] as number);
        else watched.set(args[2] as number, [args[0], (args[3] as Uint8Array).slice()]);
      }
      if (key === "close") clients.delete(args[0] as number);
      const act = choose(name === undefined || name === "syscall" ? key : name, args[0]);
      if (act === undefined) {
        const given = call(...args);
        if (key === "accept4") clients.add(given as number);
        return given;
      }
      switch (act.kind) {
        case "delay":
          pause(act.ms);
          return call(...args);
        case "short":
          // A message of a SOCK_SEQPACKET socket is sent whole or not at all.
          if (counted.has(key) && (key !== "send" || clients.has(args[0] as number))) {
            args[2] = (args[2] as bigint + 1n) / 2n;
          }
          // A read that is short means that there is no more (epoll(7)): what comes then is an event.
          if (key === "read") again(args[0] as number);
          return call(...args);
        case "kill":
          return marked.failing(getpid, 0n, 0n, 0n, 0n, 0n, killing);
        case "errno":
          // close(2) always closes, whatever it says.
          if (key === "close") call(...args);
          if (key === "posix_spawn") return act.errno;
          if (act.errno === 11) again(args[0] as number);
          marked.failing(getpid, 0n, 0n, 0n, 0n, 0n, failing(act.errno));
          return big ? -1n : -1;
      }
    };
  }

  /** After EAGAIN the kernel says when to try again: so does this. */
  function again(fd: number): void {
    const watch = watched.get(fd);
    if (watch !== undefined) control(watch[0], 3, fd, watch[1]);
  }
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
