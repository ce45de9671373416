// Starts interpreters ahead of their requests, in armed jobs, and says which requests they can
// serve.
//
// An interpreter serves one job and ends: nothing is forked from it, and nothing it holds outlives
// it. Whatever a request asks for that the interpreter has read already, when it was started, is a
// reason to start it anew.

import { MSG_DONTWAIT, SIGKILL } from "../../linux/constants.ts";
import { E, errnoName } from "../../linux/errno.ts";
import { MessageReceiver } from "../../linux/message.ts";
import type { CompiledPolicy, Language, Profile } from "../../policy/compiled.ts";
import {
  readStats,
  signalProgram,
  statProgram,
  unlinkProgram,
} from "../../sandbox/keeper_program.ts";
import type { Platform } from "../../sandbox/layout.ts";
import { Program } from "../../sandbox/program.ts";
import { isGone } from "../../sandbox/job_slot.ts";
import type { Failure } from "../../sandbox/report.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { type Job, warmFiles, warmProgram } from "../../sandbox/start_program.ts";
import type { Loop } from "../core/loop.ts";
import { Denials } from "./denials.ts";

/** Interpreters of a language that die in a row before it is not started ahead any more. */
const MAX_DEATHS = 3;

/** Id of the programs that start interpreters, to tell them from the others. */
const WARM = 2;

/** The most bytes that a boot program tells at once. */
const TOLD_SIZE = 4096;

const decoder = new TextDecoder();

const nobody = { onExec() {}, onTooManyDenied() {} };

/** What an interpreter told when it began to wait, and what it holds then. */
export interface WarmFacts {
  /** CPU time until then. */
  readonly cpuMs: number;
  /** Libraries of `preload` that it did not find. */
  readonly missing: readonly string[];
  /** Resident memory in bytes; 0 before it is known. */
  readonly memoryBytes: number;
}

/** An interpreter that has not gone on. */
interface Waiting {
  readonly language: Language;
  readonly denials: Denials | undefined;
  /** CPU time until it waited. */
  cpuMs: number;
  /** Called when it has its request. */
  onGo: () => void;
}

/** Keeps track of the interpreters that wait. */
export class Warming {
  readonly #programs = new Map<Language, Program>();
  readonly #kill: Program;
  readonly #unlink: Program;
  readonly #stat: Program;
  readonly #receiver = new MessageReceiver(TOLD_SIZE);
  readonly #waiting = new Map<Sandbox, Waiting>();
  readonly #facts = new Map<string, WarmFacts>();
  readonly #deaths = new Map<string, number>();

  constructor(
    readonly loop: Loop,
    readonly platform: Platform,
    readonly policy: CompiledPolicy,
    readonly profiles: Readonly<Record<string, Profile>>,
  ) {
    this.#kill = new Program(platform.arch);
    this.#unlink = new Program(platform.arch);
    this.#stat = new Program(platform.arch);
  }

