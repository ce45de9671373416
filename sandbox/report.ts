// The messages that launchers send to the agent, and how a failed step is named.
//
// A report begins with one of REPORT's words. A failure begins with an address and says which row
// failed with which errno. The row's name is found in the program that was sent.

import { SCM_RIGHTS, SOL_SOCKET } from "../linux/constants.ts";
import { errnoName } from "../linux/errno.ts";
import { ARENA } from "./launcher/code.ts";
import { CONTROL } from "./layout.ts";
import type { Address } from "./arena.ts";
import type { Program } from "./program.ts";

/**
 * Bytes of a failure: the address of the failure rows, the row that failed, its result, the
 * program's id.
 */
export const FAILURE_SIZE = 32;

/** Exit code of a launcher after a failed step; the report has said which step. */
const EXIT_FAILED = 127;

/** A step that did not succeed. */
export interface Failure {
  /** The step's name in the program. */
  readonly step: string;
  /** The kernel's reason, as errno(3) spells it. */
  readonly errno: string;
}

/** A message that a step sends, and the places in it for descriptor numbers. */
export interface Outgoing {
  /** Address of the struct msghdr. */
  readonly header: Address;
  /** Address of the 32-bit place of descriptor `index`, which an earlier step may fill. */
  descriptor(index: number): Address;
}

/**
 * Lays out a message on CONTROL: `size` bytes at `payload`, and descriptors (SCM_RIGHTS, unix(7)).
 *
 * @param descriptors Their numbers; -1 for one that an earlier step fills in.
 */
export function outgoing(
  program: Program,
  payload: Address,
  size: number,
  descriptors: readonly number[] = [],
): Outgoing {
  const vector = program.words([payload, size]);
  if (descriptors.length === 0) {
    return { header: program.words([0, 0, vector, 1, 0, 0, 0]), descriptor: () => 0 };
  }
  const length = 16 + 4 * descriptors.length;
  const padded = (length + 7) & ~7;
  const control = new Uint8Array(padded);
  const view = new DataView(control.buffer);
  view.setBigUint64(0, BigInt(length), true);
  view.setInt32(8, SOL_SOCKET, true);
  view.setInt32(12, SCM_RIGHTS, true);
  descriptors.forEach((fd, index) => view.setInt32(16 + 4 * index, fd, true));
  const address = program.bytes(control, `{SCM_RIGHTS ${descriptors.join(" ")}}`);
  return {
    header: program.words([0, 0, vector, 1, address, padded, 0]),
    descriptor: (index) => address + 16 + 4 * index,
  };
}

/** Whether an error says that a report is shorter than what it reports. */
export function isCutShort(error: unknown): boolean {
  return error instanceof RangeError && error.message.includes("bounds of the DataView");
}

/** Adds the rows that run after a failed step: they report that step on `socket` and exit. */
export function reportAndExit(program: Program, socket: number = CONTROL): void {
  // sendmsg and not write, because the job's own filter still allows sendmsg on REPORTS.
  const failure = outgoing(program, ARENA, FAILURE_SIZE);
  program.onFailure(() => {
    program.step("report the failed step", "sendmsg", [socket, failure.header, 0], {
      must: false,
    });
    program.step("exit", "exit_group", [EXIT_FAILED], { must: false });
  });
}

/**
 * The same for the zygote, which must outlive what failed: it closes what it had made by then and
 * takes its next program. A process that it had cloned runs these rows too, and exits: from inside a
 * new PID namespace its session, which is the zygote's, has no number (pid_namespaces(7)).
 *
 * @param undo What it has to undo: the first and the last of the descriptors that the program makes,
 * and the setns(2) that leads it out of another namespace.
 */
export function reportAndGoOn(
  program: Program,
  undo?: { made: readonly [number, number]; home: { step: string; args: readonly number[] } },
): void {
  const loose = { must: false };
  const failure = outgoing(program, ARENA, FAILURE_SIZE);
  program.onFailure(() => {
    program.step("report the failed step", "sendmsg", [CONTROL, failure.header, 0], loose);
    program.whenZero("is this a sandbox's process?", "getsid", [0], loose, () => {
      program.step("exit", "exit_group", [EXIT_FAILED], loose);
    });
    if (undo === undefined) return program.end();
    const { made, home } = undo;
    program.whenZero(home.step, "setns", home.args, loose, () => {
      program.whenZero("close what was made", "close_range", [...made, 0], loose, () => {
        program.end();
      });
    });
    program.step("exit", "exit_group", [EXIT_FAILED], loose);
  });
}

/** The id of the program that failed, in a failure. */
export function failedProgram(message: DataView): number {
  return message.getUint32(24, true);
}

/**
 * The failure in a message, or undefined if it is a report. `programs`: those that may have failed.
 */
export function readFailure(message: DataView, ...programs: Program[]): Failure | undefined {
  if (message.getUint32(0, true) < ARENA) return undefined;
  const row = Number(message.getBigUint64(8, true));
  const errno = -Number(message.getBigInt64(16, true));
  const id = failedProgram(message);
  const step = programs.find((program) => program.id === id)?.stepAt(row);
  return { step: step?.name ?? "unknown step", errno: errnoName(errno) };
}
