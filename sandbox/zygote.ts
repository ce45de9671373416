// Starts the zygote: the launcher from which every sandbox is cloned.
//
// This is the only part of Sallyport that needs root, and only to give zygote and job ids of their
// own. It runs once, before the agent drops its privileges. All programs after the id maps are sent
// at once, so that the agent can prepare other things meanwhile; `confined` waits for the report of
// each.

import { SHUT_WR } from "../linux/constants.ts";
import { E, SysError } from "../linux/errno.ts";
import { sendFd, shutdown } from "../linux/socket.ts";
import { writeFile } from "../linux/file.ts";
import { MessageReceiver } from "../linux/message.ts";
import { launch } from "./launch.ts";
import { JOB, OUTER_JOB, OUTER_ROOT, type Platform, REPORT, ROOT } from "./layout.ts";
import { etcProgram, etcRows } from "./etc_view.ts";
import { Program } from "./program.ts";
import { type Failure, readFailure } from "./report.ts";
import { identityFilesProgram } from "./identity.ts";
import { settingsProgram } from "./sys_view.ts";
import { enterProgram, identityProgram, stageProgram, unshareProgram } from "./zygote_program.ts";

/** A step of a launcher that failed. */
export class StepError extends Error {
  override readonly name = "StepError";

  constructor(readonly failure: Failure) {
    super(`Cannot ${failure.step}: ${failure.errno}`);
  }
}

/** The zygote. It makes sandboxes once it is confined. */
export interface Zygote {
  readonly pid: number;
  /** Our end of its control socket. */
  readonly control: number;
  /**
   * Waits until it is confined. Call it once, before asking the zygote for anything.
   *
   * @throws StepError naming the step that failed.
   */
  readonly confined: () => void;
}

/**
 * Starts the zygote, sets its ids, and sends it the programs that confine it.
 *
 * @param ids The agent's own ids: the namespace's root is mapped to them if root did not start us.
 * @param cgroup Descriptor of the delegated cgroup directory, if there is one.
 * @throws StepError naming the step that failed; SysError when the launcher could not be started.
 */
export function startZygote(
  platform: Platform,
  ids: { uid: number; gid: number },
  cgroup?: number,
): Zygote {
  const { pid, control } = launch(platform.arch, cgroup);
  const receiver = new MessageReceiver(4096);
  const build = (steps: (program: Program, platform: Platform) => void, id: number) => {
    const program = new Program(platform.arch, id, etcRows(platform));
    steps(program, platform);
    return program;
  };
  const unshare = build(unshareProgram, 0);
  send(control, unshare);
  const programs = [
    ...[identityProgram, stageProgram, etcProgram, identityFilesProgram, settingsProgram],
    enterProgram,
  ];
  const rest = programs.map((steps, index) => build(steps, 1 + index));
  hear(control, receiver, [unshare]);
  writeIdMaps(pid, platform, ids);
  for (const program of rest) send(control, program);
  const confined = () => rest.forEach(() => hear(control, receiver, rest));
  return { pid, control, confined };
}

/**
 * Without root, only our own ids can be mapped, and setgroups(2) must be denied
 * (user_namespaces(7)).
 */
function writeIdMaps(pid: number, platform: Platform, ids: { uid: number; gid: number }): void {
  if (platform.ownIds) {
    const map = `${ROOT} ${OUTER_ROOT} 1\n${JOB} ${OUTER_JOB} 1\n`;
    writeFile(`/proc/${pid}/uid_map`, map);
    writeFile(`/proc/${pid}/gid_map`, map);
    return;
  }
  writeFile(`/proc/${pid}/setgroups`, "deny");
  writeFile(`/proc/${pid}/uid_map`, `${ROOT} ${ids.uid} 1\n`);
  writeFile(`/proc/${pid}/gid_map`, `${ROOT} ${ids.gid} 1\n`);
}

/**
 * Sends a program. If the zygote has ended, this is no error: its last report says why. That nothing
 * more comes is made true, so that nobody can wait for the report of a program that was not sent.
 */
function send(control: number, program: Program): void {
  const sent = sendFd(control, program.encode());
  if (sent >= 0) return;
  if (sent === -E.EPIPE || sent === -E.ECONNRESET) return void shutdown(control, SHUT_WR);
  throw new SysError("send", -sent, "send a program to the zygote");
}

/** Waits for the report of one of `programs`. */
function hear(control: number, receiver: MessageReceiver, programs: readonly Program[]): void {
  let received = receiver.receive(control);
  // The zygote ended with programs unread. The socket gives this error once; its last report
  // follows.
  if (received === -E.ECONNRESET) received = receiver.receive(control);
  if (received < 0) throw new SysError("recvmsg", -received, "hear from the zygote");
  const view = new DataView(receiver.bytes.buffer, receiver.bytes.byteOffset, received);
  if (received === 0) throw new StepError({ step: "keep the zygote alive", errno: "it has ended" });
  const failure = readFailure(view, ...programs);
  if (failure !== undefined) throw new StepError(failure);
  if (view.getUint32(0, true) !== REPORT.zygote) throw new Error("Cannot read the zygote's report");
}
