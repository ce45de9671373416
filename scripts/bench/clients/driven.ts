// A client as a process of its own, which does one thing for each line that it reads.
//
// "hello" is one small run, "output N" a run that streams N bytes. Each is answered by a line of
// JSON. So clients take turns, and the memory of each is its own.

import { highWaterKib } from "../footprint.ts";

/** What a client says of an output: bytes that came, bytes that were overwritten, and the time. */
export interface Output {
  readonly bytes: number;
  readonly dropped: number;
  readonly ms: number;
}

/** A client of any kind, connected to an agent. */
export interface BenchClient extends AsyncDisposable {
  /** Milliseconds of one small run. */
  hello(): Promise<number>;
  /** A run that streams its output. */
  output(bytes: number): Promise<Output>;
  /** The most memory that the process has had, in MiB. */
  peakMib(): number;
}

/** Time for one answer. */
const limitMs = 120_000;

/** Starts a client's program, and waits until it is connected: it then says "{}". */
export async function startDriven(
  command: readonly string[],
  env: Record<string, string> = {},
): Promise<BenchClient> {
  const child = new Deno.Command(command[0], {
    args: command.slice(1),
    env: { ...env, NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = new Lines(child.stdout);
  const writer = child.stdin.getWriter();
  const end = async () => {
    await writer.close().catch(() => {});
    await lines.close();
    await child.status;
  };
  const ask = async (line: string) => {
    await writer.write(new TextEncoder().encode(`${line}\n`));
    return JSON.parse(await lines.next(limitMs));
  };
  try {
    await lines.next(limitMs);
  } catch (error) {
    await end();
    throw error;
  }
  return {
    hello: async () => (await ask("hello")).ms,
    output: (bytes) => ask(`output ${bytes}`),
    peakMib: () => highWaterKib(child.pid) / 1024,
    [Symbol.asyncDispose]: end,
  };
}

/** The lines of a stream, one at a time. */
export class Lines {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** The next line; throws when there is none in time. */
  async next(limitMs: number): Promise<string> {
    const late = setTimeout(() => this.#reader.cancel(), limitMs);
    try {
      while (!this.#text.includes("\n")) {
        const { value, done } = await this.#reader.read();
        if (done) throw new Error("Cannot read an answer of a client: it ended, or took too long");
        this.#text += value;
      }
    } finally {
      clearTimeout(late);
    }
    const [line] = this.#text.split("\n", 1);
    this.#text = this.#text.slice(line.length + 1);
    return line;
  }

  /** Reads no more. */
  async close(): Promise<void> {
    await this.#reader.cancel();
  }
}
