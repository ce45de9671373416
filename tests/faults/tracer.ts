// strace(1) on an agent: sees its calls, and answers one of them with an error, without any change of
// the agent's code.
//
// A traced call that is to fail reaches the agent's own seccomp filter as number -1, and that filter
// kills for it. So the agent is started without that layer; all others are on, and strace, as root,
// may trace a process that is closed to tracing (ptrace(2), PTRACE_MODE_ATTACH).

import { within } from "../helpers/agent.ts";
import { isAlive } from "../helpers/census.ts";
import type { Need } from "../helpers/need.ts";
import { signalChild } from "../helpers/signal_child.ts";

/** The variable of the environment with the file in which an agent says that it can be traced. */
export const tracedVariable = "SALLYPORT_AWAITS_TRACER";

/** strace(1). */
export const strace: Need = {
  missing: () => {
    try {
      new Deno.Command("strace", { args: ["-V"], stdout: "null", stderr: "null" }).outputSync();
      return null;
    } catch {
      return 'no "strace"';
    }
  },
};

/** One call that fails. */
export interface Injection {
  readonly call: string;
  /** By name, such as "ENOMEM". */
  readonly errno: string;
  /** The nth of each thread that is traced. */
  readonly nth: number;
}

/** What strace has seen. */
export interface Traced {
  /** How often each call was made. */
  readonly calls: Readonly<Record<string, number>>;
  /** Whether the call has failed. */
  readonly fired: boolean;
}

/** A strace that is attached. */
export class Tracer implements AsyncDisposable {
  #ended = false;

  private constructor(
    readonly child: Deno.ChildProcess,
    readonly path: string,
  ) {}

  /**
   * Attaches to process `pid`: to its main thread, which makes all calls of the agent's code, or to
   * all threads, the runtime's too.
   */
  static async attach(pid: number, injection?: Injection, threads = false): Promise<Tracer> {
    const path = await Deno.makeTempFile({ prefix: "sallyport-strace-" });
    const inject = injection === undefined ? [] : [
      `--trace=${injection.call}`,
      `--inject=${injection.call}:error=${injection.errno}:when=${injection.nth}`,
    ];
    const child = new Deno.Command("strace", {
      args: ["-qq", ...threads ? ["-f"] : [], "-o", path, ...inject, "-p", `${pid}`],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const tracer = new Tracer(child, path);
    child.status.then(() => tracer.#ended = true);
    const end = Date.now() + 10_000;
    while (!isTraced(pid, threads)) {
      // With a fault at its very first call it may have ended by now.
      const late = tracer.#ended || Date.now() > end;
      if (!isAlive(pid)) return tracer;
      if (late) {
        await tracer[Symbol.asyncDispose]();
        throw new Error(`Cannot trace ${pid}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return tracer;
  }

  /** Lets the process go, and tells what was seen. */
  async detach(): Promise<Traced> {
    await this.#end();
    const calls: Record<string, number> = {};
    let fired = false;
    for (const line of (await Deno.readTextFile(this.path)).split("\n")) {
      const call = /^(?:\d+ +)?(\w+)\(/.exec(line)?.[1];
      if (call !== undefined) calls[call] = (calls[call] ?? 0) + 1;
      if (line.endsWith("(INJECTED)")) fired = true;
    }
    return { calls, fired };
  }

  async #end(): Promise<void> {
    signalChild(this.child, "SIGTERM"); // or it has ended, with whom it traced
    // It may wait for ever for a thread that ends while it is let go.
    if (!await within(2000, this.child.status)) signalChild(this.child, "SIGKILL");
    await this.child.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
    await Deno.remove(this.path);
  }
}

/** Whether the main thread, or every thread, has a tracer. */
function isTraced(pid: number, threads: boolean): boolean {
  try {
    const tasks = threads
      ? [...Deno.readDirSync(`/proc/${pid}/task`)].map(({ name }) => name)
      : [pid];
    return tasks.every((task) =>
      !/^TracerPid:\t0$/m.test(Deno.readTextFileSync(`/proc/${pid}/task/${task}/status`))
    );
  } catch {
    return false; // it has ended, or a thread of it
  }
}
