// One run, from the client's side: its output as it comes, its acknowledgement, its result.
//
// `acked` and `result` settle exactly once, whatever becomes of the connection.

import type { Reply, Request, ResultReply, SignalName, UsageReply } from "../protocol/protocol.ts";
import type { OutputSink } from "./connection.ts";
import { deferred } from "./deferred.ts";
import { ConnectionError } from "./errors.ts";
import { type OutputPiece, OutputQueue } from "./output_queue.ts";
import { type Result, resultOf } from "./result.ts";
import { RunInput, type Send } from "./run_input.ts";

export type { Outputs, Result } from "./result.ts";

/** Bytes of output that wait for their reader. */
const waitingBytes = 1024 * 1024;

/** The streams whose bytes follow a result, in their order: the build's, then the run's. */
function streamsOf({ stdout, stderr, build }: ResultReply): ResultReply["stdout"][] {
  const built = build === undefined ? [] : [build.stdout, build.stderr];
  return [...built, stdout, stderr];
}

/**
 * A run that was sent. Iterating it gives its output, for one reader, when it was asked to stream.
 */
export class Run implements AsyncIterable<OutputPiece>, OutputSink {
  readonly #send: Send;
  readonly #onUsage: ((usage: UsageReply) => void) | undefined;
  readonly #acked = deferred<void>();
  readonly #result = deferred<Result>();
  readonly #queue = new OutputQueue(waitingBytes);
  readonly #input: RunInput;
  #done = false;
  /** What the caller's own function threw. */
  #thrown: { readonly error: unknown } | null = null;
  /** The piece of output whose bytes are coming. */
  #stream: "stdout" | "stderr" = "stdout";
  #offset = 0;
  #reply: ResultReply | null = null;
  #kept = new Uint8Array(0);

  /** Made by the client; `send` is its connection's. */
  constructor(send: Send, onUsage?: (usage: UsageReply) => void) {
    this.#send = send;
    this.#input = new RunInput(send);
    this.#onUsage = onUsage;
    // A caller may await only one of these: the others must not be unhandled rejections.
    this.#acked.promise.catch(() => {});
    this.#result.promise.catch(() => {});
  }

  /** Resolves when the agent has taken the request, before it works on it. */
  get acked(): Promise<void> {
    return this.#acked.promise;
  }

  /**
   * How the run ended.
   *
   * @throws {RequestError} The agent refused the request.
   * @throws {ConnectionError} The connection was lost; the agent then cancels the run.
   * @throws What `onUsage` threw: the run is then cancelled.
   */
  get result(): Promise<Result> {
    return this.#result.promise;
  }

  /** The output as it comes. It ends with the run, and throws what `result` throws. */
  [Symbol.asyncIterator](): AsyncIterator<OutputPiece, undefined> {
    return this.#queue[Symbol.asyncIterator]();
  }

  /**
   * Writes to standard input, where the request said `stdin: {stream: true}`. Resolves when it is
   * sent. The agent takes about 1 MiB more than the job has read: to send more than that to a
   * program that answers, read its output at the same time. After the run's end input is dropped.
   *
   * @throws {TypeError} The run did not ask to stream its input.
   */
  write(input: string | Uint8Array): Promise<void> {
    return this.#input.send(typeof input === "string" ? new TextEncoder().encode(input) : input);
  }

  /** Ends standard input, after all that was written. */
  closeStdin(): Promise<void> {
    return this.#input.send(null);
  }

  /** Sends a signal to the job's process group. */
  signal(signal: SignalName): Promise<void> {
    return this.#ask({ type: "signal", signal });
  }

  /** SIGTERM, and SIGKILL after the grace period; the result then says `cancelled`. */
  cancel(): Promise<void> {
    return this.#ask({ type: "cancel" });
  }

  /**
   * From the connection: `ack`, then `result`.
   *
   * @ignore
   */
  reply(reply: Reply): boolean {
    if (reply.type === "ack") {
      this.#input.begin(reply.stdin_window);
      this.#acked.resolve();
      return false;
    }
    if (reply.type !== "result") {
      throw new ConnectionError(`Agent answered with "${reply.type}" instead of "result"`);
    }
    const kept = streamsOf(reply).reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
    if (kept !== (reply.bytes ?? 0)) {
      throw new ConnectionError(
        `Agent sent ${reply.bytes ?? 0} bytes of output instead of ${kept}`,
      );
    }
    this.#acked.resolve();
    this.#reply = reply;
    this.#kept = new Uint8Array(kept);
    if (kept === 0) this.#finish();
    return true;
  }

  /**
   * From the connection: output is coming, input was taken, or a sample.
   *
   * @ignore
   */
  output(reply: Extract<Reply, { type: "stdout" | "stderr" | "stdin" | "usage" }>): void {
    if (reply.type === "usage") return this.#sample(reply);
    if (reply.type === "stdin") return this.#input.taken(reply.taken);
    this.#stream = reply.type;
    this.#offset = reply.offset;
  }

  /**
   * From the connection: bytes of output, or what the result kept.
   *
   * @ignore
   */
  body(chunk: Uint8Array, remaining: number): void | Promise<void> {
    if (this.#reply !== null) {
      this.#kept.set(chunk, this.#kept.length - remaining - chunk.length);
      if (remaining === 0) this.#finish();
      return;
    }
    const offset = this.#offset;
    this.#offset += chunk.length;
    return this.#queue.push({ stream: this.#stream, offset, bytes: chunk.slice() });
  }

  /**
   * From the connection: there will be no result.
   *
   * @ignore
   */
  fail(error: Error): void {
    this.#done = true;
    this.#input.end();
    this.#acked.reject(error);
    this.#result.reject(error);
    this.#queue.end(error);
  }

  /** A caller's function must not end the connection, which others may use. */
  #sample(usage: UsageReply): void {
    if (this.#thrown !== null) return;
    try {
      this.#onUsage?.(usage);
    } catch (error) {
      this.#thrown = { error };
      void this.cancel();
    }
  }

  #finish(): void {
    this.#done = true;
    this.#input.end();
    if (this.#thrown !== null) {
      this.#result.reject(this.#thrown.error);
      return this.#queue.end(this.#thrown.error as Error);
    }
    const reply = this.#reply!;
    let at = 0;
    const pieces = streamsOf(reply).map(({ bytes = 0 }) => this.#kept.subarray(at, at += bytes));
    const [stdout, stderr] = pieces.slice(-2);
    const built = reply.build === undefined ? undefined : { stdout: pieces[0], stderr: pieces[1] };
    this.#result.resolve(resultOf(reply, { stdout, stderr }, built));
    this.#queue.end(null);
  }

  #ask(request: Request, body?: Uint8Array): Promise<void> {
    return this.#done ? Promise.resolve() : this.#send(request, body);
  }
}
