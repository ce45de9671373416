// A monitor's API on a Unix socket, for stand-ins: requests in, answers out, one at a time.
//
// As micro_http does, it refuses a body whose length is not told.

import http from "node:http";

/** What a stand-in answers. */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
}

/** Ends the request with this reply. */
export class Refusal extends Error {
  constructor(readonly reply: Reply) {
    super(JSON.stringify(reply));
  }
}

/** Carries out one request; `body` is undefined where none came. */
export type Handler = (method: string, path: string, body: unknown) => Reply | Promise<Reply>;

/** Serves until the process ends. */
export function serveApi(socket: string, handle: Handler): Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  const server = http.createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8");
    request.on("data", (part: string) => text += part);
    request.on("end", () => {
      last = last.then(async () => {
        const { status, body } = await answer(request, text, handle);
        const content = body === undefined ? "" : JSON.stringify(body);
        response.writeHead(status, { "Content-Length": new TextEncoder().encode(content).length });
        response.end(content);
      });
    });
  });
  return new Promise((resolve) => server.listen(socket, resolve));
}

async function answer(
  { method = "", url = "", headers }: http.IncomingMessage,
  text: string,
  handle: Handler,
): Promise<Reply> {
  try {
    if (headers["transfer-encoding"] !== undefined) return { status: 400, body: "chunked" };
    if (method !== "GET" && headers["content-length"] === undefined) {
      return { status: 400, body: "no length" };
    }
    return await handle(method, url, text === "" ? undefined : JSON.parse(text));
  } catch (error) {
    if (error instanceof Refusal) return error.reply;
    console.error(`stand-in: ${error}`);
    return { status: 500, body: String(error) };
  }
}