  /** Whether interpreters of the language are started ahead: not if they keep dying. */
  isWarm({ name, warm }: Language): boolean {
    return warm !== undefined && (this.#deaths.get(name) ?? 0) < MAX_DEATHS;
  }

  /** Has the armed job in `sandbox` become an interpreter of `language`. False if it cannot be told. */
  begin(sandbox: Sandbox, language: Language): boolean {
    const sent = sandbox.warm(this.#program(language), language.name);
    if (sent < 0 && !isGone(sent)) return false;
    let denials: Denials | undefined;
    if (sandbox.job.listener >= 0) {
      denials = new Denials(this.loop, this.platform.arch, this.policy.limits.denied, nobody);
      denials.listen(sandbox.job.listener, this.profiles[language.profile]);
      sandbox.job.listener = -1; // those own it now
    }
    const waiting = { language, denials, cpuMs: 0, onGo() {} };
    this.#waiting.set(sandbox, waiting);
    const { socket } = sandbox.job;
    this.loop.watch(socket, () => this.#hear(sandbox, socket, waiting));
    if (sent < 0) this.end(sandbox);
    return true;
  }

  /** What is known of the language's interpreters that wait; undefined before the first did. */
  factsOf({ name }: Language): WarmFacts | undefined {
    return this.#facts.get(name);
  }

  /**
   * Sends the interpreter in `sandbox` its request; `onGo` is called once it has it. Returns why the
   * kernel did not take the message. Where the interpreter has ended, that will be reported.
   */
  go(sandbox: Sandbox, message: Uint8Array, onGo: () => void): Failure | undefined {
    const waiting = this.#waiting.get(sandbox);
    if (waiting === undefined) return undefined;
    waiting.onGo = onGo;
    const sent = sandbox.job.go(message);
    if (sent >= 0) return undefined;
    if (!isGone(sent)) return { step: "send the interpreter its request", errno: errnoName(sent) };
    this.end(sandbox);
    return undefined;
  }

  /** Whether the interpreter that waits in `sandbox` can serve `job` as if it were started anew. */
  serves(sandbox: Sandbox, job: Job): boolean {
    const { warmFor } = sandbox.job;
    const { language, code, entry, cwd, env, limits } = job;
    if (warmFor !== language.name || code === undefined) return false;
    if (entry !== undefined || cwd !== undefined) return false;
    // The stack's limit decides where memory is mapped, and how large the stacks of threads are.
    if (limits.stack_bytes !== this.policy.limits.stack_bytes.default) return false;
    const { cold, plain } = language.warm!;
    if (plain && (job.args.length > 0 || Object.keys(env).length > 0)) return false;
    return !Object.keys(env).some((name) => cold.some((begin) => name.startsWith(begin)));
  }

  /** Hands over the interpreter in `sandbox`: it is the run's job now. */
  take(sandbox: Sandbox): { denials: Denials | undefined; cpuMs: number } {
    const waiting = this.#waiting.get(sandbox);
    if (waiting === undefined) return { denials: undefined, cpuMs: 0 };
    this.loop.unwatch(sandbox.job.socket);
    this.#waiting.delete(sandbox);
    this.#deaths.delete(waiting.language.name);
    return waiting;
  }

  /** The armed job in `sandbox` has ended by itself. Returns whether an interpreter waited in it. */
  onDied(sandbox: Sandbox): boolean {
    const waiting = this.#waiting.get(sandbox);
    if (waiting === undefined) return false;
    const { name } = waiting.language;
    this.#deaths.set(name, (this.#deaths.get(name) ?? 0) + 1);
    return true;
  }

  /** Ends an interpreter that seems to have gone. If it has not: its end is reported in any case. */
  end(sandbox: Sandbox): void {
    signalProgram(this.#kill.reset(), sandbox.job.pid, SIGKILL);
    sandbox.ask(this.#kill);
  }

  /** Ends the interpreter in `sandbox`, if there is one. */
  discard(sandbox: Sandbox): void {
    if (sandbox.job.socket >= 0) this.loop.unwatch(sandbox.job.socket);
    const waiting = this.#waiting.get(sandbox);
    if (waiting === undefined) return;
    this.forget(sandbox);
    if (sandbox.closed || sandbox.job.pid === 0) return;
    this.end(sandbox);
    if (sandbox.closed) return; // it had gone
    // The runner does this once it has waited for the interpreter's end.
    unlinkProgram(this.#unlink.reset(), warmFiles(waiting.language));
    sandbox.run(this.#unlink);
  }

  /** Forgets a sandbox that has been dropped, or is about to be. */
  forget(sandbox: Sandbox): void {
    if (sandbox.job.socket >= 0) this.loop.unwatch(sandbox.job.socket);
    this.#waiting.get(sandbox)?.denials?.close();
    this.#waiting.delete(sandbox);
  }

  /** Messages of the boot program: what it tells before it waits, then "go". */
  #hear(sandbox: Sandbox, socket: number, waiting: Waiting): void {
    for (;;) {
      const count = this.#receiver.receive(socket, MSG_DONTWAIT);
      if (count === -E.EAGAIN || count === -E.EINTR) return;
      if (count <= 0) return this.loop.unwatch(socket); // its end will be reported
      const text = decoder.decode(this.#receiver.bytes.subarray(0, count));
      if (text === "go") return waiting.onGo();
      const [cpuMs, ...missing] = text.split(" ").filter((word) => word !== "");
      waiting.cpuMs = Number(cpuMs) >= 0 ? Number(cpuMs) : 0;
      this.#measure(sandbox, waiting, missing);
    }
  }

  #measure(sandbox: Sandbox, { language, cpuMs }: Waiting, missing: readonly string[]): void {
    const { pid } = sandbox.job;
    statProgram(this.#stat.reset(), [pid]);
    sandbox.ask(this.#stat, (message) => {
      const memoryBytes = readStats(message, 1)[0]?.memoryBytes ?? 0;
      this.#facts.set(language.name, { cpuMs, missing, memoryBytes });
      return true;
    });
  }

  #program(language: Language): Program {
    let program = this.#programs.get(language);
    if (program === undefined) {
      program = new Program(this.platform.arch, WARM);
      warmProgram(program, language);
      this.#programs.set(language, program);
    }
    return program;
  }
}
