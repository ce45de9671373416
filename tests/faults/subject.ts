// An agent with faults, and the connection over which it is told of them.

import { type AgentOptions, startAgent, type TestAgent, within } from "../helpers/agent.ts";
import { type Census, censusAtRest, descendants } from "../helpers/census.ts";
import { Wire } from "../helpers/wire.ts";
import { type Fault, request, type Seen, startVariable } from "./fault.ts";
import { scenarios } from "./scenarios.ts";

/** The module in which the agent is faulty. */
export const entry = "tests/faults/agent/faulty_agent.ts";

/** How a faulty agent is started. */
export function faultyOptions(fault?: Fault): AgentOptions {
  return {
    entry,
    allowAll: true,
    ends: true,
    env: fault === undefined ? {} : { [startVariable]: JSON.stringify(fault) },
  };
}

/** One agent under test. */
export class Subject implements AsyncDisposable {
  #ended = false;
  /** All processes that were below it when somebody last looked. */
  family: number[] = [];

  private constructor(
    readonly agent: TestAgent,
    readonly wire: Wire,
    /** What it has at rest. */
    readonly before: Census,
  ) {
    agent.status.then(() => this.#ended = true);
  }

  /** Starts one, warms it up, and counts what it has. */
  static async start(): Promise<Subject> {
    const agent = await startAgent(faultyOptions());
    try {
      const wire = await Wire.connect(agent.path);
      await wire.message();
      for (let round = 0; round < 2; round++) await scenarios.hello(agent.target);
      const subject = new Subject(agent, wire, await censusAtRest(agent.pid, 200));
      await subject.watch();
      return subject;
    } catch (error) {
      await agent[Symbol.asyncDispose]();
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

  /** From now on calls are counted, and `fault` happens once. */
  async watch(fault?: Fault): Promise<void> {
    this.family = descendants(this.agent.pid);
    await this.#ask({ type: request, watch: true, fault });
  }

  /** What has happened since `watch`; undefined where the agent has ended. */
  async report(): Promise<Seen | undefined> {
    return await this.#ask({ type: request, watch: false });
  }

  /** Whether the fault has happened; true where the agent has ended. */
  async fired(): Promise<boolean> {
    return (await this.#ask({ type: request, peek: true }))?.fired ?? true;
  }

  /** Waits a moment for the fault: what is made ahead is made once nothing runs. */
  async feels(): Promise<boolean> {
    for (let looks = 4; looks > 0; looks--) {
      if (await this.fired()) return true;
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    return false;
  }

  async #ask(message: object): Promise<Seen | undefined> {
    if (!await this.wire.say(message)) return undefined;
    try {
      return await this.wire.message(10_000) as unknown as Seen | null ?? undefined;
    } catch {
      return undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.wire[Symbol.dispose]();
    await this.agent[Symbol.asyncDispose]();
  }
}

/** The programs and calls of a start without a fault. */
export async function seenAtStart(): Promise<Seen> {
  await using agent = await startAgent(faultyOptions());
  using wire = await Wire.connect(agent.path);
  await wire.message();
  await wire.say({ type: request, watch: false });
  return await wire.message() as unknown as Seen;
}
