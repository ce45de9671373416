// The jobs of a pool: from the call to the result, or to the end of the lease.

import { RequestError, type RunOptions } from "../../controller/client.ts";
import { type Attempt, attempt } from "./attempt.ts";
import { Entry, type EntryOptions } from "./entry.ts";
import type { Unwell } from "./health.ts";
import { Going } from "./going.ts";
import { Lease, LEASE_MS, type LeaseEnd, type LeaseOptions } from "./lease.ts";
import type { Machines } from "./machines.ts";
import type { JobClient } from "./machine_source.ts";
import type { Member } from "./member.ts";
import type { Settings } from "./options.ts";
import { type Began, PoolError } from "./pool_error.ts";
import { type PoolResult, PoolRun, type PoolRunOptions } from "./pool_run.ts";
import { cancelled, type Waiting } from "./waiting.ts";

/** How long a job that was cut off, on a connection before this one, may take to be gone. */
const WAIT_MS = 5000;

/** The pool that has the jobs. */
export interface JobsOwner {
  /** Why nothing is taken; null if it is. */
  refusal(): PoolError | null;
  /** Somebody waits. */
  dispatch(): void;
}

/** All jobs. */
export class Jobs<C extends JobClient> {
  /** Those that have a machine; the pool counts them as it gives it to them. */
  readonly going: Going;
  #count = 0;
  readonly #leases = new Set<Lease<C>>();

  constructor(
    readonly settings: Settings<C>,
    readonly machines: Machines<C>,
    readonly waiting: Waiting<Member<C>>,
    readonly owner: JobsOwner,
  ) {
    this.going = new Going(settings.clock);
  }

  /** Ends all leases: the pool has ended. */
  close(): void {
    for (const lease of [...this.#leases]) lease.end("closed");
  }

  run(options: PoolRunOptions): PoolRun {
    const run = new PoolRun(`${++this.#count}`, options, this.settings.clock);
    this.#run(run).then((result) => run.finish(result), (error) => run.fail(error));
    return run;
  }

  async lease(options: LeaseOptions): Promise<Lease<C>> {
    const entry = this.#join(`${++this.#count}`, options);
    try {
      return this.#lend(entry, await this.#machine(entry), options.limitMs ?? LEASE_MS);
    } catch (error) {
      throw entry.fails(error);
    }
  }

  async #run(run: PoolRun): Promise<PoolResult> {
    const entry = this.#join(run.job, run.options);
    try {
      for (;;) {
        const member = await this.#machine(entry);
        const result = await this.#runOn(member, entry, run);
        if (result !== null) return result;
      }
    } catch (error) {
      throw entry.fails(error);
    }
  }

  /** One try. Returns null if there is to be another. Afterwards the machine is not the job's. */
  async #runOn(member: Member<C>, entry: Entry<C>, run: PoolRun): Promise<PoolResult | null> {
    const { job, options } = run;
    let spoiled: Unwell | null = null;
    try {
      if (options.signal?.aborted) throw cancelled(options.signal);
      const tried = await attempt(member.client!, requestOf(options), run);
      spoiled = whySpoiled(tried);
      if (tried.how === "result") {
        const { waitedMs, attempts } = entry;
        entry.ends(tried.result.status, "yes");
        // Added to it, not copied: a result can be asked more than its own fields.
        return Object.assign(tried.result, { job, machine: member.name, attempts, waitedMs });
      }
      const { began, error } = tried;
      if (tried.how === "refused" && !isBusy(error)) throw error;
      const repeats = began === "no" || options.idempotent === true && run.canRepeat;
      if (!repeats || !this.#mayRepeat(entry)) throw lost(member.name, began, error);
      run.again();
      this.#again(entry, member, began);
      return null;
    } catch (error) {
      throw entry.fails(error); // told before anything of the machine is
    } finally {
      this.going.end();
      void this.machines.giveBack(member, spoiled);
    }
  }

  /** Waits for a machine that answers. */
  async #machine(entry: Entry<C>): Promise<Member<C>> {
    for (;;) {
      this.owner.dispatch();
      const member = await entry.turn.item.machine.promise;
      entry.attempts++;
      if (await this.machines.isFit(member)) {
        entry.begins(member);
        return member;
      }
      this.going.end();
      const why = new Error("it gave no sign of life");
      if (!this.#mayRepeat(entry)) throw lost(member.name, "no", why);
      this.#again(entry, member, "no");
    }
  }

  #join(job: string, options: EntryOptions): Entry<C> {
    return Entry.join(this.settings, this.waiting, job, options, this.owner.refusal());
  }

  #mayRepeat({ attempts, options: { retries = 1, signal } }: Entry<C>): boolean {
    return attempts <= retries && !signal?.aborted && this.owner.refusal() === null;
  }

  #again(entry: Entry<C>, member: Member<C>, began: Began): void {
    entry.waitsAgain(member, began);
    this.waiting.rejoin(entry.turn);
  }

  #lend(entry: Entry<C>, member: Member<C>, limitMs: number): Lease<C> {
    const { job, waitedMs } = entry;
    const over = (how: LeaseEnd) => {
      if (!this.#leases.delete(lease)) return;
      cancel();
      this.going.end();
      entry.ends(how, "yes");
      if (how === "expired") void this.machines.discard(member, "its lease expired");
      else void this.machines.giveBack(member);
    };
    const lease = new Lease<C>(job, member.name, member.client!, waitedMs, over);
    const cancel = this.settings.clock.after(limitMs, () => lease.end("expired"));
    this.#leases.add(lease);
    void member.machine.ended.then(() => lease.end("lost"));
    return lease;
  }
}

/** What the agent is sent: the options without those of the pool. */
function requestOf(options: PoolRunOptions): RunOptions {
  const { priority: _, tenant: _t, deadlineMs: _d, retries: _r, idempotent: _i, ...rest } = options;
  const { onOutput, stream = onOutput !== undefined, ...request } = rest;
  return { wait_ms: WAIT_MS, ...request, ...stream ? { stream } : {} };
}

function lost(machine: string, began: Began, cause: Error): PoolError {
  const message = `Machine ${machine} was lost: ${cause.message}`;
  return new PoolError("lost", message, began, { cause });
}

const isBusy = (error: Error) => error instanceof RequestError && error.code === "busy";

/** Why a machine must not be used after a try; null if it may. */
function whySpoiled(tried: Attempt): Unwell | null {
  if (tried.how === "result") return null;
  const { message } = tried.error;
  if (tried.how === "lost") return { why: `lost its connection: ${message}`, isLost: true };
  const { code } = tried.error;
  if (code !== "busy" && code !== "internal") return null;
  return { why: `refused a job: ${message}`, isLost: false };
}
