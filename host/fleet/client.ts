// What a submitter does with a fleet: submit jobs, wait for their outcomes, watch and cancel them.

import { jetstream, type JetStreamClient } from "@nats-io/jetstream";
import { errors } from "@nats-io/transport-node";
import { Blobs } from "./blobs.ts";
import { type ConnectionOptions, type FleetConnection, openConnection } from "./connection.ts";
import { FleetError, fleetError, kindOf } from "./fleet_error.ts";
import { type JobOptions, newJob, packedJob } from "./job.ts";
import { checkToken, type JobName, keyOf, subjects } from "./names.ts";
import type { Outcome } from "./outcome.ts";
import { Outcomes } from "./outcomes.ts";
import { pause, persist, unlessAway } from "./persist.ts";
import { type FleetSettings, usualSettings } from "./settings.ts";
import { Waits } from "./waits.ts";
import { type WatchedPiece, watchOutput } from "./watch.ts";

/** A job that is in the queue. */
export interface Submitted extends JobName {
  /** It was there already, by its id: this submission changed nothing. */
  readonly duplicate: boolean;
}

/**
 * What a cancel did. `cancelled`: the job had not begun, and will not. `stopping`: a worker ends it;
 * its result says so, unless it ends by itself first. `over`: it has an outcome already.
 */
export type Cancelled = "cancelled" | "stopping" | "over";

/** How long workers may take to say that a job is theirs. */
const CANCEL_MS = 500;
/** How long after its outcome a job's output may still arrive. */
const LATE_OUTPUT_MS = 1000;
/** How long a submission is tried while the server is away. */
const SUBMIT_MS = 30_000;

/** A submitter's connection. Disposing closes it; jobs stay. */
export class FleetClient implements AsyncDisposable {
  readonly #js: JetStreamClient;
  readonly #waits: Waits;

  private constructor(
    readonly nc: FleetConnection,
    readonly blobs: Blobs,
    readonly outcomes: Outcomes,
  ) {
    this.#js = jetstream(nc);
    this.#waits = new Waits(nc, outcomes);
  }

  /** @throws FleetError "unreachable", "not_allowed" */
  static async connect(
    options: ConnectionOptions,
    settings: Partial<FleetSettings> = {},
  ): Promise<FleetClient> {
    const nc = await openConnection(options);
    const blobs = new Blobs(nc, { ...usualSettings, ...settings });
    return new FleetClient(nc, blobs, await Outcomes.open(nc, blobs));
  }

  /**
   * Puts a job into the queue. It is there when this resolves, also if the server is restarted then.
   *
   * @throws TypeError on options that cannot be.
   * @throws FleetError "full", "not_prepared", "not_permitted"; "unreachable" after 30 s.
   */
  async submit(options: JobOptions): Promise<Submitted> {
    const job = newJob(options, Date.now());
    const { id, tenant } = job;
    // Not the id alone: a second submission must not replace the bytes of the first.
    const name = `${id}/${crypto.randomUUID()}`;
    const given = AbortSignal.timeout(SUBMIT_MS);
    let tries = 0;
    return await persist(given, async () => {
      try {
        tries++;
        const { bytes, blob } = await this.blobs.pack("jobs", tenant, name, packedJob(job));
        const msgID = keyOf(job);
        const ack = await this.#js.publish(subjects.jobs(job), bytes, { msgID });
        // After a try whose answer was lost, it may be a duplicate of itself.
        const duplicate = ack.duplicate && tries === 1;
        if (duplicate && blob !== undefined) await this.blobs.remove("jobs", tenant, blob);
        return { id, tenant, duplicate };
      } catch (cause) {
        throw await this.#whyNot(`Cannot submit "${id}"`, cause);
      }
    }, unlessAway);
  }

  /**
   * Waits for what becomes of a job.
   *
   * @throws FleetError "late" when the signal is aborted first.
   */
  async wait(job: JobName, signal: AbortSignal = new AbortController().signal): Promise<Outcome> {
    const outcome = await this.#waits.wait(checked(job), signal);
    if (outcome !== null) return outcome;
    throw new FleetError("late", `"${job.id}" has no outcome yet`);
  }

  /** What became of a job; null if that is not known yet, or not any more. */
  async look(job: JobName): Promise<Outcome | null> {
    return await this.outcomes.get(checked(job));
  }

  /** What it prints, from its beginning, until it has an outcome. */
  async *watch(job: JobName, signal?: AbortSignal): AsyncGenerator<WatchedPiece> {
    const ended = new AbortController();
    const over = signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal]);
    // The output's own end may be lost. Some time after the outcome there is no more.
    const known = this.#waits.wait(checked(job), over).then(async (outcome) => {
      if (outcome !== null) await pause(LATE_OUTPUT_MS, over);
      ended.abort();
    }, () => {});
    try {
      yield* watchOutput(this.nc, job, over);
    } finally {
      ended.abort();
      await known;
    }
  }

  /** Ends a job, or keeps it from beginning. */
  async cancel(job: JobName): Promise<Cancelled> {
    if (await this.outcomes.kindOf(checked(job)) !== null) return "over";
    if (await this.#tellWorkers(job)) return "stopping";
    const from = { worker: "", delivery: 0, submittedAt: 0, storedAt: Date.now() };
    const { tenant, id } = job;
    const first = await this.outcomes.store({ kind: "cancelled", tenant, id, ...from });
    if (!first) return "over";
    // A worker that took it in between ends it. What it then stores comes second.
    this.nc.publish(subjects.cancel(job));
    return "cancelled";
  }

  /** Closes the connection, after what was sent has arrived. */
  async close(): Promise<void> {
    await this.nc.flush().catch(() => {});
    await this.nc.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Whether a worker has the job, and ends it. */
  async #tellWorkers(job: JobName): Promise<boolean> {
    try {
      await this.nc.request(subjects.cancel(job), undefined, { timeout: CANCEL_MS });
      return true;
    } catch (cause) {
      const nobody = cause instanceof errors.TimeoutError ||
        cause instanceof errors.RequestError && cause.isNoResponders();
      if (nobody) return false;
      throw fleetError(`Cannot cancel "${job.id}"`, cause);
    }
  }

  /** A server that knows no such subject says the same as one that is away. */
  async #whyNot(what: string, cause: unknown): Promise<FleetError> {
    const error = fleetError(what, cause);
    if (error.kind !== "unreachable") return error;
    const jsm = await this.#js.jetstreamManager(false);
    const found = await jsm.streams.find("sallyport.jobs.any.any.normal").catch(kindOf);
    if (found !== "not_prepared" && found !== "server") return error;
    return new FleetError("not_prepared", `${what}: there is no queue on the server yet`, {
      cause,
    });
  }
}

function checked(job: JobName): JobName {
  checkToken("an id", job.id);
  checkToken("a tenant", job.tenant);
  return job;
}
