// Lets one moment after another happen to agents under load, and judges each.

import { Wrong } from "../faults/scenarios.ts";
import { bounded, endedWell, goesOn } from "../faults/oracle.ts";
import { descendants } from "../helpers/census.ts";
import type { Ending } from "./ending.ts";
import { isExcused } from "./judge.ts";
import { Load } from "./load.ts";
import type { Moment } from "./moment.ts";
import { strike } from "./strike.ts";
import { Subject, type SubjectOptions } from "./subject.ts";

/** The longest that a load may take to end after its moment: the longest wait of a turn and more. */
const LOAD_MS = 60_000;

/** What came of one moment. */
export interface Outcome {
  readonly moment: Moment;
  /** In few words, to be counted. */
  readonly kind: string;
  /** How the load's requests ended. */
  readonly endings: readonly Ending[];
  /** What nobody should see; undefined where it went well. */
  readonly surprise?: string;
}

/** Moments in one agent and one client process after another, each as long as it lives. */
export class Campaign implements AsyncDisposable {
  #subject: Subject | undefined;
  #load: Load | undefined;

  constructor(readonly options: SubjectOptions = {}) {}

  /** Lets one moment happen. */
  async try(moment: Moment): Promise<Outcome> {
    const subject = await this.#ready();
    const load = this.#load ??= new Load();
    const endings: Ending[] = [];
    try {
      const kind = await this.#tryIn(subject, load, moment, endings);
      if (load.ended) await this.#endLoad();
      return { moment, kind, endings };
    } catch (error) {
      const said = subject.agent.stderr();
      await this.#end().catch(() => {}); // what it leaves is part of the surprise already
      const words = error instanceof Wrong ? error.message : String((error as Error).stack);
      return { moment, kind: "surprise", endings, surprise: `${words} ${said}`.trim() };
    }
  }

  async #tryIn(
    subject: Subject,
    load: Load,
    moment: Moment,
    endings: Ending[],
  ): Promise<string> {
    const { agent, before, memory } = subject;
    await load.go(agent.target, moment.seed, moment.connections);
    await new Promise((resolve) => setTimeout(resolve, moment.afterMs));
    const family = new Set(descendants(agent.pid));
    const struck = await strike(moment, { agent, client: load.pid, memory });
    for (const pid of [agent.pid, ...family]) descendants(pid).forEach((each) => family.add(each));
    family.delete(load.pid);
    if (struck !== null) {
      await new Promise((resolve) => setTimeout(resolve, moment.holdMs));
      await struck.undo();
    }
    for (const pid of descendants(agent.pid)) family.add(pid);
    const told = await bounded("The load", load.pause(), LOAD_MS);
    for (const pid of descendants(agent.pid)) family.add(pid);
    if (told === null && moment.victim !== "client") throw new Wrong("The client process ended");
    endings.push(...told ?? []);
    try {
      if (!subject.ended) await goesOn(agent, before);
    } catch (error) {
      // A client process that was stopped or killed has nothing to say about the agent's end.
      if (!await subject.ends(1000)) throw error;
    }
    const { victim, kind } = moment;
    const killed = victim === "agent" && kind === "kill";
    // For memory the kernel kills even the agent, where that could not exempt itself.
    const mayBeKilled = killed || victim === "agent" && kind === "memory" && !subject.exempt;
    const message = subject.ended ? await endedWell(agent, [...family], mayBeKilled) : undefined;
    const happened = { victim, kind, ended: message !== undefined };
    for (const ending of endings) {
      if (!isExcused(ending, happened)) throw new Wrong(inWords(ending));
    }
    if (killed && message !== "killed") throw new Wrong(`It was killed, and: ${message}`);
    if (message !== undefined && mustGoOn(moment)) throw new Wrong(`It ended: ${message}`);
    if (message !== undefined) return `the agent ended: ${message}`;
    if (struck === null) return "not reached";
    if (told === null) return "the client process ended";
    return endings.every(({ how, detail }) => how === "as usual" || detail === "busy")
      ? "all as usual"
      : "told, and it went on";
  }

  async #ready(): Promise<Subject> {
    if (this.#subject?.ended) await this.#endSubject();
    return this.#subject ??= await Subject.start(this.options);
  }

  async #endSubject(): Promise<void> {
    const subject = this.#subject;
    this.#subject = undefined;
    await subject?.[Symbol.asyncDispose]();
  }

  async #endLoad(): Promise<void> {
    const load = this.#load;
    this.#load = undefined;
    await load?.[Symbol.asyncDispose]();
  }

  async #end(): Promise<void> {
    await this.#endLoad();
    await this.#endSubject();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }
}

/**
 * Neither a pause, nor a full disk, nor the death of one sandbox, nor anything of its clients' is a
 * reason for the agent to end.
 */
function mustGoOn({ victim, kind }: Moment): boolean {
  if (victim === "client" || kind === "stop" || kind === "disk") return true;
  return kind === "kill" && (victim === "keeper" || victim === "runner");
}

const inWords = ({ what, how, detail }: Ending) =>
  `"${what}" ended otherwise: ${how}${detail === undefined ? "" : `: ${detail}`}`;
