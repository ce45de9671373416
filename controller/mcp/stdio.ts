// One MCP session over standard input and output, as hosts start their servers.

import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import process from "node:process";
import { connect } from "../client.ts";
import { AgentSession } from "./agent_session.ts";
import { serverFor } from "./server.ts";

/** Most bytes of a message, as over HTTP: the SDK's time to read one grows with its square. */
const messageBytes = 4 * 1024 * 1024;

/**
 * Serves until standard input ends or `stop` is aborted.
 *
 * @throws {ConnectionError} Nobody answers at the target.
 */
export async function serveStdio(
  target: string,
  version: string,
  stop: AbortSignal,
): Promise<void> {
  await using session = await AgentSession.begin(() => connect(target));
  const server = serverFor(session, version);
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  for (const event of ["end", "close", "error"]) process.stdin.once(event, () => end());
  stop.addEventListener("abort", () => end(), { once: true });
  // The SDK closes a session whose client sends what it cannot read; the client sees it by our end.
  const close = server.onclose;
  server.onclose = () => {
    close?.();
    end();
  };
  await server.connect(
    new StdioServerTransport(process.stdin, process.stdout, { maxBufferSize: messageBytes }),
  );
  await ended;
  await server.close();
}
