// The client process as the campaign sees it: starts it, gives it orders, and takes what it tells.

import { projectRoot } from "../helpers/agent.ts";
import { lines } from "../helpers/lines.ts";
import { signalChild } from "../helpers/signal_child.ts";
import type { Order } from "./client.ts";
import type { Ending } from "./ending.ts";

const encoder = new TextEncoder();

/** One client process. */
export class Load implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #orders: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: AsyncGenerator<string>;
  #ended = false;

  /** Starts it. */
  constructor() {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-prompt", `${projectRoot}tests/moments/client.ts`],
      env: { NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "null", // what a runtime says that may not have any memory
    }).spawn();
    this.#child.status.then(() => this.#ended = true);
    this.#orders = this.#child.stdin.getWriter();
    this.#answers = lines(this.#child.stdout);
  }

  /** Its pid. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Whether it has ended. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Begins the load. */
  async go(target: string, seed: number, connections: number): Promise<void> {
    await this.#tell({ go: { target, seed, connections } });
  }

  /** Ends the load. How each request ended; null if the process has ended without saying. */
  async pause(): Promise<Ending[] | null> {
    await this.#tell({ pause: true });
    const { value } = await this.#answers.next();
    return value === undefined ? null : JSON.parse(value) as Ending[];
  }

  async #tell(order: Order): Promise<void> {
    // A process that has ended is seen when its answer does not come.
    await this.#orders.write(encoder.encode(JSON.stringify(order) + "\n")).catch(() => {});
  }

  /** Ends the process. */
  async [Symbol.asyncDispose](): Promise<void> {
    signalChild(this.#child, "SIGKILL");
    await this.#orders.abort().catch(() => {});
    while (!(await this.#answers.next()).done) { /* what it had still to say */ }
    await this.#child.status;
  }
}
