// The client library: `connect(target)`, and a method for each thing an agent can do.
//
// It adds nothing to the protocol and hides nothing of it: one connection, requests answered in
// order, files that live in the connection's sandbox.

import type { FramingLimits } from "../protocol/framing.ts";
import type { FileEntry, InfoReply, Reply, Request, RunRequest } from "../protocol/protocol.ts";
import { Connection } from "./connection.ts";
import { deferred } from "./deferred.ts";
import { ConnectionError } from "./errors.ts";
import { type Answer, Single } from "./exchange.ts";
import { ListingProgress } from "./listing.ts";
import { type Run, StreamingRun } from "./run.ts";
import type { Send } from "./run_input.ts";
import { parseTarget, type Target } from "./target.ts";
import { openTransport, type Transport } from "./transport.ts";
import type { OnUsage } from "./usage_calls.ts";

export type { DirectoryClient, Progress, TransferOptions, Transferred } from "./directories.ts";
export { getDirectory, putDirectory } from "./transfers.ts";
export type { ErrorCode } from "../protocol/protocol.ts";
export type { OutputSink } from "./connection.ts";
export type { Exchange } from "./exchange.ts";
export { ConnectionError, type ConnectionProblem, RequestError } from "./errors.ts";
export type { OutputPiece } from "./output_queue.ts";
export type { Outputs, Result, Run, StreamingRun } from "./run.ts";
export type { Send } from "./run_input.ts";
export type { OnUsage } from "./usage_calls.ts";
export {
  type FirecrackerTarget,
  parseTarget,
  type Target,
  type UnixTarget,
  type VsockTarget,
} from "./target.ts";

/** What is accepted of an agent: more than any policy's output or file. */
const accepted: FramingLimits = { lineBytes: 1024 * 1024, bodyBytes: 256 * 1024 * 1024 };

/** How to connect. */
export interface ConnectOptions {
  /** Time for the connection and the agent's `ready`, in milliseconds; 5000 when left out. */
  readonly timeoutMs?: number;
}

/** What to list. */
export interface ListOptions {
  /** Also all that is in directories. */
  readonly recursive?: boolean;
}

/** What to run. Times are milliseconds, sizes bytes; see the protocol's `run`. */
export interface RunOptions extends Omit<RunRequest, "type" | "id" | "code" | "bytes"> {
  /** The program; or `entry`, the path of one that is in the sandbox directory already. */
  readonly code?: string | Uint8Array;
  /** Aborting it cancels the run: the result then says `cancelled`. */
  readonly signal?: AbortSignal;
  /**
   * Called with each sample, about every 100 ms; asks for `usage`. What it throws, or what its
   * promise rejects with, is the run's failure.
   */
  readonly onUsage?: OnUsage;
}

/**
 * Connects to an agent and waits until it is ready.
 *
 * @param target "unix:PATH", "vsock:CID:PORT" or "firecracker:SOCKET:PORT".
 * @throws {ConnectionError} Nobody answers there, or not in this protocol.
 * @throws {RequestError} The agent serves as many connections as it can ("busy").
 */
