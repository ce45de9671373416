// How a sandbox handles its runner's reports, tested with a socket pair instead of the runner.

import assert from "node:assert/strict";
import { thisArch } from "../linux/syscall_numbers.ts";
import { MSG_DONTWAIT, SHUT_WR } from "../linux/constants.ts";
import { E } from "../linux/errno.ts";
import { closeFd, dup, pipe2, writeFd } from "../linux/fd.ts";
import { MessageReceiver, sendMessage } from "../linux/message.ts";
import { shutdown, socketpair } from "../linux/socket.ts";
import { armProgram, ENDED_SIZE } from "./arm_program.ts";
import { ARENA } from "./launcher/code.ts";
import { type Platform, REPORT } from "./layout.ts";
import { Program } from "./program.ts";
import { Sandbox, type SandboxOwner, type SandboxUser } from "./sandbox.ts";
import { StartProgram } from "./start_program.ts";
import { streamProgram } from "./stream_program.ts";

const platform: Platform = {
  arch: thisArch,
  ownIds: true,
  rootfs: false,
  landlock: 6,
  view: true,
  seccomp: true,
  readOnlyPaths: [],
  etc: [],
  settings: [],
  identityPaths: [],
  limits: {} as Platform["limits"],
  cgroup: false,
  countsSockets: true,
};

const arm = new Program(thisArch);
armProgram(arm, platform, {
  program: new Uint8Array(8),
  notify: true,
  rights: { imageOnly: true, tcp: false },
});
const streams = new Program(thisArch);
streamProgram(streams, platform);
const start = new StartProgram({ arch: thisArch, cgroup: true, ownIds: true }).of({
  language: { file: "main", program: "main", mode: 0o700, argv: ["./main"], env: {} } as never,
  code: new Uint8Array(1),
  args: [],
  env: {},
  limits: {} as never,
});

/** A sandbox whose other ends are ours; what it says is written down. */
class Bench implements Disposable {
  readonly said: string[] = [];
  readonly #keeper = socketpair();
  readonly #runner = socketpair();
  readonly sandbox: Sandbox;
  #job = -1;

  constructor() {
    const say = (what: string) => this.said.push(what);
    const owner: SandboxOwner = {
      onArmed: () => {},
      onDisarmed: () => say("disarmed"),
      onSilent: () => say("silent"),
    };
    const user: SandboxUser = {
      onReady: () => say("ready"),
      onStarted: ({ job }) => say(`started ${job.pid}`),
      onListener: () => say("listener"),
      onFailed: (_, { step, errno }) => say(`failed: ${step}: ${errno}`),
      onEnded: (_, end) => say(`ended ${end.exitCode}`),
      onReaped: () => say("reaped"),
      onGone: () => say("gone"),
    };
    const receiver = new MessageReceiver(1 << 16);
    this.sandbox = new Sandbox({
      keeper: this.#keeper[0],
      pidfd: -1,
      runner: this.#runner[0],
      made: arm,
      network: { place: 0, isNew: true },
      receiver,
      owner,
      user,
    });
    this.makeStreams();
  }

