// The live line of a run: elapsed time, CPU, memory, on a terminal that the job may be writing to
// as well.
//
// Pure: it returns what to write. It never erases the job's output: the line is shown only if the
// job's last output ended with a newline.

import type { UsageReply } from "../../protocol/protocol.ts";
import { formatDuration, formatSize } from "./quantities.ts";

/** Back to the first column, and erase the line. */
const erase = "\r\x1b[2K";

/** The state of the terminal's last line. */
export class StatusLine {
  #shown = false;
  #free = true;

  /** What to write for a new sample; empty while the job's own line is unfinished. */
  sample(usage: UsageReply): string {
    if (!this.#free) return "";
    this.#shown = true;
    const cpu = formatDuration(usage.cpu_ms);
    const processes = usage.processes === 1 ? "1 process" : `${usage.processes} processes`;
    return `${erase}${formatDuration(usage.wall_ms)}  cpu ${cpu}  ${
      formatSize(usage.memory_bytes)
    }  ${processes}`;
  }

  /** What to write before a piece of the job's output that goes to the terminal. */
  before(bytes: Uint8Array): string {
    this.#free = bytes.at(-1) === 0x0a;
    return this.clear();
  }

  /** What to write so that the line is gone. */
  clear(): string {
    const shown = this.#shown;
    this.#shown = false;
    return shown ? erase : "";
  }
}
