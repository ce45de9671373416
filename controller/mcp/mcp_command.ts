// `sallyport mcp`: the server of the Model Context Protocol, over standard input and output or HTTP.

import { dirname } from "node:path";
import type { McpOptions } from "../cli/main.ts";
import { say } from "../cli/terminal.ts";
import { version } from "../cli/version.ts";
import { endpoint, HttpSessions } from "./http.ts";
import { isLoopback, loopbackNames } from "./names.ts";
import { serveStdio } from "./stdio.ts";

/** Serves until SIGINT, SIGTERM or the end of standard input. Returns the exit code. */
export async function mcpCommand(target: string, { http, hosts }: McpOptions): Promise<number> {
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, onSignal);
  try {
    if (http === undefined) await serveStdio(target, version, stop.signal);
    else await serveHttp(target, http, hosts, stop.signal);
    return 0;
  } finally {
    for (const signal of signals) Deno.removeSignalListener(signal, onSignal);
  }
}

async function serveHttp(
  target: string,
  address: string,
  hosts: readonly string[],
  stop: AbortSignal,
): Promise<void> {
  const where = parseAddress(address, hosts.length > 0);
  await using sessions = new HttpSessions({ target, version, names: [...loopbackNames, ...hosts] });
  const server = await open(address, where, (request) => sessions.handle(request));
  const { addr } = server;
  const at = addr.transport === "tcp"
    ? `http://${addr.hostname.includes(":") ? `[${addr.hostname}]` : addr.hostname}:${addr.port}`
    : address;
  say(`sallyport: MCP on ${at}${endpoint} for ${target}\n`);
  const aborted = Promise.withResolvers<void>();
  stop.addEventListener("abort", () => aborted.resolve(), { once: true });
  if (!stop.aborted) await aborted.promise;
  await sessions[Symbol.asyncDispose]();
  await server.shutdown();
  if ("path" in where) await Deno.remove(where.path).catch(() => {});
}

type Where = { readonly path: string } | { readonly hostname: string; readonly port: number };

/**
 * Where to listen.
 *
 * @param anywhere Whether an address may be reached from other machines.
 * @throws {TypeError} It is no address, or one that others can reach.
 */
export function parseAddress(address: string, anywhere: boolean): Where {
  if (address.startsWith("unix:") && address !== "unix:") return { path: address.slice(5) };
  const match = /^(\[[0-9a-f:]+\]|[^:\s]+):(\d{1,5})$/i.exec(address);
  const port = Number(match?.[2]);
  if (match === null || port > 65_535) {
    throw new TypeError(
      `Cannot listen on "${address}": it must be like "127.0.0.1:8000" or "unix:PATH"`,
    );
  }
  if (!isLoopback(match[1]) && !anywhere) {
    throw new TypeError(
      `Cannot listen on "${address}": other machines could reach it, and there is no ` +
        'authentication; say "--allow-host NAME", the name they use, if that is meant',
    );
  }
  return { hostname: match[1].replace(/^\[|\]$/g, ""), port };
}

type Handler = (request: Request) => Promise<Response>;

async function open(address: string, where: Where, handler: Handler) {
  try {
    return "path" in where
      ? await openSocket(where.path, handler)
      : Deno.serve({ ...where, onListen }, handler);
  } catch (error) {
    throw new TypeError(`Cannot listen on "${address}": ${(error as Error).message}`);
  }
}

/** Deno's own line would go to standard output. */
function onListen(): void {}

/** It is made where only its owner comes, and moved when only its owner can open it. */
async function openSocket(path: string, handler: Handler) {
  if (await Deno.lstat(path).then(() => true, () => false)) {
    throw new Error("something is there already; remove it if nobody listens on it");
  }
  const directory = await Deno.makeTempDir({ dir: dirname(path), prefix: ".s" });
  try {
    const socket = `${directory}/s`;
    const server = Deno.serve({ path: socket, onListen }, handler);
    await Deno.chmod(socket, 0o600);
    await Deno.rename(socket, path);
    return server;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
