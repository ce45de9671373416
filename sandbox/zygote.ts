// Starts the zygote: the launcher from which every sandbox is cloned.
//
// This is the only part of Sallyport that needs root, and only to give zygote and job ids of their
// own. It runs once, before the agent drops its privileges, and waits for each step's report.

import { SysError } from "../linux/errno.ts";
import { sendFd } from "../linux/socket.ts";
import { writeFile } from "../linux/file.ts";
import { MessageReceiver } from "../linux/message.ts";
import { launch } from "./launch.ts";
import { type Ground, JOB, OUTER_JOB, OUTER_ROOT, REPORT, ROOT } from "./layout.ts";
import { Program } from "./program.ts";
import { type Failure, readFailure } from "./report.ts";
import { enterProgram, identityProgram, stageProgram, unshareProgram } from "./zygote_program.ts";

/** A step of a launcher that failed. */
export class StepError extends Error {
  override readonly name = "StepError";

  constructor(readonly failure: Failure) {
    super(`Cannot ${failure.step}: ${failure.errno}`);
  }
}

/** The zygote, ready to make sandboxes. */
export interface Zygote {
  readonly pid: number;
  /** Our end of its control socket. */
  readonly control: number;
}

/**
 * Starts the zygote and waits until it is confined.
 *
 * @param ids The agent's own ids: what the namespace's root is mapped to where root did not start us.
 * @param cgroup Descriptor of the delegated cgroup directory, if there is one.
 * @throws StepError naming the step that failed; SysError when the launcher could not be started.
 */
export function startZygote(
  ground: Ground,
  ids: { uid: number; gid: number },
  cgroup?: number,
): Zygote {
  const { pid, control } = launch(ground.arch, cgroup);
  const receiver = new MessageReceiver(4096);
  const run = (program: Program) => runAndWait(control, receiver, program);
  const build = (steps: (program: Program, ground: Ground) => void) => {
    const program = new Program(ground.arch);
    steps(program, ground);
    return program;
  };
  run(build(unshareProgram));
  writeIdMaps(pid, ground, ids);
  run(build(identityProgram));
  run(build(stageProgram));
  run(build(enterProgram));
  return { pid, control };
}

/** user_namespaces(7): without root only our own ids can be mapped, and setgroups(2) must be given up. */
function writeIdMaps(pid: number, ground: Ground, ids: { uid: number; gid: number }): void {
  if (ground.ownIds) {
    const map = `${ROOT} ${OUTER_ROOT} 1\n${JOB} ${OUTER_JOB} 1\n`;
    writeFile(`/proc/${pid}/uid_map`, map);
    writeFile(`/proc/${pid}/gid_map`, map);
    return;
  }
  writeFile(`/proc/${pid}/setgroups`, "deny");
  writeFile(`/proc/${pid}/uid_map`, `${ROOT} ${ids.uid} 1\n`);
  writeFile(`/proc/${pid}/gid_map`, `${ROOT} ${ids.gid} 1\n`);
}

function runAndWait(control: number, receiver: MessageReceiver, program: Program): void {
  const bytes = program.encode();
  const sent = sendFd(control, bytes);
  if (sent < 0) throw new SysError("send", -sent, "send a program to the zygote");
  const received = receiver.receive(control);
  if (received < 0) throw new SysError("recvmsg", -received, "hear from the zygote");
  const view = new DataView(receiver.bytes.buffer, receiver.bytes.byteOffset, received);
  if (received === 0) throw new StepError({ step: "keep the zygote alive", errno: "it has ended" });
  const failure = readFailure(view, program);
  if (failure !== undefined) throw new StepError(failure);
  if (view.getUint32(0, true) !== REPORT.zygote) throw new Error("Cannot read the zygote's report");
}
