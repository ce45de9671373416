// Writes lines of a log without ever waiting for whoever reads it. A reader that stands still would
// else stop the service, and each line would take a system call of its own.

/** Lines wait so long for others. */
const GATHER_MS = 100;
/** Most characters that wait for the reader. */
const MOST_WAITING = 1024 * 1024;

/** Where lines go, such as Deno.stdout. */
export interface LogSink {
  write(bytes: Uint8Array): Promise<number>;
}

/** A log. */
export class LogWriter {
  #lines: string[] = [];
  #waiting = 0;
  #dropped = 0;
  #writing: Promise<void> | null = null;
  #hurry = () => {};

  constructor(readonly sink: LogSink) {}

  /** Adds a line. One that finds no room is counted, and a later line says how many there were. */
  line(text: string): void {
    if (this.#waiting + text.length > MOST_WAITING) {
      this.#dropped++;
      return;
    }
    this.#waiting += text.length + 1;
    this.#lines.push(text);
    this.#writing ??= this.#write();
  }

  /** Resolves when all is written, or after `limitMs` where the reader takes nothing. */
  async flush(limitMs: number): Promise<void> {
    this.#hurry();
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, limitMs);
    await Promise.race([this.#writing, late.promise]);
    clearTimeout(timer);
  }

  async #write(): Promise<void> {
    await this.#others();
    while (this.#lines.length > 0 || this.#dropped > 0) {
      const lines = this.#lines;
      this.#lines = [];
      if (this.#dropped > 0) lines.push(JSON.stringify({ dropped_lines: this.#dropped }));
      this.#dropped = 0;
      await this.#send(`${lines.join("\n")}\n`);
      this.#waiting = this.#lines.reduce((sum, line) => sum + line.length + 1, 0);
    }
    this.#writing = null;
  }

  #others(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, GATHER_MS);
    this.#hurry = () => {
      clearTimeout(timer);
      resolve();
    };
    return promise;
  }

  async #send(text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    try {
      for (let at = 0; at < bytes.length;) at += await this.sink.write(bytes.subarray(at));
    } catch {
      // Nobody reads it any more. The service goes on.
    }
  }
}
