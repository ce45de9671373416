// Ends the machine after the agent has given up the right to.
//
// The agent drops root at once, so a launcher that keeps it is left behind, holding one fixed syscall program: wait for
// a byte, sync, reboot(2). It never reads another program, so this is all that is left of root; and when the agent
// writes that byte, or is gone, the machine ends.

import {
  LINUX_REBOOT_CMD_POWER_OFF,
  LINUX_REBOOT_CMD_RESTART,
  LINUX_REBOOT_MAGIC1,
  LINUX_REBOOT_MAGIC2,
} from "../linux/constants.ts";
import { SysError } from "../linux/errno.ts";
import { sendFd } from "../linux/socket.ts";
import { thisArch } from "../linux/syscall_numbers.ts";
import { launch } from "../sandbox/launch.ts";
import { CONTROL } from "../sandbox/layout.ts";
import { Program } from "../sandbox/program.ts";

/** The reboot(2) command for each way to end. */
export const endCommand = {
  poweroff: LINUX_REBOOT_CMD_POWER_OFF,
  restart: LINUX_REBOOT_CMD_RESTART,
} as const;

/** How the machine ends. */
export type End = keyof typeof endCommand;

/** The program the guard runs: it can do this and nothing else. */
export function guardProgram(program: Program, end: End): void {
  const byte = program.space(8);
  program.step("wait for a byte, or for the agent's end", "read", [CONTROL, byte, 1]);
  program.step("write what is not on disk yet", "sync", []);
  program.step("end the machine", "reboot", [
    LINUX_REBOOT_MAGIC1,
    LINUX_REBOOT_MAGIC2,
    endCommand[end],
    0,
  ]);
  program.onFailure(() => program.step("exit", "exit_group", [1]));
}

/** Starts the guard and gives the function that ends the machine. Needs root, and /proc and /dev mounted. */
export function startPowerGuard(end: End): () => void {
  const guard = launch(thisArch);
  const program = new Program(thisArch);
  guardProgram(program, end);
  const message = program.encode();
  const sent = sendFd(guard.control, message);
  if (sent !== message.length) throw new SysError("send", -sent, "start the power guard");
  const byte = new Uint8Array(1);
  return () => {
    sendFd(guard.control, byte);
    // PID 1 must not return before the machine has ended: the kernel would panic.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000);
  };
}
