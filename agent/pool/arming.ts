// Which jobs are armed: forked and confined ahead of their request, for the language most likely
// next (for its profile: languages that share one share the armed job).
//
// The rules, which tests hold it to: only in a sandbox that nobody has used yet; only while no job
// runs; and none stays armed beside a job that does. So no program of a client ever runs beside an
// armed job, and none is counted against a running job's limit of processes.

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

/** Arms jobs, ahead of a run or with it, and lets them go. */
export class Arming {
  readonly #programs = new Map<string, Program>();
  readonly #starts = new Map<string, StartProgram>();
  readonly #streams: Program;
  /** The same with a new cgroup: what one run has used is not to be told of the next. */
  readonly #withLeaf: Program;
  readonly #leafName: Address;
  readonly #armed = new Set<Sandbox>();
  /** The language that the next job is armed for; undefined: for none. */
  #next: Language | undefined;
  #running = false;

  /** @param languages Those that are offered, in the policy's order. */
  constructor(
    readonly platform: Platform,
    readonly profiles: Readonly<Record<string, Profile>>,
    readonly cgroups: JobCgroups,
    languages: readonly Language[],
  ) {
    this.#next = languages.find(({ level }) => level === "armed");
    this.#streams = new Program(platform.arch);
    streamProgram(this.#streams, platform);
    this.#withLeaf = new Program(platform.arch);
    this.#leafName = streamProgram(this.#withLeaf, platform, 0);
    // Built while the zygote is busy.
    if (this.#next !== undefined) this.#program(this.#next.profile);
  }

  /** Arms a job ahead in a prepared sandbox, where the rules allow it. */
  prepare(sandbox: Sandbox): void {
    if (this.#running || this.#next === undefined) return;
    if (!sandbox.job.ready || sandbox.used || !sandbox.armable) return;
    if (sandbox.job.armedFor !== undefined) return;
    this.#armed.add(sandbox);
    sandbox.arm(this.#program(this.#next.profile), this.#next.profile);
  }

  /** Whether nothing more has to come of a job that was armed here; none was is as good. */
  isDone({ job: { armedFor, pid, listener } }: Sandbox): boolean {
    if (armedFor === undefined) return true;
    const notifies = this.platform.seccomp &&
      this.profiles[armedFor]?.defaultAction.kind === "notify";
    return pid > 0 && (listener >= 0 || !notifies);
  }

  /** A run begins, in `language`, which may be the next one's as well. */
  onRunBegins(language: Language): void {
    this.#running = true;
    if (language.level === "armed") this.#next = language;
  }

  /** The run is over. */
  onRunOver(): void {
    this.#running = false;
  }

  /**
   * Sees to it that a job is armed for `language` in the sandbox of the run, and in no other one.
   * False when one for another language had to be let go of: the sandbox will be ready again.
   */
  armFor(language: Language, sandbox: Sandbox): boolean {
    this.#armed.delete(sandbox);
    for (const other of this.#armed) this.letGo(other);
    if (sandbox.job.armedFor === language.profile) return true;
    if (sandbox.job.armedFor !== undefined) {
      this.letGo(sandbox);
      return false;
    }
    sandbox.arm(this.#program(language.profile), language.profile);
    return true;
  }

  /** What starts `job`, until the next call. */
  startProgram(job: Job): Program {
    const { name } = job.language;
    let start = this.#starts.get(name);
    if (start === undefined) this.#starts.set(name, start = new StartProgram(this.platform));
    return start.of(job);
  }

  /**
   * Lets go of the job that is armed, or is over, in `sandbox`, and has the next one's streams
   * made.
   */
  letGo(sandbox: Sandbox): void {
    this.#armed.delete(sandbox);
    const leaf = sandbox.used ? this.cgroups.replaceIn(sandbox) : undefined;
    if (leaf === undefined) return sandbox.renew(this.#streams);
    this.#withLeaf.retext(this.#leafName, leafName(leaf));
    sandbox.renew(this.#withLeaf);
  }

  /** Forgets a sandbox that has been dropped. */
  forget(sandbox: Sandbox): void {
    this.#armed.delete(sandbox);
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
