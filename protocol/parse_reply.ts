// Checks what an agent sends. Apart from the requests: the agent needs none of these schemas, and
// making them would take a millisecond of its start.

import { parse, refuseArrays } from "./parse.ts";
import { type Reply, replySchemas } from "./replies.ts";

/**
 * Checks one message of an agent.
 *
 * @param value What JSON.parse gave.
 * @throws {ProtocolError} naming the field and the rule.
 */
export function parseReply(value: unknown): Reply {
  refuseArrays(value, ["timing", "limits"]);
  return parse(replySchemas, value) as Reply;
}
