// A directory of a program's own, gone with the program: at the end of its block, and also when a
// person or a supervisor ends the program by a signal.

import { writeSync } from "node:fs";
import { type EndSignal, endSignals } from "./end_signals.ts";

/** How long what `beforeEnd` does may take. */
const MOST_MS = 5000;

/** The directory. Dispose of it at the end of the block that needs it. */
export class TemporaryDirectory implements AsyncDisposable {
  /**
   * What is ended before the directory goes, when a signal ends the program. Child processes that
   * are still there then are killed.
   */
  beforeEnd: () => Promise<unknown> = () => Promise.resolve();
  #ending = false;
  readonly #listeners = (Object.keys(endSignals) as EndSignal[]).map((signal) =>
    [signal, () => void this.#end(endSignals[signal])] as const
  );

  private constructor(readonly path: string) {
    for (const [signal, listener] of this.#listeners) Deno.addSignalListener(signal, listener);
  }

  /** Makes one below the directory for temporary files, with a name that begins with `prefix`. */
  static async make(prefix: string): Promise<TemporaryDirectory> {
    return new TemporaryDirectory(await Deno.makeTempDir({ prefix }));
  }

  /** Removes it. Where a signal ends the program, this never resolves: the program ends instead. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ending) await new Promise(() => {});
    for (const [signal, listener] of this.#listeners) Deno.removeSignalListener(signal, listener);
    await Deno.remove(this.path, { recursive: true });
  }

  /** A second signal does not wait. */
  async #end(signal: number): Promise<void> {
    if (!this.#ending) {
      this.#ending = true;
      const late = new Promise((resolve) => setTimeout(resolve, MOST_MS));
      await Promise.race([this.beforeEnd().catch(() => {}), late]);
    }
    killChildren();
    try {
      Deno.removeSync(this.path, { recursive: true });
    } catch (error) {
      writeSync(2, `Cannot remove "${this.path}": ${(error as Error).message}\n`);
    }
    Deno.exit(128 + signal);
  }
}

/** Kills this process's children, and waits a moment until they can no longer make files. */
function killChildren(): void {
  for (let left = 50; left > 0; left--) {
    const alive = children().filter(isAlive);
    if (alive.length === 0) return;
    for (const pid of alive) {
      try {
        Deno.kill(pid, "SIGKILL");
      } catch {
        // It has ended, or is another user's by now.
      }
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  }
}

/** proc_pid_task_children(5). None where the kernel does not list them. */
function children(): number[] {
  return [...Deno.readDirSync("/proc/self/task")].flatMap(({ name }) =>
    read(`/proc/self/task/${name}/children`).split(" ").filter((pid) => pid !== "").map(Number)
  );
}

function isAlive(pid: number): boolean {
  return /^State:\t[^ZX]/m.test(read(`/proc/${pid}/status`));
}

function read(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return ""; // it has ended
  }
}
