// The access log: one line of JSON for each answer. It never has code, output, addresses of files or
// tokens; a route stands as it is documented.

import type { Answered } from "./http_server.ts";

/** One line. */
export function accessLine({ route, token, status, bytes, ms }: Answered, now: Date): string {
  const at = now.toISOString();
  return JSON.stringify({ at, token, route, status, ms: Math.round(ms * 1000) / 1000, bytes });
}
