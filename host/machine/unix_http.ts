// HTTP requests over a Unix socket, as Firecracker and Cloud Hypervisor take them.
//
// Both read requests with micro_http, which knows no chunked bodies, so the length is always told.
// Every request has a connection of its own.

import http from "node:http";
import { Buffer } from "node:buffer";

/** How long a monitor may take to answer. Saving a guest's memory takes longest. */
const ANSWER_MS = 120_000;

/** An answer. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Sends one request with a JSON body, or none, and waits for its answer. */
export function request(
  socketPath: string,
  method: "GET" | "PUT" | "PATCH",
  path: string,
  value?: unknown,
): Promise<Answer> {
  const body = value === undefined ? "" : JSON.stringify(value);
  const headers: Record<string, string | number> = { Accept: "application/json" };
  if (value !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET") headers["Content-Length"] = Buffer.byteLength(body);
  return new Promise((resolve, reject) => {
    const options = {
      socketPath,
      path,
      method,
      headers,
      agent: false,
      timeout: ANSWER_MS,
    } as const;
    const sent = http.request(options, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (part: string) => text += part);
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body: text }));
      answer.on("error", reject);
    });
    sent.on("timeout", () => sent.destroy(new Error(`no answer after ${ANSWER_MS} ms`)));
    sent.on("error", reject);
    sent.end(body);
  });
}
