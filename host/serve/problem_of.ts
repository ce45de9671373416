// What the pool, the agent or a schema threw, as a refusal in the same words.

import { ConnectionError, RequestError } from "../../controller/client.ts";
import { type Began, PoolError } from "../pool/pool_error.ts";
import { Problem } from "./problem.ts";
import { withoutPaths } from "./told.ts";

/** Seconds after which a full or booting pool may have room. */
const SOON = 1;

/**
 * The refusal.
 *
 * @param began What is known where the error itself does not say.
 */
export function problemOf(error: unknown, began?: Began): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof PoolError) {
    const { kind, message } = error;
    // What the agent refused as no fault of the caller's comes as a loss, with its own words.
    const retryAfter = ["full", "deadline", "no_machine"].includes(kind) ? SOON : undefined;
    return new Problem(kind, withoutPaths(message), {
      began: error.began,
      retryAfter,
      cause: error,
    });
  }
  if (error instanceof RequestError) {
    const { code, message, field } = error;
    const retryAfter = code === "busy" ? SOON : undefined;
    return new Problem(code, message, { field, began, retryAfter, cause: error });
  }
  if (error instanceof ConnectionError) {
    const details = { began: began ?? "perhaps", cause: error };
    const why = withoutPaths(error.message);
    return new Problem("lost", `The machine was lost: ${why}`, details);
  }
  const details = { began: began ?? "perhaps", cause: error };
  return new Problem("broken", "The service failed: see its log", details);
}
