// One delivery of a job, from its message to its acknowledgement.
//
// The order is the promise: the outcome is stored before the job is acknowledged, and only the first
// outcome counts. So a job is never lost, and two workers that both ran it make one result.

import type { Client } from "../../controller/client.ts";
import type { Pool } from "../pool/pool.ts";
import type { Blobs } from "./blobs.ts";
import type { DeadLetters } from "./dead_letters.ts";
import type { Delivered } from "./delivered.ts";
import { FleetError } from "./fleet_error.ts";
import { type Job, jobOf, readJobLine } from "./job.ts";
import { LiveOutput } from "./live_output.ts";
import type { JobName } from "./names.ts";
import type { Became } from "./outcome.ts";
import type { Outcomes } from "./outcomes.ts";
import { unpack, type Unpacked } from "./packed.ts";
import { persist } from "./persist.ts";
import { runJob } from "./ran.ts";
import type { DeliveryEnd, WorkerEvent } from "./worker_events.ts";
import type { FleetConnection } from "./connection.ts";

/** What every delivery needs. */
export interface DeliveryContext {
  readonly nc: FleetConnection;
  readonly worker: string;
  readonly pool: Pool<Client>;
  readonly blobs: Blobs;
  readonly outcomes: Outcomes;
  readonly dead: DeadLetters;
  readonly keepBytes: number;
  /** Aborted when the worker gives everything back. */
  readonly closing: AbortSignal;
  readonly tell: (event: WorkerEvent) => void;
}

/** How long others should leave a job alone after its machine was lost. */
const AGAIN_MS = 500;

/** A delivery. */
export class Delivery {
  readonly job: JobName;
  readonly #line: ReturnType<typeof readJobLine> | FleetError;
  readonly #unpacked: Unpacked | undefined;
  readonly #cancel = new AbortController();
  #working: ReturnType<typeof setInterval> | undefined;

  /** @param placed Called once the job has a machine, or needs none. */
  constructor(
    readonly context: DeliveryContext,
    readonly delivered: Delivered,
    readonly placed: () => void,
  ) {
    const { tenant } = delivered.lane;
    try {
      this.#unpacked = unpack(delivered.data);
      this.#line = readJobLine(this.#unpacked);
      if (this.#line.tenant !== tenant || this.#line.class !== delivered.lane.class) {
        this.#line = new FleetError("malformed", "Its subject is not that of its tenant and class");
      }
    } catch (error) {
      this.#line = error as FleetError;
    }
    const id = this.#line instanceof Error ? `unreadable-${delivered.sequence}` : this.#line.id;
    this.job = { tenant, id };
  }

  /** Ends the run, or keeps it from beginning. */
  cancel(): void {
    this.#cancel.abort();
  }

  /** Does all of it. Never throws. */
  async go(): Promise<void> {
    const { job, delivered: { deliveries: delivery, ackWaitMs }, context: { tell } } = this;
    const began = performance.now();
    this.#working = setInterval(() => this.delivered.working(), ackWaitMs / 3);
    let ended: readonly [DeliveryEnd, string];
    try {
      ended = await this.#go();
    } catch (error) {
      // The server is away, and the worker ends. Nobody says "working" any more: it comes again.
      ended = ["again", error instanceof Error ? error.message : String(error)];
    }
    clearInterval(this.#working);
    this.placed();
    const [how, why] = ended;
    tell({ type: "ended", job, delivery, how, why, tookMs: performance.now() - began });
  }

  async #go(): Promise<readonly [DeliveryEnd, string]> {
    const { delivered, context: { blobs, outcomes, closing }, job } = this;
    const known = await this.#persist("look", () => outcomes.kindOf(job));
    if (known !== null) return await this.#known(known);
    if (this.#line instanceof Error) return await this.#bury(this.#line.message);
    const { deliveries: most } = this.#line;
    if (delivered.deliveries > most) {
      const times = most === 1 ? "once" : `${most} times`;
      return await this.#bury(`It was delivered ${times}, and no worker finished it`);
    }
    const parts = await this.#persist("fetch", () => {
      return blobs.parts("jobs", job.tenant, this.#unpacked!);
    });
    // Between the two looks another worker may have finished it, and removed its bytes.
    if (parts === null) {
      const done = await this.#persist("look", () => outcomes.kindOf(job));
      return done === null ? await this.#bury("Its code or files are gone") : this.#known(done);
    }
    if (closing.aborted) return this.#giveBack("The worker ends", 0);
    return await this.#run(jobOf(this.#line, parts));
  }

