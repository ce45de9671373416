// Decides which jobs are armed: forked and confined before their request arrives, for the most
// likely next language (more exactly its profile: languages with the same profile share the armed
// job).
//
// The rules, which tests check: arm only in a sandbox that nobody has used yet, only while no job
// runs, and leave no job armed while another runs. So no program of a client ever runs beside an
// armed job, and no armed job counts against a running job's limit of processes.

import type { Language, Profile } from "../../policy/compiled.ts";
import { armProgram } from "../../sandbox/arm_program.ts";
import { leafName } from "../../sandbox/cgroup_program.ts";
import type { Platform } from "../../sandbox/layout.ts";
import type { Address } from "../../sandbox/arena.ts";
import { Program } from "../../sandbox/program.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { type Job, StartProgram } from "../../sandbox/start_program.ts";
import { streamProgram } from "../../sandbox/stream_program.ts";
import type { JobCgroups } from "./job_cgroups.ts";
import { jobFilter } from "./job_filter.ts";
import type { Warming } from "./warming.ts";

/** Arms jobs, before a run or with it, and discards them. */
export class Arming {
  readonly #programs = new Map<string, Program>();
  readonly #starts = new Map<string, StartProgram>();
  readonly #streams: Program;
  /** The same with a new cgroup, so that one run's usage is not counted for the next. */
  readonly #withLeaf: Program;
  readonly #leafName: Address;
  readonly #armed = new Set<Sandbox>();
  /** The language that the next job is armed for; undefined if none is. */
  #next: Language | undefined;
  #running = false;

  /** @param languages The languages on offer, in the policy's order. */
  constructor(
    readonly platform: Platform,
    readonly profiles: Readonly<Record<string, Profile>>,
    readonly cgroups: JobCgroups,
    readonly warming: Warming,
    languages: readonly Language[],
  ) {
    this.#next = languages.find(({ level }) => level !== "bare");
    this.#streams = new Program(platform.arch);
    streamProgram(this.#streams, platform);
    this.#withLeaf = new Program(platform.arch);
    this.#leafName = streamProgram(this.#withLeaf, platform, 0);
    // Built while the zygote is busy.
    if (this.#next !== undefined) this.#program(this.#next.profile);
  }

  /** Arms a job in a prepared sandbox, if the rules allow it. */
  prepare(sandbox: Sandbox): void {
    if (this.#running || this.#next === undefined) return;
    if (!sandbox.job.ready || sandbox.used || !sandbox.armable) return;
    if (sandbox.job.armedFor !== undefined) return;
    this.#armed.add(sandbox);
    this.#arm(sandbox, this.#next.profile);
  }

  /** More of an armed job is there. Once all is, its interpreter is started where that is to be. */
  onArmed(sandbox: Sandbox): void {
    const next = this.#next;
    if (next === undefined || this.#running || !this.#armed.has(sandbox)) return;
    if (sandbox.job.armedFor !== next.profile || !this.isDone(sandbox)) return;
    if (sandbox.job.warmFor === undefined && this.warming.isWarm(next)) {
      if (this.warming.begin(sandbox, next)) return;
      sandbox.armable = false;
      this.letGo(sandbox);
    }
  }

  /** Whether the job armed here is complete. True if none was armed. */
  isDone({ job: { armedFor, warmFor, pid, listener } }: Sandbox): boolean {
    if (armedFor === undefined || warmFor !== undefined) return true;
    const notifies = this.platform.seccomp &&
      this.profiles[armedFor]?.defaultAction.kind === "notify";
    return pid > 0 && (listener >= 0 || !notifies);
  }

  /** A run in `language` begins. The next job is armed for the same language if it can be armed. */
  onRunBegins(language: Language): void {
    this.#running = true;
    if (language.level !== "bare") this.#next = language;
  }

  /** The run is over. */
  onRunOver(): void {
    this.#running = false;
  }

  /**
   * Makes sure that a job is armed for `job` in the run's sandbox, and in no other one. Returns false
   * if one that cannot serve it was discarded: the sandbox will be ready again.
   */
  armFor(job: Job & { language: Language }, sandbox: Sandbox): boolean {
    const { language } = job;
    this.#armed.delete(sandbox);
    for (const other of this.#armed) this.letGo(other);
    const isCold = sandbox.job.warmFor === undefined;
    if (sandbox.job.armedFor === language.profile) {
      if (isCold || this.warming.serves(sandbox, job)) return true;
    }
    if (sandbox.job.armedFor !== undefined) {
      this.letGo(sandbox);
      return false;
    }
    this.#arm(sandbox, language.profile);
    return true;
  }

  /** Whether a run is under way. */
  get running(): boolean {
    return this.#running;
  }

  /** The program that starts `job`. Valid until the next call. */
  startProgram(job: Job): Program {
    const { name } = job.language;
    let start = this.#starts.get(name);
    if (start === undefined) this.#starts.set(name, start = new StartProgram(this.platform));
    return start.of(job);
  }

  /** Discards the armed or finished job in `sandbox`, and has the streams of the next one made. */
  letGo(sandbox: Sandbox): void {
    this.#armed.delete(sandbox);
    this.warming.discard(sandbox);
    if (sandbox.closed) return; // it had gone
    const leaf = sandbox.used ? this.cgroups.replaceIn(sandbox) : undefined;
    if (leaf === undefined) return sandbox.renew(this.#streams);
    this.#withLeaf.retext(this.#leafName, leafName(leaf));
    sandbox.renew(this.#withLeaf);
  }

  /** Forgets a sandbox that has been dropped. */
  forget(sandbox: Sandbox): void {
    this.#armed.delete(sandbox);
    this.warming.forget(sandbox);
  }

  #arm(sandbox: Sandbox, profile: string): void {
    const isConfined = this.platform.seccomp && this.profiles[profile]?.network === "none";
    sandbox.arm(this.#program(profile), profile, !isConfined);
  }

  #program(name: string): Program {
    let program = this.#programs.get(name);
    if (program === undefined) {
      program = new Program(this.platform.arch);
      armProgram(program, this.platform, jobFilter(this.profiles[name], this.platform.arch));
      this.#programs.set(name, program);
    }
    return program;
  }
}
