// What a token's holder may do: how many runs a minute and at once, how long, with how much memory.

import type { RequestLimit } from "../../protocol/requests.ts";
import { Problem } from "./problem.ts";
import type { RunRequest } from "./run_schema.ts";
import { TokenBucket } from "./token_bucket.ts";
import type { Holder } from "./tokens.ts";

/** The agent's defaults, where a request says nothing. */
export interface Defaults {
  readonly timeout_ms?: number;
  readonly memory_bytes?: number;
}

/** Admits runs. */
export class Admission {
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #running = new Map<string, number>();

  /** @param now A clock in milliseconds that is never set: the host's time of day may be. */
  constructor(readonly now: () => number = () => performance.now()) {}

  /** Lets a run begin. Returns what ends it, to be called once. @throws Problem "too_many" */
  enter({ name, runs_per_minute: rate, concurrent_runs: most = Infinity }: Holder): () => void {
    const running = this.#running.get(name) ?? 0;
    if (running >= most) {
      const said = `Cannot run: ${running} of "${name}" run already`;
      throw new Problem("too_many", said, { retryAfter: 1 });
    }
    if (rate !== undefined) {
      const bucket = this.#buckets.get(name) ?? new TokenBucket(rate, this.now());
      this.#buckets.set(name, bucket);
      const retryAfter = bucket.take(this.now());
      const said = `Cannot run: "${name}" may run ${rate} a minute`;
      if (retryAfter > 0) throw new Problem("too_many", said, { retryAfter });
    }
    this.#running.set(name, running + 1);
    return () => this.#leave(name);
  }

  #leave(name: string): void {
    const left = this.#running.get(name)! - 1;
    if (left > 0) this.#running.set(name, left);
    else this.#running.delete(name);
  }
}

/**
 * The request within the holder's limits: one that asks for more is refused, and where it says
 * nothing, the agent's default is cut.
 *
 * @throws Problem "over_limit"
 */
export function withinLimits<Request extends Pick<RunRequest, "timeout_ms" | "limits">>(
  request: Request,
  holder: Holder,
  defaults: Defaults,
): Request {
  const { timeout_ms, memory_bytes } = holder;
  const time = cut("timeout_ms", request.timeout_ms, timeout_ms, defaults.timeout_ms);
  const asked = request.limits?.memory_bytes;
  const memory = cut("limits.memory_bytes", asked, memory_bytes, defaults.memory_bytes);
  return {
    ...request,
    ...time === undefined ? {} : { timeout_ms: time },
    ...memory === undefined ? {} : { limits: { ...request.limits, memory_bytes: memory } },
  };
}

function cut(
  field: "timeout_ms" | `limits.${RequestLimit}`,
  asked: number | undefined,
  most = Infinity,
  byDefault = Infinity,
): number | undefined {
  if (asked === undefined) return most < byDefault ? most : undefined;
  if (asked <= most) return asked;
  const said = `Cannot accept "${field}": it may be at most ${most} for this token`;
  throw new Problem("over_limit", said, { field });
}
