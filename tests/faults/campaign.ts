// Lets one thing after another go wrong in a scenario, and counts how each ended.

import { descendants } from "../helpers/census.ts";
import { startAgent, type TestAgent, within } from "../helpers/agent.ts";
import type { Fault, Seen } from "./fault.ts";
import { bounded, clear, endedWell, goesOn } from "./oracle.ts";
import type { NamedFault } from "./points.ts";
import { type Ending, scenarios, Wrong } from "./scenarios.ts";
import { faultyOptions, Subject } from "./subject.ts";

/** How one fault ended. */
export interface Outcome {
  readonly fault: NamedFault;
  /** In few words, to be counted. */
  readonly kind: string;
  /** What nobody should see; undefined where it went well. */
  readonly surprise?: string;
}

/** Runs faults in scenarios, with one agent as long as that lives. */
export class Campaign implements AsyncDisposable {
  #subject: Subject | undefined;

  async #ready(): Promise<Subject> {
    if (this.#subject?.ended) await this.#end();
    return this.#subject ??= await Subject.start();
  }

  async #end(): Promise<void> {
    const subject = this.#subject;
    this.#subject = undefined;
    await subject?.[Symbol.asyncDispose]();
  }

  /** Runs the scenario twice without a fault. Returns what can be made to fail. */
  async look(scenario: string): Promise<Seen> {
    const subject = await this.#ready();
    await this.#usual(subject, scenario); // the first run of a language makes other calls
    await subject.watch();
    await this.#usual(subject, scenario);
    const seen = await subject.report();
    if (seen === undefined) throw new Error(`"${scenario}" ends the agent without any fault`);
    return seen;
  }

  async #usual(subject: Subject, scenario: string): Promise<void> {
    const ending = await scenarios[scenario](subject.agent.target);
    if (ending !== "as usual") throw new Error(`"${scenario}" without a fault: ${ending}`);
    await goesOn(subject.agent, subject.before);
  }

  /** Lets one fault happen. */
  async try(scenario: string, fault: NamedFault): Promise<Outcome> {
    const subject = await this.#ready();
    try {
      return { fault, kind: await this.#tryIn(subject, scenario, fault) };
    } catch (error) {
      if (!(error instanceof Wrong)) console.error(`${fault.name}: ${error}`);
      const said = subject.agent.stderr();
      await this.#end().catch(() => {}); // what it leaves is part of the surprise already
      return { fault, kind: "surprise", surprise: `${(error as Error).message} ${said}`.trim() };
    }
  }

  async #tryIn(subject: Subject, scenario: string, { fault }: NamedFault): Promise<string> {
    const { agent, before } = subject;
    await subject.watch(fault);
    let seen: Seen | undefined;
    const ending = await bounded("The scenario", scenarios[scenario](agent.target));
    try {
      await this.#untilFelt(subject, fault, ending);
      if (!subject.ended) seen = await subject.report();
      if (!subject.ended) await goesOn(agent, before);
    } catch (error) {
      if (!await subject.ends(1000)) throw error;
    }
    if (subject.ended) {
      const message = await endedWell(agent, subject.family, fault.act.kind === "kill");
      if (ending === "as usual") return `agent ended after the result: ${message}`;
      return `agent ended, client told "${ending}": ${message}`;
    }
    if (seen === undefined) throw new Wrong("The agent does not answer any more");
    if (!seen.fired) return "not reached";
    return ending;
  }

  /**
   * Runs jobs that may feel what has not been felt yet. A program for the next job is sent with this
   * one, and its nth sending is for the nth job from now.
   */
  async #untilFelt(subject: Subject, { point }: Fault, ending: Ending): Promise<void> {
    if (ending !== "as usual") return;
    const jobs = point.by === "agent" ? 1 : point.nth;
    for (let job = 0; job < jobs; job++) {
      await subject.feels();
      await bounded("A job", scenarios.hello(subject.agent.target));
    }
    await subject.feels();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }
}

/** Lets one fault happen at a start: the agent is ready, or ends with one line. */
export async function tryStart(fault: NamedFault): Promise<Outcome> {
  const killed = fault.fault.act.kind === "kill";
  let agent: TestAgent | undefined;
  try {
    agent = await startAgent({ ...faultyOptions(fault.fault), readyMs: 15_000 });
  } catch (error) {
    return startFailed(fault, killed, (error as Error).message);
  }
  try {
    const family = descendants(agent.pid);
    const ending = await bounded("The first job", scenarios.hello(agent.target));
    if (ending === "as usual") return { fault, kind: "started" };
    if (!await within(2000, agent.status)) {
      // It was the first job that felt it: the next one must not.
      const next = await bounded("The next job", scenarios.hello(agent.target));
      if (next !== "as usual") throw new Wrong(`The next job: ${next}`);
      return { fault, kind: `started, first job: ${ending}` };
    }
    return { fault, kind: `ended after its start: ${await endedWell(agent, family, killed)}` };
  } catch (error) {
    return { fault, kind: "surprise", surprise: `${(error as Error).message} ${agent.stderr()}` };
  } finally {
    await Promise.resolve(agent[Symbol.asyncDispose]()).catch(() => {});
  }
}

/** The message of `startAgent` has what the agent printed from its second line on. */
function startFailed(fault: NamedFault, killed: boolean, message: string): Outcome {
  const [first, ...said] = message.split("\n").filter((line) => line !== "");
  const surprise = `${first} ${said.join("\n")}`;
  if (first !== "Cannot start the agent: it ended") return { fault, kind: "surprise", surprise };
  if (said.length === 0 && killed) return { fault, kind: "killed" };
  if (said.length !== 1) return { fault, kind: "surprise", surprise };
  try {
    const line = JSON.parse(said[0]);
    if (clear.test(line.message)) return { fault, kind: "ended with one line" };
  } catch {
    // Not a line for a log.
  }
  return { fault, kind: "surprise", surprise };
}