  makeStreams(): void {
    const [ours, theirs] = socketpair();
    if (this.#job >= 0) this.loseJob();
    this.#job = theirs;
    const fds = [dup(ours), dup(ours), dup(ours), ours];
    this.report([REPORT.streams, 0, 0, 0], fds);
    fds.forEach(closeFd);
  }

  /** Sends 64-bit words as the runner would, and has them read. */
  report(words: number[], fds: number[] = []): void {
    const bytes = new Uint8Array(BigInt64Array.from(words.map(BigInt)).buffer);
    assert.equal(sendMessage(this.#runner[1], bytes, fds), bytes.length);
    this.sandbox.readRunner();
  }

  /** Reports that the step `name` of `program` failed. */
  fail(program: Program, name: string, errno: number): void {
    const index = program.steps.findIndex((step) => step.name === name);
    this.report([ARENA, ARENA + 64 + 64 * index, -errno, program.id]);
  }

  ended(status: number): void {
    this.report([REPORT.ended, status, ...Array(ENDED_SIZE / 8 - 2).fill(0)]);
  }

  get jobHasEnded(): boolean {
    return sendMessage(this.#job, new Uint8Array(1)) < 0;
  }

  /** The job's end of its socket closes, as when it dies. */
  loseJob(): void {
    closeFd(this.#job);
    this.#job = -1;
  }

  /** Sends 64-bit words as the keeper would, and has them read. */
  answer(words: number[], fds: number[] = []): void {
    const bytes = new Uint8Array(BigInt64Array.from(words.map(BigInt)).buffer);
    assert.equal(sendMessage(this.#keeper[1], bytes, fds), bytes.length);
    this.sandbox.readKeeper();
  }

  /** The keeper ends, and that is read. */
  loseKeeper(): void {
    shutdown(this.#keeper[1], SHUT_WR);
    this.sandbox.readKeeper();
  }

  [Symbol.dispose](): void {
    this.sandbox.close();
    if (this.#job >= 0) this.loseJob();
    for (const fd of [this.#keeper[1], this.#runner[1]]) closeFd(fd);
  }
}

Deno.test("Sandbox: a failed step is named by the half of the job that it belongs to", () => {
  for (
    const [program, step] of [[arm, "enter Landlock"], [start, "write the code"]] as const
  ) {
    using bench = new Bench();
    bench.sandbox.arm(arm, "sh");
    assert.equal(bench.sandbox.start(start), "started");
    bench.fail(program, step, 1);
    bench.ended(127 << 8);
    assert.deepEqual(bench.said, ["ready", `failed: ${step}: EPERM`, "ended 127"]);
  }
});

Deno.test("Sandbox: what is reported before the start is kept for the run", () => {
  using bench = new Bench();
  bench.sandbox.arm(arm, "sh");
  const [listener, other] = socketpair();
  bench.report([REPORT.listener, 3], [listener]);
  assert.deepEqual(bench.said, ["ready"]);
  assert.equal(bench.sandbox.job.pid, 3);
  assert.ok(bench.sandbox.job.listener >= 0);
  [listener, other].forEach(closeFd);
});

Deno.test("Sandbox: the pid of a job that was let go of is not the next job's", () => {
  using bench = new Bench();
  bench.sandbox.arm(arm, "sh");
  bench.sandbox.renew(streams); // the runner is still forking it
  bench.report([REPORT.started, 3]);
  bench.makeStreams();
  bench.sandbox.arm(arm, "perl");
  assert.equal(bench.sandbox.job.pid, 0);
  bench.report([REPORT.started, 4]);
  assert.equal(bench.sandbox.job.pid, 4);
});

Deno.test("Sandbox: an armed job that fails or ends is let go of, and is nobody's result", () => {
  for (const report of ["failure", "end"]) {
    using bench = new Bench();
    bench.sandbox.arm(arm, "sh");
    if (report === "failure") bench.fail(arm, "enter Landlock", 1);
    else bench.ended(9);
    assert.deepEqual(bench.said, ["ready", "disarmed"]);
    bench.sandbox.renew(streams);
    assert.equal(bench.sandbox.job.ready, false);
    assert.equal(bench.sandbox.job.armedFor, undefined);
    assert.ok(bench.jobHasEnded, "its socket is closed");
    bench.ended(0);
    bench.makeStreams();
    assert.deepEqual(bench.said, ["ready", "disarmed", "ready"]);
    assert.equal(bench.sandbox.used, false);
  }
});

Deno.test("Sandbox: a job that has gone is not started", () => {
  using bench = new Bench();
  bench.sandbox.arm(arm, "sh");
  bench.loseJob();
  assert.equal(bench.sandbox.start(start), "gone");
  assert.equal(bench.sandbox.used, false);
});

Deno.test("Sandbox: what an answer has brought is closed, where the rest of it never comes", () => {
  using bench = new Bench();
  const [reader, writer] = pipe2();
  let kept = -1;
  bench.sandbox.ask(arm, (_message, fds) => {
    kept = fds[0];
    return false; // the answer goes on
  });
  bench.answer([REPORT.file], [reader]);
  closeFd(reader);
  assert.ok(kept >= 0);
  assert.equal(writeFd(writer, new Uint8Array(1)), 1, "somebody could read it");
  bench.sandbox.close();
  assert.equal(writeFd(writer, new Uint8Array(1)), -E.EPIPE, "nobody can any more");
  closeFd(writer);
});

Deno.test("Sandbox: a keeper that is gone is heard once, by whoever waits for its answer", () => {
  for (const dealtWith of [true, false]) {
    using bench = new Bench();
    let lost = 0;
    bench.sandbox.onLost = () => {
      lost++;
      return dealtWith;
    };
    bench.sandbox.ask(arm, () => true);
    bench.loseKeeper();
    assert.equal(lost, 1);
    assert.deepEqual(bench.said, ["ready", "silent", ...dealtWith ? [] : ["gone"]]);
    assert.ok(bench.sandbox.gone);
  }
});

Deno.test("Sandbox: an armed job that fails costs nobody the answer to a question", () => {
  using bench = new Bench();
  bench.sandbox.onLost = () => {
    bench.said.push("lost");
    return true;
  };
  bench.sandbox.arm(arm, "sh");
  bench.sandbox.ask(arm, () => {
    bench.said.push("answered");
    return true;
  });
  bench.fail(arm, "enter Landlock", 1);
  bench.answer([REPORT.file, 0]);
  assert.deepEqual(bench.said, ["ready", "disarmed", "answered"]);
});

Deno.test("Sandbox: one that is closed sends nothing, whatever has its numbers now", () => {
  using bench = new Bench();
  const { sandbox } = bench;
  sandbox.close();
  const [keeper, runner] = [socketpair(), socketpair()];
  const numbers = [...keeper, ...runner];
  sandbox.run(streams);
  sandbox.ask(arm);
  assert.deepEqual(bench.said, ["ready", "gone", "gone"]);
  const receiver = new MessageReceiver(1 << 16);
  for (const fd of numbers) assert.equal(receiver.receive(fd, MSG_DONTWAIT), -E.EAGAIN);
  numbers.forEach(closeFd);
});
