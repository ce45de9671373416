// One agent under moments, in a directory of its own, and what it has at rest.

import { type AgentOptions, startAgent, type TestAgent, within } from "../helpers/agent.ts";
import { type Census, censusAtRest } from "../helpers/census.ts";
import { scenarios } from "../faults/scenarios.ts";
import { makeMemoryCgroup, type MemoryCgroup } from "./memory_cgroup.ts";

/** How agents are started here; `program`: a compiled one, which starts sooner. */
export type SubjectOptions = Pick<AgentOptions, "program">;

/** One agent. */
export class Subject implements AsyncDisposable {
  #ended = false;

  private constructor(
    readonly agent: TestAgent,
    /** Its cgroup; null where none can be made. */
    readonly memory: MemoryCgroup | null,
    readonly before: Census,
    /** Whether the kernel kills others in its place where there is no memory. */
    readonly exempt: boolean,
  ) {
    agent.status.then(() => this.#ended = true);
  }

  /** Starts one, warms it up, and counts what it has. */
  static async start(options: SubjectOptions): Promise<Subject> {
    const memory = makeMemoryCgroup();
    try {
      const prefix = memory === null
        ? []
        : ["/bin/sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', memory.directory];
      const agent = await startAgent({ ...options, prefix, ends: true });
      try {
        for (let round = 0; round < 2; round++) await scenarios.hello(agent.target);
        const score = Number(Deno.readTextFileSync(`/proc/${agent.pid}/oom_score_adj`));
        return new Subject(agent, memory, await censusAtRest(agent.pid, 200), score === -1000);
      } catch (error) {
        await agent[Symbol.asyncDispose]();
        throw error;
      }
    } catch (error) {
      memory?.remove();
      throw error;
    }
  }

  /** Whether its process has ended. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Whether it ends within the time. */
  async ends(ms: number): Promise<boolean> {
    return this.#ended || await within(ms, this.agent.status);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.memory?.release();
    await this.agent[Symbol.asyncDispose]();
    this.memory?.remove();
  }
}
