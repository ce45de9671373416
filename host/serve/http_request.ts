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

/** Node leaves out the fields after its own limit, whatever they say. */
const MANY_FIELDS = 128;

/** @throws Problem "bad_request" */
export function requestOf(incoming: IncomingMessage): HttpRequest {
  const { method, url, headers, rawHeaders, httpVersionMajor } = incoming;
  if (httpVersionMajor !== 1) {
    throw new Problem("bad_request", "Cannot accept the request: it must be HTTP/1.1 or HTTP/1.0");
  }
  if (rawHeaders.length > 2 * MANY_FIELDS) {
    throw new Problem("bad_request", `A request may have at most ${MANY_FIELDS} header fields`);
  }
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
