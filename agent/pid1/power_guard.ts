// Ends the machine after the agent has given up the right to do so.
//
// The agent drops root early, so it leaves behind a launcher that keeps root and runs one fixed
// syscall program: wait for a byte or for Ctrl-Alt-Del, sync, reboot(2). The launcher reads no
// other program before that, so nothing else can be done with its root rights. The machine ends
// when the agent writes the byte, when the agent is gone, or when the monitor presses Ctrl-Alt-Del.

import {
  LINUX_REBOOT_CMD_CAD_OFF,
  LINUX_REBOOT_CMD_POWER_OFF,
  LINUX_REBOOT_CMD_RESTART,
  LINUX_REBOOT_MAGIC1,
  LINUX_REBOOT_MAGIC2,
  O_CLOEXEC,
  O_WRONLY,
  SIGINT,
} from "../../linux/constants.ts";
import { writeFile } from "../../linux/file.ts";
import { SysError } from "../../linux/errno.ts";
import { reboot } from "../../linux/reboot.ts";
import { sendFd } from "../../linux/socket.ts";
import { thisArch } from "../../linux/syscall_numbers.ts";
import { REST } from "../../sandbox/control_socket.ts";
import { launch } from "../../sandbox/launch.ts";
import { CONTROL } from "../../sandbox/layout.ts";
import { Flow, Program } from "../../sandbox/program.ts";

/** The reboot(2) command for each way to end. */
export const endCommand = {
  poweroff: LINUX_REBOOT_CMD_POWER_OFF,
  restart: LINUX_REBOOT_CMD_RESTART,
} as const;

/** How the machine ends. */
export type End = keyof typeof endCommand;

/** The kernel sends SIGINT for Ctrl-Alt-Del (reboot(2)), which monitors can press. */
const SIGINT_SET = 1n << BigInt(SIGINT - 1);
const SIG_BLOCK = 0;

/** Number of the guard's signal descriptor. */
const WATCH = 9;

/** The program the guard runs, and the only one. */
export function guardProgram(program: Program, end: End): void {
  const set = program.words([SIGINT_SET], "{SIGINT}");
  const signals = new Flow();
  // Two struct pollfd: the descriptor in the lower half of the word, POLLIN above it.
  const polled = program.words(
    [CONTROL, WATCH].map((fd) => BigInt(fd) | (1n << 32n)),
    "{3, 9: IN}",
  );
  program.step("close what was inherited", "close_range", [CONTROL + 1, REST, 0]);
  program.step("hold SIGINT back", "rt_sigprocmask", [SIG_BLOCK, set, 0, 8]);
  program.step("make it readable", "signalfd4", [-1, set, 8, 0], { store: signals });
  program.step("at a fixed descriptor", "dup3", [signals, WATCH, 0]);
  program.step("wait for a byte, the agent's end, or Ctrl-Alt-Del", "ppoll", [polled, 2, 0, 0, 0]);
  program.step("write what is not on disk yet", "sync", []);
  program.step("end the machine", "reboot", [
    LINUX_REBOOT_MAGIC1,
    LINUX_REBOOT_MAGIC2,
    endCommand[end],
    0,
  ]);
  program.onFailure(() => program.step("exit", "exit_group", [1]));
}

/**
 * Starts the guard and returns the function that ends the machine. Needs root, and /proc and /dev
 * mounted.
 */
export function startPowerGuard(end: End): () => void {
  const guard = launch(thisArch);
  const program = new Program(thisArch);
  guardProgram(program, end);
  const message = program.encode();
  const sent = sendFd(guard.control, message);
  if (sent !== message.length) throw new SysError("send", -sent, "start the power guard");
  // Ctrl-Alt-Del signals the guard instead of restarting the machine at once (proc_sys_kernel(5)).
  reboot(LINUX_REBOOT_CMD_CAD_OFF);
  writeFile("/proc/sys/kernel/cad_pid", String(guard.pid), 0, O_WRONLY | O_CLOEXEC);
  const byte = new Uint8Array(1);
  return () => {
    sendFd(guard.control, byte);
    // PID 1 must not return before the machine has ended: the kernel would panic.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000);
  };
}
