// The runs that are going on, by their holder's name and their id, so that they can be cancelled.

import { clip } from "../../protocol/protocol_error.ts";
import { Problem } from "./problem.ts";

/** Runs that go on. */
export class LiveRuns {
  readonly #runs = new Map<string, AbortController>();

  get size(): number {
    return this.#runs.size;
  }

  /** Adds one. @throws Problem "same_id" while another has its id */
  add(holder: string, id: string, controller: AbortController): void {
    const key = `${holder}/${id}`; // neither has a slash
    if (this.#runs.has(key)) throw new Problem("same_id", `A run "${id}" is going on already`);
    this.#runs.set(key, controller);
  }

  /** Takes it out: it has ended. */
  remove(holder: string, id: string): void {
    this.#runs.delete(`${holder}/${id}`);
  }

  /** Cancels one. @throws Problem "no_run" */
  cancel(holder: string, id: string): void {
    const run = this.#runs.get(`${holder}/${id}`);
    if (run === undefined) throw new Problem("no_run", `No run "${clip(id)}" is going on`);
    run.abort(new Error("It was cancelled by a request"));
  }
}
