// The names that messages have, for the words of a target.

import { replySchemas } from "../../protocol/replies.ts";
import { requestSchemas as requests } from "../../protocol/requests.ts";

export { parseRequest } from "../../protocol/protocol.ts";

type Schema = { entries?: object; pipe?: readonly { entries?: object }[] };
const fieldsOf = (schemas: Record<string, unknown>) =>
  Object.entries(schemas).flatMap(([type, schema]) => {
    const { entries, pipe } = schema as Schema;
    return [type, ...Object.keys(entries ?? pipe?.[0].entries ?? {})];
  });

/** Types and fields of requests. */
export const requestSchemas: readonly string[] = fieldsOf(requests);
/** Types and fields of replies. */
export const replySchemasOf: readonly string[] = fieldsOf(replySchemas);
