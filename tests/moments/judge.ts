// Which ends of a request a moment excuses. All others are surprises.

import type { Ending, How } from "./ending.ts";
import type { Kind, Victim } from "./moment.ts";

/** What happened, and what came of it. */
export interface Happened {
  readonly victim: Victim;
  readonly kind: Kind;
  /** Whether the agent has ended. */
  readonly ended: boolean;
}

/** Codes by which the agent tells of what it cannot do now. */
const shortages = ["no_space", "internal"];

/** Whether that may be told then. */
export function isExcused(ending: Ending, happened: Happened): boolean {
  const { how, detail } = ending;
  if (how === "as usual") return true;
  if (how === "wrong") return false;
  // One run at a time: that is told with and without a moment.
  if (how === "refused" && detail === "busy") return true;
  if (happened.ended && isLoss(how)) return true;
  switch (happened.kind) {
    case "stop": // only time passes
      return false;
    case "disk":
      return how === "program failed" || how === "failed" && /ENOSPC|EDQUOT/.test(detail!) ||
        how === "refused" && detail === "no_space";
    case "kill":
      return happened.victim === "agent" || happened.victim === "client"
        ? false
        // A request for a file has no result: an error, or the loss of its connection, says that it
        // did not go.
        : how === "failed" || how === "lost before it began" ||
          how === "refused" && detail === "internal";
    case "descriptors":
    case "memory":
      if (happened.victim === "client") return how === "not connected";
      return how === "failed" || how === "program failed" || how === "lost before it began" ||
        how === "refused" && shortages.includes(detail!) ||
        happened.kind === "memory" && (how === "signaled" || isMemoryLimit(ending));
  }
}

const isLoss = (how: How) =>
  how === "lost before it began" || how === "lost after it began" || how === "not connected";

const isMemoryLimit = ({ how, detail }: Ending) =>
  how === "stopped" && detail!.startsWith("limit memory");