export async function connect(
  target: string | Target,
  { timeoutMs = 5000 }: ConnectOptions = {},
): Promise<Client> {
  const late = deferred<never>();
  const timer = setTimeout(() => {
    const message = `Agent was not ready after ${timeoutMs} ms`;
    late.reject(new ConnectionError(message, { problem: "timeout" }));
  }, timeoutMs);
  const giveUp = new AbortController();
  const where = typeof target === "string" ? parseTarget(target) : target;
  const opening = openTransport(where, giveUp.signal);
  let connection: Connection | undefined;
  try {
    connection = new Connection(await Promise.race([opening, late.promise]), accepted);
    return new Client(connection, await Promise.race([connection.ready, late.promise]));
  } catch (error) {
    if (connection === undefined) {
      opening.then((transport: Transport) => transport.close(), () => {});
      giveUp.abort();
    }
    await connection?.close();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A connection to an agent. `await using` closes it, which cancels its run and drops its sandbox.
 */
export class Client implements AsyncDisposable {
  readonly #connection: Connection;
  /** The agent's version. */
  readonly agent: string;

  /** Made by `connect`. */
  constructor(connection: Connection, agent: string) {
    this.#connection = connection;
    this.agent = agent;
  }

  /**
   * Runs a program. Everything about it comes through what is returned, refusals too. Its output is
   * in the result; with `stream` it comes by iterating the run.
   */
  run(options: RunOptions & { readonly stream?: false | undefined }): Run;
  /** The same, with `stream`. */
  run(options: RunOptions): StreamingRun;
  run({ code, signal, onUsage, ...request }: RunOptions): StreamingRun {
    signal?.throwIfAborted();
    const body = typeof code === "string" ? new TextEncoder().encode(code) : code;
    if ((body === undefined) === (request.entry === undefined)) {
      throw new TypeError('Cannot run: give either "code" or "entry"');
    }
    const send: Send = (message, bytes) => this.#connection.send(message, bytes);
    const run = new StreamingRun(send, { streams: request.stream === true, onUsage });
    const cancel = () => void run.cancel();
    signal?.addEventListener("abort", cancel, { once: true });
    run.result.catch(() => {}).finally(() => signal?.removeEventListener("abort", cancel));
    const usage = onUsage === undefined ? request.usage : true;
    void this.#connection.request(
      { ...request, usage, type: "run", bytes: body?.length },
      run,
      body,
    );
    return run;
  }

  /**
   * Writes a file of the sandbox directory. `mode` are its permission bits, 0o644 when left out.
   */
  async put(
    path: string,
    content: string | Uint8Array,
    options?: { mode?: number },
  ): Promise<void> {
    const body = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await this.#ask({ type: "put", path, mode: options?.mode, bytes: body.length }, "done", body);
  }

  /**
   * Makes a directory, and those above it. One that is there stays. `mode` are its permission bits,
   * 0o755 when left out.
   */
  async mkdir(path: string, options?: { mode?: number }): Promise<void> {
    await this.#ask({ type: "mkdir", path, mode: options?.mode }, "done");
  }

  /** Makes a symbolic link that says `target`. It replaces a file or a link. */
  async link(path: string, target: string): Promise<void> {
    await this.#ask({ type: "link", path, target }, "done");
  }

  /** Removes a file, a link or an empty directory; `recursive`: any directory, with all in it. */
  async remove(path: string, options?: { recursive?: boolean }): Promise<void> {
    await this.#ask({ type: "remove", path, recursive: options?.recursive }, "done");
  }

  /** Reads a file of the sandbox directory. */
  async get(path: string): Promise<Uint8Array<ArrayBuffer>> {
    return (await this.#ask({ type: "get", path }, "file")).body;
  }

  /**
   * Lists a directory below the sandbox directory, or itself, sorted by name. `recursive`: also all
   * that is in it; names are then paths below it. An entry that is `escaped` has a name that is not
   * UTF-8, and that no request can say.
   */
  async list(path?: string, options?: ListOptions): Promise<FileEntry[]> {
    const entries: FileEntry[] = [];
    for await (const page of this.listPages(path, options)) {
      for (const entry of page) entries.push(entry);
    }
    return entries.sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /**
   * The same as `list`, a page at a time and each only when it is asked for. Entries come in the
   * directory's own order, each directory before what is in it.
   *
   * @throws {ConnectionError} The list would go on for ever: the connection is then closed.
   */
  async *listPages(path?: string, options?: ListOptions): AsyncGenerator<FileEntry[], void> {
    const progress = new ListingProgress();
    let cursor: string | undefined;
    do {
      const request = { type: "list", path, recursive: options?.recursive, cursor } as const;
      const { reply } = await this.#ask(request, "files");
      try {
        progress.take(reply);
      } catch (error) {
        await this.#connection.close(error as ConnectionError);
        throw error;
      }
      yield reply.entries;
      cursor = reply.cursor;
    } while (cursor !== undefined);
  }

  /**
   * Throws the prepared sandbox away; a new one is there when this resolves.
   *
   * @param options `restored`: the machine was restored from a snapshot. Its clock gets this
   * machine's time and its
   *   random number generator 32 random bytes, before the new sandbox is made.
   * @throws {RequestError} `restored`, and the agent is not the guest's first process
   * ("bad_request").
   */
  async reset({ restored = false }: { restored?: boolean } = {}): Promise<void> {
    const fresh = restored ? { time_ms: Date.now(), seed: randomSeed() } : {};
    await this.#ask({ type: "reset", ...fresh }, "done");
  }

  /** Asks for a sign of life. Returns the milliseconds it took. */
  async ping(): Promise<number> {
    const start = performance.now();
    await this.#ask({ type: "ping" }, "pong");
    return performance.now() - start;
  }

  /** Versions, languages, limits, and every hardening layer. */
  async info(): Promise<InfoReply> {
    return (await this.#ask({ type: "info" }, "info")).reply;
  }

  /** Closes the connection. What is pending fails. */
  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** The same as `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #ask<Type extends Reply["type"]>(
    request: Request,
    type: Type,
    body?: Uint8Array,
  ): Promise<Answer<Type>> {
    const exchange = new Single(type);
    void this.#connection.request(request, exchange, body);
    return exchange.answer;
  }
}

const randomSeed = () => hex(crypto.getRandomValues(new Uint8Array(32)));

/** In lower case. `Uint8Array.prototype.toHex` is missing in Node 20. */
function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
