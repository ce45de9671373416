// An MCP session of the official client with `sallyport mcp`, over standard input and output or
// HTTP.
//
// The client is only for tests, and testing/deno.lock only for it: no server fetches it.

// deno-lint-ignore-file no-import-prefix

import {
  type CallToolResult,
  Client,
  StreamableHTTPClientTransport,
} from "npm:@modelcontextprotocol/client@2.4.0";
import { StdioClientTransport } from "npm:@modelcontextprotocol/client@2.4.0/stdio";
import { cliPermissions } from "../../../scripts/build/compile_cli.ts";
import { projectRoot } from "../../../tests/helpers/agent.ts";
import { type Need, testNeeding } from "../../../tests/helpers/need.ts";

/** A test with a session: its client ends with a timer of two seconds, and waits no longer for it. */
export function testMcp(
  needs: readonly Need[],
  name: string,
  test: () => Promise<void>,
): void {
  testNeeding(needs, name, test, { sanitizeOps: false, sanitizeResources: false });
}

/** What a call may have beside its arguments. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onprogress?: (progress: { progress: number; message?: string }) => void;
}

/** A session. Disposing ends it, and its server where that serves it alone. */
export interface McpSession extends AsyncDisposable {
  readonly client: Client;
  /** Calls a tool. The client itself checks structured results against their schemas. */
  call(
    name: string,
    args?: Record<string, unknown>,
    options?: CallOptions,
  ): Promise<CallToolResult>;
  /** Runs code; its structured result. */
  run(language: string, code: string, more?: Record<string, unknown>): Promise<Outcome>;
}

/** The structured result of `run_code`. */
export interface Outcome {
  readonly status: string;
  readonly exit_code?: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly build?: string;
  readonly truncated: boolean;
  readonly denied: { syscall: string; count: number }[];
}

/** The structure of a result of `run_code`. */
export function outcomeOf(result: CallToolResult): Outcome {
  if (result.structuredContent === undefined) throw new Error(textOf(result));
  return result.structuredContent as Outcome;
}

function command(target: string, words: readonly string[]): string[] {
  const main = "controller/mcp/main.ts";
  return ["run", "--quiet", ...cliPermissions, main, "mcp", "--target", target, ...words];
}

/** Runs `sallyport mcp` to its end. */
export async function mcpEnded(target: string, words: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: command(target, words),
    cwd: projectRoot,
    stdin: "null",
  }).output();
  const [said, complaint] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, stdout: said, stderr: complaint };
}

/** A session over standard input and output. */
export async function stdioSession(target: string): Promise<McpSession> {
  const transport = new StdioClientTransport({
    command: Deno.execPath(),
    args: command(target, []),
    cwd: projectRoot,
    env: Deno.env.toObject(),
  });
  return await session(transport);
}

/** A session over HTTP. */
export async function httpSession(url: string): Promise<McpSession> {
  const transport = new StreamableHTTPClientTransport(new URL(url));
  return await session(transport, () => transport.terminateSession());
}

async function session(
  transport: Parameters<Client["connect"]>[0],
  end?: () => Promise<void>,
): Promise<McpSession> {
  // It asks for the newest revision first, and falls back to one that has sessions.
  const versionNegotiation = { mode: "auto" } as const;
  const client = new Client({ name: "test", version: "1" }, { versionNegotiation });
  await client.connect(transport);
  await client.listTools();
  const call: McpSession["call"] = async (name, args = {}, options) =>
    await client.callTool({ name, arguments: args }, options) as CallToolResult;
  return {
    client,
    call,
    run: async (language, code, more) =>
      outcomeOf(await call("run_code", { language, code, ...more })),
    [Symbol.asyncDispose]: async () => {
      await end?.();
      await client.close();
    },
  };
}

/** The text of a result. */
export function textOf({ content }: CallToolResult): string {
  return content.map((part) => part.type === "text" ? part.text : `<${part.type}>`).join("\n");
}

/** A server over HTTP. */
export interface McpServer extends AsyncDisposable {
  readonly url: string;
}

/** Starts `sallyport mcp --http`; on a free port, if nothing else is said. */
export async function startMcp(target: string, address = "127.0.0.1:0"): Promise<McpServer> {
  const child = new Deno.Command(Deno.execPath(), {
    args: command(target, ["--http", address]),
    cwd: projectRoot,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let said = "";
  const ready = Promise.withResolvers<string>();
  const reading = (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      said += text;
      const url = /MCP on (\S+) for/.exec(said)?.[1];
      if (url !== undefined) ready.resolve(url);
    }
    ready.reject(new Error(`The server ended: ${said}`));
  })();
  const url = await ready.promise;
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      const { code } = await child.status;
      await reading;
      if (code !== 0) throw new Error(`The server ended with ${code}: ${said}`);
    },
  };
}
