// What a machine printed: the last 64 KiB of it, and the line that tells of its end.
//
// A guest whose kernel panics does not always end its monitor (Cloud Hypervisor starts it again), so
// somebody must read along.

/** How much is kept, in UTF-16 units. */
const KEPT = 64 * 1024;

/** Lines after which a machine cannot be used any more. */
const deadly = /Kernel panic - not syncing|"level":"fatal"/;

/** The console of one machine. */
export class ConsoleLog {
  #text = "";
  #line = "";
  #fatal: string | null = null;

  /**
   * @param onText Called with each piece of text as it comes.
   * @param onFatal Called once, with the line that says that the machine is lost.
   */
  constructor(
    readonly onText: (text: string) => void = () => {},
    readonly onFatal: (line: string) => void = () => {},
  ) {}

  /** The last 64 KiB. */
  get text(): string {
    return this.#text;
  }

  /** The line that says that the machine is lost; null while there is none. */
  get fatal(): string | null {
    return this.#fatal;
  }

  /** The last `count` lines that are not empty. */
  lines(count = 20): string[] {
    return this.#text.split(/\r?\n/).filter((line) => line.trim() !== "").slice(-count);
  }

  /** Adds text, wherever it was cut. */
  add(text: string): void {
    this.#text = (this.#text + text).slice(-KEPT);
    this.#watch(text);
    this.onText(text);
  }

  /** Adds everything that comes out of a stream. Resolves at its end. */
  async follow(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of stream) this.add(decoder.decode(bytes, { stream: true }));
  }

  #watch(text: string): void {
    const lines = (this.#line + text).split(/\r?\n/);
    this.#line = lines.pop()!.slice(-4096);
    if (this.#fatal !== null) return;
    const found = lines.find((line) => deadly.test(line));
    if (found === undefined) return;
    this.#fatal = found.slice(0, 1000);
    this.onFatal(this.#fatal);
  }
}
