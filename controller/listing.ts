// The pages of a listing, which end: each brings something new, and there are only so many.
//
// An agent says itself whether there is more. One that is broken or hostile could say so for ever,
// and a client that believes it would never come back, or keep entries until its memory is full.

import type { FileEntry, FilesReply } from "../protocol/protocol.ts";
import { ConnectionError } from "./errors.ts";

/** What a whole listing may have. A sandbox directory holds 32,768 files. */
const most = {
  entries: 1 << 20,
  /** Of all names, targets and cursors. */
  characters: 64 << 20,
};

/** Whether a listing goes on as an agent's can. One for each listing. */
export class ListingProgress {
  readonly #cursors = new Set<string>();
  #entries = 0;
  #characters = 0;

  /**
   * Takes a page's entries, and the cursor at which the next page begins, if there is one.
   *
   * @throws {ConnectionError} The agent broke the protocol: it would go on for ever.
   */
  take({ entries, cursor }: Pick<FilesReply, "entries" | "cursor">): void {
    if (cursor !== undefined && entries.length === 0) {
      throw broken("it is empty, and yet there is more");
    }
    if (cursor !== undefined && this.#cursors.has(cursor)) throw broken("its cursor came before");
    this.#entries += entries.length;
    for (const entry of entries) this.#characters += charactersOf(entry);
    if (this.#entries > most.entries) throw broken(`it has more than ${most.entries} entries`);
    if (cursor !== undefined) {
      this.#cursors.add(cursor);
      this.#characters += cursor.length;
    }
    if (this.#characters > most.characters) {
      throw broken(`its names have more than ${most.characters} characters`);
    }
  }
}

function charactersOf({ name, target }: FileEntry): number {
  return name.length + (target?.length ?? 0);
}

function broken(why: string): ConnectionError {
  return new ConnectionError(`Agent broke the protocol: its list does not end: ${why}`, {
    problem: "protocol",
  });
}
