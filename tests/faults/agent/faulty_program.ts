// Changes one row of a syscall program on its way to a launcher.
//
// The program is data: an error is a mark in the row's sixth argument, half of the bytes is a smaller
// length, and a delay is one more row before it.

import { numbers, type SyscallName, thisArch } from "../../../linux/syscall_numbers.ts";
import type { Act } from "../fault.ts";
import { ARENA } from "../../../sandbox/launcher/code.ts";
import type { Step } from "../../../sandbox/program.ts";
import { failing, killing } from "./marked_filter.ts";

const HEADER = 64;
const ROW = 64;

/** Calls whose third argument is a length. */
const counted = new Set(["read", "write", "getdents64"]);

/** Whether `act` can be done to a call of that name. */
export function applies(act: Act, call: string): boolean {
  if (call === "end" || call === "exit_group") return false;
  return act.kind !== "short" || counted.has(call);
}

/** A copy of the encoded program with `act` at its row `index`. */
export function changed(
  encoded: Uint8Array<ArrayBuffer>,
  steps: readonly Step[],
  index: number,
  act: Act,
): Uint8Array<ArrayBuffer> {
  const bytes = encoded.slice();
  const view = new DataView(bytes.buffer);
  const at = HEADER + ROW * index;
  switch (act.kind) {
    case "errno":
      view.setBigUint64(at + 48, failing(act.errno), true);
      return bytes;
    case "kill":
      view.setBigUint64(at + 48, killing, true);
      return bytes;
    case "short": {
      const length = view.getBigUint64(at + 24, true);
      view.setBigUint64(at + 24, length / 2n, true);
      return bytes;
    }
    case "delay":
      return withSleep(encoded, steps, index, act.ms);
  }
}

/**
 * With a nanosleep(2) before row `index`. Rows after it move by one; so do the addresses of them that
 * the program has: where results go, where it goes on after a failure, and what is skipped.
 */
function withSleep(
  encoded: Uint8Array<ArrayBuffer>,
  steps: readonly Step[],
  index: number,
  ms: number,
): Uint8Array<ArrayBuffer> {
  const end = HEADER + ROW * steps.length;
  if (encoded.subarray(end, end + ROW).some((byte) => byte !== 0)) {
    throw new Error("No room for one more row");
  }
  const time = (encoded.length + 7) & ~7;
  const bytes = new Uint8Array(time + 16);
  bytes.set(encoded);
  const view = new DataView(bytes.buffer);
  const from = HEADER + ROW * index;
  bytes.copyWithin(from + ROW, from, end);
  const moved = (address: bigint) => {
    const offset = Number(address) - ARENA;
    return offset >= from && offset < end ? address + BigInt(ROW) : address;
  };
  view.setBigUint64(0, moved(view.getBigUint64(0, true)), true);
  for (let row = 0; row <= steps.length; row++) {
    const at = HEADER + ROW * row;
    if (row === index) continue;
    view.setBigUint64(at + 56, moved(view.getBigUint64(at + 56, true)), true);
    const skip = view.getUint16(at + 6, true);
    if (row < index && row + skip >= index) view.setUint16(at + 6, skip + 1, true);
  }
  bytes.fill(0, from, from + ROW);
  view.setInt32(from, numberOf("nanosleep"), true);
  view.setBigUint64(from + 8, BigInt(ARENA + time), true);
  view.setBigUint64(time, BigInt(Math.floor(ms / 1000)), true);
  view.setBigUint64(time + 8, BigInt(ms % 1000 * 1_000_000), true);
  return bytes;
}

function numberOf(name: SyscallName): number {
  return numbers[name][thisArch === "x86_64" ? 0 : 1];
}