  async #run(job: Job): Promise<readonly [DeliveryEnd, string]> {
    const { delivered, context: { nc, pool, keepBytes, tell } } = this;
    tell({ type: "begins", job: this.job, delivery: delivered.deliveries });
    const live = new LiveOutput(nc, job, delivered.deliveries);
    const ran = await runJob(pool, job, keepBytes, {
      signal: this.#cancel.signal,
      placed: this.placed,
      output: (piece) => live.send(piece),
    });
    if (ran.how === "became") {
      const ended = await this.#finish(ran.became, job.submittedAt);
      await live.end(ran.became.kind);
      return ended;
    }
    if (ran.how === "lost" && delivered.deliveries >= job.deliveries) {
      return await this.#bury(ran.why);
    }
    return this.#giveBack(ran.why, AGAIN_MS);
  }

  /** Stores what became of it, and only then acknowledges. */
  async #finish(became: Became, submittedAt: number): Promise<readonly [DeliveryEnd, string]> {
    const { context: { outcomes, worker, blobs }, delivered, job } = this;
    const from = { worker, delivery: delivered.deliveries, submittedAt, storedAt: Date.now() };
    const first = await this.#persist(
      "store",
      () => outcomes.store({ ...became, ...job, ...from }),
    );
    const blob = this.#unpacked?.blob;
    if (blob !== undefined && became.kind !== "dead") {
      await blobs.remove("jobs", job.tenant, blob).catch(() => {}); // it only takes room
    }
    if (became.kind !== "dead") delivered.ack();
    return [first ? became.kind : "known", ""];
  }

  /** Gives the job up. The outcome comes first, so that a late result cannot follow it. */
  async #bury(why: string): Promise<readonly [DeliveryEnd, string]> {
    const line = this.#line instanceof Error ? null : this.#line;
    const [how] = await this.#finish({ kind: "dead", why }, line?.submittedAt ?? 0);
    if (how === "known") {
      // Somebody was first; or this worker itself, and the answer was lost.
      const kind = await this.#persist("look", () => this.context.outcomes.kindOf(this.job));
      return await this.#known(kind ?? "");
    }
    await this.#mourn(why);
    this.delivered.ack();
    return [how, why];
  }

  async #mourn(why: string): Promise<void> {
    const { delivered, context: { dead }, job } = this;
    const named = { ...job, class: delivered.lane.class };
    const { data, deliveries } = delivered;
    await this.#persist("bury", () => dead.add(named, why, deliveries, data));
  }

  /** It has an outcome. A worker may have died between that and the dead letter. */
  async #known(kind: string): Promise<readonly [DeliveryEnd, string]> {
    if (kind === "dead") {
      const outcome = await this.#persist("look", () => this.context.outcomes.get(this.job));
      if (outcome?.kind === "dead") await this.#mourn(outcome.why);
    }
    this.delivered.ack();
    return ["known", ""];
  }

  #giveBack(why: string, ms: number): readonly [DeliveryEnd, string] {
    this.delivered.nak(ms);
    return ["again", why];
  }

  #persist<Value>(verb: string, act: () => Promise<Value>): Promise<Value> {
    const { closing, tell } = this.context;
    const what = `${verb} "${this.job.id}"`;
    return persist(closing, act, ({ message }) => tell({ type: "trouble", what, why: message }));
  }
}
