// What the service does for a request that may be answered: it admits a run, begins it on the pool,
// and tells how it ended to the metrics and the trace.

import type { IncomingHttpHeaders } from "node:http";
import type { InfoReply } from "../../protocol/replies.ts";
import { hostClock } from "../pool/clock.ts";
import type { PoolEvent } from "../pool/events.ts";
import type { Pool } from "../pool/pool.ts";
import { Admission, withinLimits } from "./admission.ts";
import { bytesOf } from "./content.ts";
import type { Job, JobResult } from "./job.ts";
import { LiveRuns } from "./live_runs.ts";
import type { Asked } from "./parse_request.ts";
import { Problem } from "./problem.ts";
import { problemOf } from "./problem_of.ts";
import { traceOf, traceRun } from "./run_trace.ts";
import { ServiceMetrics } from "./service_metrics.ts";
import { startJob } from "./start_job.ts";
import { anybody, type Holder, type Tokens } from "./tokens.ts";

/** A run that was begun. */
export interface Begun {
  readonly id: string;
  readonly job: Job;
}

/** A service. */
export class Service {
  readonly metrics = new ServiceMetrics(() => this.#pool?.status() ?? null);
  readonly #admission = new Admission();
  readonly #live = new LiveRuns();
  #pool: Pool | undefined;
  #info: InfoReply | undefined;

  /** @param tokens Null: anybody who can reach the socket may ask. */
  constructor(public tokens: Tokens | null) {}

  /** Sets the pool that runs everything; its events go to `happened`. */
  use(pool: Pool): void {
    this.#pool = pool;
  }

  /** From the pool. */
  happened(event: PoolEvent): void {
    this.metrics.happened(event);
  }

  /** From the first machine: what its agent can do. */
  learn(info: InfoReply): void {
    this.#info = info;
  }

  get pool(): Pool {
    if (this.#pool === undefined) throw new Problem("not_ready", "The service is starting");
    return this.#pool;
  }

  /** What the agents can do. @throws Problem "not_ready" */
  get info(): InfoReply {
    if (this.#info !== undefined) return this.#info;
    throw new Problem("not_ready", "No machine was ready yet", { retryAfter: 1 });
  }

  /** Whether runs are taken, and at least one machine was ready. */
  get isReady(): boolean {
    const status = this.#pool?.status();
    return status?.state === "open" && this.#info !== undefined &&
      status.machines.some(({ state }) => state !== "booting" && state !== "ending");
  }

  /**
   * Whose request it is. Where anybody may ask, a web page still may not: a browser sends a form to
   * the loopback without asking anybody.
   *
   * @throws Problem "unauthorized", "from_web_page"
   */
  holderOf(headers: IncomingHttpHeaders): Holder {
    if (this.tokens === null) {
      if (headers.origin === undefined && headers["sec-fetch-site"] === undefined) return anybody;
      throw new Problem("from_web_page", "A web page needs a token");
    }
    const token = /^Bearer +([^ ]+) *$/i.exec(headers.authorization ?? "")?.[1];
    const holder = token === undefined ? null : this.tokens.holderOf(token);
    if (holder !== null) return holder;
    throw new Problem("unauthorized", "A bearer token that is known is needed");
  }

  /** Lets a run of this holder begin. Returns what ends it. @throws Problem "too_many" */
  admit(holder: Holder): () => void {
    return this.#admission.enter(holder);
  }

  /**
   * Begins a run.
   *
   * @param ending Cancels it when it is aborted, which a request may do too.
   * @param stream Whether its output is wanted as it comes.
   * @throws Problem "over_limit", "same_id"
   */
  begin(
    { request, files }: Asked,
    holder: Holder,
    headers: IncomingHttpHeaders,
    ending: AbortController,
    stream: boolean,
  ): Begun {
    const { id = crypto.randomUUID(), wait_ms, idempotent, get = [], ...limited } = withinLimits(
      request,
      holder,
      this.#defaults,
    );
    const { code, stdin, ...options } = limited;
    this.#live.add(holder.name, id, ending);
    const from = hostClock.now(); // the time of day may be set during a run
    const job = startJob(this.pool, {
      files,
      get,
      ...stdin === undefined ? {} : { stdin: bytesOf(stdin) },
      run: {
        ...options,
        ...code === undefined ? {} : { code: bytesOf(code) },
        signal: ending.signal,
        tenant: holder.name,
        priority: holder.priority ?? 0,
        ...wait_ms === undefined ? {} : { deadlineMs: wait_ms },
        ...idempotent === undefined ? {} : { idempotent },
        ...stream ? { stream } : {},
      },
    });
    const parent = traceOf(headers);
    const over = (end: JobResult | Problem) => {
      const until = hostClock.now();
      this.#live.remove(holder.name, id);
      this.metrics.ran("result" in end ? end.result.status : end.code, until - from);
      const { language } = options;
      traceRun(parent, { id, token: holder.name, language, from, until }, end);
    };
    job.result.then(over, (error) => over(problemOf(error)));
    return { id, job };
  }

  /** Cancels a run of this holder. @throws Problem "no_run" */
  cancel(holder: Holder, id: string): void {
    this.#live.cancel(holder.name, id);
  }

  get #defaults() {
    const of = (name: string) => {
      const limit = this.#info?.limits[name];
      return typeof limit === "object" ? limit.default : undefined;
    };
    return { timeout_ms: of("timeout_ms"), memory_bytes: of("memory_bytes") };
  }
}
