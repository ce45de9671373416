// One run, from the client's side: its output as it comes, its acknowledgement, its result.
//
// `acked` and `result` settle exactly once, whatever becomes of the connection.

import type { Reply, Request, ResultReply, SignalName } from "../protocol/protocol.ts";
import type { OutputSink } from "./connection.ts";
import { deferred } from "./deferred.ts";
import { ConnectionError } from "./errors.ts";
import { type OutputPiece, OutputQueue } from "./output_queue.ts";
import { type Result, resultOf } from "./result.ts";
import { RunInput, type Send } from "./run_input.ts";
import { type OnUsage, UsageCalls } from "./usage_calls.ts";

export type { Outputs, Result } from "./result.ts";

/** Bytes of output that wait for their reader. */
const waitingBytes = 1024 * 1024;

/** The streams whose bytes follow a result, in their order: the build's, then the run's. */
function streamsOf({ stdout, stderr, build }: ResultReply): ResultReply["stdout"][] {
  const built = build === undefined ? [] : [build.stdout, build.stderr];
  return [...built, stdout, stderr];
}

/** How a run was asked for. */
export interface RunSettings {
  /** Whether its output comes as pieces. */
  readonly streams: boolean;
  /** The caller's function for samples. */
  readonly onUsage?: OnUsage;
}

/** A run that was sent. */
export type Run = Omit<StreamingRun, typeof Symbol.asyncIterator>;

/**
 * A run that was sent, with `stream`. Iterating it gives its output, for one reader.
 */
export class StreamingRun implements AsyncIterable<OutputPiece>, OutputSink {
  readonly #send: Send;
  readonly #streams: boolean;
  readonly #usage: UsageCalls;
  readonly #acked = deferred<void>();
  readonly #result = deferred<Result>();
  readonly #queue = new OutputQueue(waitingBytes);
  readonly #input: RunInput;
  #done = false;
  /** The piece of output whose bytes are coming. */
  #stream: "stdout" | "stderr" = "stdout";
  #offset = 0;
  #reply: ResultReply | null = null;
  #kept = new Uint8Array(0);

  /** Made by the client; `send` is its connection's. */
  constructor(send: Send, { streams, onUsage }: RunSettings) {
    this.#send = send;
    this.#streams = streams;
    this.#input = new RunInput(send);
    this.#usage = new UsageCalls(onUsage, () => void this.cancel());
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
   * @throws What `onUsage` threw, or its promise rejected with: the run is then cancelled.
   */
  get result(): Promise<Result> {
    return this.#result.promise;
  }

  /**
   * The output as it comes. It ends with the run, and throws what `result` throws.
   *
   * @throws {TypeError} The run was not asked to stream: its output is in the result.
   */
  [Symbol.asyncIterator](): AsyncIterator<OutputPiece, undefined> {
    if (!this.#streams) {
      throw new TypeError(
        'Cannot iterate the run: it does not stream; say "stream: true", or take its result\'s output',
      );
    }
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
    if (reply.type === "usage") return this.#usage.call(reply);
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

  #finish(): void {
    this.#done = true;
    this.#input.end();
    this.#usage.afterAll(() => this.#settle());
  }

  #settle(): void {
    const { thrown } = this.#usage;
    if (thrown !== null) {
      this.#result.reject(thrown.error);
      return this.#queue.end(thrown.error as Error);
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
