// The access log: one line of JSON for each answer. It never has code, output, addresses of files or
// tokens; a route stands as it is documented.

import type { Answered } from "./http_server.ts";

/** One line. */
export function accessLine({ route, token, status, bytes, ms }: Answered, now: Date): string {
  const at = now.toISOString();
  return logLine({ at, token, route, status, ms: Math.round(ms * 1000) / 1000, bytes });
}

/**
 * JSON that a terminal shows and does not obey. JSON itself escapes control characters only below
 * U+0020, and a guest's console may have written what is told.
 */
export function logLine(value: object): string {
  return JSON.stringify(value).replace(
    /[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
