// The schemas of answers that are not a run's: the machines, and what the agents can do.

import * as v from "valibot";
import { closed, integer, milliseconds, text } from "../../protocol/fields.ts";
import { replySchemas } from "../../protocol/replies.ts";
import { runId } from "./run_schema.ts";

const count = integer(0);
const { languages, limits } = replySchemas.info.entries;

/** GET /v1/languages: `info` of the agent, without what only its operator needs. */
export const languagesAnswer = closed({ languages, limits });

/** GET /v1/machines. */
export const machinesAnswer = closed({
  state: v.picklist(["open", "draining", "closed"]),
  waiting: count,
  running: count,
  machines: v.array(closed({
    name: text,
    state: v.picklist(["booting", "idle", "busy", "renewing", "ending"]),
    runs: count,
    age_ms: milliseconds,
    silent_ms: milliseconds,
    memory_mib: v.nullable(milliseconds),
  })),
  boots: v.optional(closed({ failures: count, why: text })),
});

/** The data of a run's events: `queued` and `began`; and of its output. */
export const runEvent = closed({ id: runId });
