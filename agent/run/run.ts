// A run: one job for a client, or two with a build step before it, and the single result.
//
// One instance serves one run after another.

import type { Failure } from "../../sandbox/report.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { now } from "../core/loop.ts";
import type { Arming } from "../pool/arming.ts";
import { type BuildReport, buildReport, notRun, withBuild } from "./build.ts";
import type { Cause } from "./execution.ts";
import type { OutputClient } from "./output.ts";
import type { JobRequest } from "./result.ts";
import { Stage, type StageEnd, type StageParts } from "./stage.ts";
import { Stdin } from "./stdin.ts";
import type { Timeline } from "./timeline.ts";

/** The client of a run. */
export interface RunClient extends OutputClient {
  /** The run is over and its result is queued. `broken`: the sandbox cannot be used again. */
  onRunOver(broken: boolean): void;
}

/** Carries out one run at a time. */
export class Run {
  readonly #arming: Arming;
  readonly #stage: Stage;
  /** The job's standard input. */
  readonly stdin: Stdin;
  /** What the client asked for. */
  #request!: JobRequest;
  /** Whether its build step is under way, and not the job itself. */
  #building = false;
  #built: BuildReport | undefined;
  #client: RunClient | undefined;

  constructor(parts: StageParts) {
    this.#arming = parts.arming;
    this.#stage = new Stage(parts, (end) => this.#onOver(end));
    this.stdin = new Stdin(parts.loop);
  }

  /** Whether a run is under way. */
  get busy(): boolean {
    return this.#client !== undefined;
  }

  /** When what of it happened. */
  get timeline(): Timeline {
    return this.#stage.timeline;
  }

  /** Begins a run for `client`. `use` provides the sandbox later. */
  begin(client: RunClient, request: JobRequest): void {
    const { build } = request;
    this.#client = client;
    this.#request = request;
    this.#built = undefined;
    this.#building = build !== undefined;
    this.stdin.begin(request.stdinStreams ? client : undefined);
    if (request.stdin !== undefined) this.stdin.write(request.stdin);
    if (!request.stdinStreams) this.stdin.end();
    if (build !== undefined) this.#stage.begin(build, client, undefined);
    else this.#stage.begin(request, client, this.stdin);
    this.#arming.onRunBegins((build ?? request).language);
  }

  /** Runs the job in `sandbox` as soon as that is ready. */
  use(sandbox: Sandbox): void {
    this.#stage.use(sandbox);
  }

  /** There is no sandbox for the job: it does not begin. */
  fail(failure: Failure): void {
    this.#stage.fail(failure);
  }

  /** Ends the run early. */
  stop(cause: Cause): void {
    this.#stage.stop(cause);
  }

  /** Sends a signal to the job's process group, as soon as there is one. */
  signal(signal: number): void {
    this.#stage.signal(signal);
  }

  /** The client can take output again. */
  onClientWritable(): void {
    if (!this.busy) return;
    this.stdin.grant();
    this.#stage.pump();
  }

  #onOver({ message, bodies, sandbox }: StageEnd): void {
    const client = this.#client!;
    const { id, keep } = this.#request;
    if (this.#building) {
      this.#built = buildReport(message, bodies);
      const isBuilt = message.exit_code === 0 && message.status === "exited";
      if (isBuilt && sandbox !== undefined) return this.#runWhatWasBuilt(sandbox);
    }
    const built = this.#built;
    const result = this.#building ? notRun(id, built!) : withBuild(message, built);
    this.#client = undefined;
    client.send(result, ...built?.bodies ?? [], ...(this.#building ? [] : bodies));
    // Only now: the client need not wait for this.
    this.#stage.close();
    this.stdin.close();
    if (keep && sandbox !== undefined) this.#arming.letGo(sandbox);
    client.onRunOver(sandbox === undefined);
  }

  /** The second job of a run, in the sandbox of the first: it begins when that is ready again. */
  #runWhatWasBuilt(sandbox: Sandbox): void {
    this.#building = false;
    this.#stage.close();
    this.#stage.begin(this.#request, this.#client!, this.stdin);
    this.timeline.begin(now());
    this.timeline.mark("ack");
    this.#arming.letGo(sandbox);
    this.use(sandbox);
  }
}
