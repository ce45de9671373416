// A request's first lines, as what answers it sees them.

import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { Problem } from "./problem.ts";

/** A request without its body. */
export interface HttpRequest {
  readonly method: string;
  /** As it was sent, without what follows a "?": nothing in it is decoded, and no dots are resolved. */
  readonly path: string;
  /** With names in lower case. */
  readonly headers: IncomingHttpHeaders;
}

/**
 * Fields that may come once. Of two, a proxy before the service may have read the other one; node
 * takes the first.
 */
const once = new Set(["host", "authorization", "content-type"]);

/** @throws Problem "bad_request" */
export function requestOf(incoming: IncomingMessage): HttpRequest {
  const { method, url, headers, rawHeaders } = incoming;
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at].toLowerCase();
    if (!once.has(name)) continue;
    if (seen.has(name)) {
      throw new Problem("bad_request", `Cannot accept the request: it has two fields "${name}"`);
    }
    seen.add(name);
  }
  return { method: method!, path: pathOf(url!), headers };
}

/** Of both forms that a request may have (RFC 9112, sections 3.2.1 and 3.2.2). */
function pathOf(url: string): string {
  const path = url.startsWith("/") ? url : url.replace(/^https?:\/\/[^/?#]*/i, "");
  const end = path.search(/[?#]/);
  return end < 0 ? path : path.slice(0, end);
}
