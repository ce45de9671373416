// Faults in the calls of the agent's process as the kernel sees them, by strace(1).
//
// faulty_calls.ts makes the functions fail that the agent calls. Here the agent is as it ships, and the
// calls are those that reach the kernel, the runtime's among them.

import { startAgent, type TestAgent, within } from "../helpers/agent.ts";
import { type Census, censusAtRest, descendants } from "../helpers/census.ts";
import { bounded, clear, endedWell, goesOn } from "./oracle.ts";
import { errorsOf, isUnreal } from "./points.ts";
import { scenarios, Wrong } from "./scenarios.ts";
import { type Injection, type Traced, tracedVariable, Tracer } from "./tracer.ts";

/** One fault, in the main thread or, if `threads`, in any. */
export interface TracedFault extends Injection {
  readonly threads: boolean;
}

/** How it ended: as `Outcome` of campaign.ts. */
export interface TracedOutcome {
  readonly name: string;
  readonly kind: string;
  readonly surprise?: string;
}

/** The most times that one call is made to fail. */
const MOST_TIMES = 12;

/**
 * Calls of the runtime and not of the agent's code: memory, threads, signals. Where one of them fails
 * the runtime may end the process, in its own words.
 */
const runtimes = new Set(
  ["mmap", "munmap", "mprotect", "madvise", "mremap", "brk", "futex", "rt_sigaction"].concat(
    ["rt_sigprocmask", "rt_sigreturn", "sigaltstack", "sched_yield", "getrandom", "clone3"],
    ["set_robust_list", "rseq", "prlimit64", "clock_nanosleep", "gettid", "getpid", "clone"],
  ),
);

/** Not a call, never fails, or not undone by failing: close(2) closes whatever it says. */
const tame = /^(exit|exit_group|close|get[pug]id|gete[ug]id|getppid|gettid|restart_syscall)$/;

/** Calls on descriptors that are watched: the kernel says EAGAIN only where it will report them again. */
const watched = /^(read|recvmsg|recvfrom|sendto|sendmsg|write|writev|accept4)$/;

/**
 * Calls that each thread makes, since they concern the thread: where one thread's fails and the
 * others' do not, the C library ends the process at once (nptl(7)), and that is for the best.
 */
const ofEachThread = new Set(["setgroups", "setresgid", "setresuid"]);

/** Questions to which ENOENT is an answer, and no failure: the agent does without what is not there. */
const questions = /^(statx|newfstatat|openat|readlink|readlinkat|faccessat2?|access)$/;

/** Whether a kernel could say that: the fault is to be real. */
function canBe(call: string, errno: string): boolean {
  if (errno === "EAGAIN") return !watched.test(call);
  if (isUnreal(call, errno)) return false;
  return errno !== "ENOENT" || !questions.test(call);
}

/** Every fault in what was seen. */
export function tracedFaults({ calls }: Traced, threads = false): TracedFault[] {
  return Object.entries(calls).filter(([call]) => !tame.test(call)).flatMap(([call, times]) =>
    Array.from(
      { length: Math.min(times, MOST_TIMES) },
      (_, index) =>
        errorsOf(call).filter((errno) => canBe(call, errno))
          .map((errno) => ({ call, errno, nth: index + 1, threads })),
    ).flat()
  );
}

/** What a fault is called. */
export const tracedName = ({ call, errno, nth, threads }: TracedFault): string =>
  `${threads ? "a thread's" : "agent"} ${call} #${nth}: ${errno}`;

const options = { flags: ["--without", "agent-seccomp"], ends: true };

/** Runs such faults in scenarios, with one agent as long as that lives. */
export class TracedCampaign implements AsyncDisposable {
  #subject: { agent: TestAgent; before: Census } | undefined;

  async #ready(): Promise<{ agent: TestAgent; before: Census }> {
    if (this.#subject !== undefined) return this.#subject;
    const agent = await startAgent(options);
    try {
      for (let round = 0; round < 2; round++) await scenarios.hello(agent.target);
      return this.#subject = { agent, before: await censusAtRest(agent.pid, 200) };
    } catch (error) {
      await agent[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #end(): Promise<void> {
    const subject = this.#subject;
    this.#subject = undefined;
    await subject?.agent[Symbol.asyncDispose]();
  }

  /** The calls of a scenario without a fault. */
  async look(scenario: string, threads = false): Promise<Traced> {
    const { agent } = await this.#ready();
    await scenarios[scenario](agent.target); // the first run of a language makes other calls
    await using tracer = await Tracer.attach(agent.pid, undefined, threads);
    const ending = await scenarios[scenario](agent.target);
    if (ending !== "as usual") throw new Error(`"${scenario}" without a fault: ${ending}`);
    return await tracer.detach();
  }

  /** Lets one fault happen. */
  async try(scenario: string, fault: TracedFault): Promise<TracedOutcome> {
    const name = tracedName(fault);
    const { agent, before } = await this.#ready();
    const family = descendants(agent.pid);
    try {
      return { name, kind: await this.#tryIn(agent, before, scenario, fault, family) };
    } catch (error) {
      const said = agent.stderr();
      await this.#end().catch(() => {});
      return { name, kind: "surprise", surprise: `${(error as Error).message} ${said}`.trim() };
    }
  }

  async #tryIn(
    agent: TestAgent,
    before: Census,
    scenario: string,
    fault: TracedFault,
    family: number[],
  ): Promise<string> {
    await using tracer = await Tracer.attach(agent.pid, fault, fault.threads);
    const ending = await bounded("The scenario", scenarios[scenario](agent.target));
    family = [...new Set([...family, ...descendants(agent.pid)])];
    const { fired } = await tracer.detach();
    try {
      if (!await within(20, agent.status)) await goesOn(agent, before);
    } catch (error) {
      if (!await within(1000, agent.status)) throw error;
    }
    if (await within(20, agent.status)) {
      this.#subject = undefined;
      await agent[Symbol.asyncDispose]();
      const message = await endedAsMay(agent, family, fault);
      return ending === "as usual"
        ? `agent ended after the result: ${message}`
        : `agent ended, client told "${ending}": ${message}`;
    }
    return fired ? ending : "not reached";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }
}

/** As `endedWell`, but the runtime may end in its own words. */
async function endedAsMay(
  agent: Pick<TestAgent, "status" | "stderr">,
  family: readonly number[],
  { call, threads }: TracedFault,
): Promise<string> {
  try {
    return await endedWell(agent, family);
  } catch (error) {
    const left = error instanceof Wrong && /left the processes/.test(error.message);
    if (left || !(runtimes.has(call) || threads)) throw error;
    return "the runtime's own end";
  }
}

/** Starts an agent under strace, which it waits for. */
async function startTraced(
  injection?: Injection,
): Promise<{ agent: Promise<TestAgent>; tracer: Tracer }> {
  const path = await Deno.makeTempFile({ prefix: "sallyport-traced-" });
  const agent = startAgent({
    ...options,
    entry: "tests/faults/agent/traced_agent.ts",
    allowAll: true,
    env: { [tracedVariable]: path },
    readyMs: 15_000,
  });
  agent.catch(() => {}); // it is awaited below
  try {
    for (let pid = ""; pid === ""; pid = await Deno.readTextFile(path)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const tracer = await Tracer.attach(Number(await Deno.readTextFile(path)), injection);
    return { agent, tracer };
  } finally {
    await Deno.remove(path);
  }
}

/** The calls of a start without a fault. */
export async function tracedStart(): Promise<Traced> {
  const { agent, tracer } = await startTraced();
  await using _agent = await agent;
  await using attached = tracer;
  return await attached.detach();
}

/** Lets one fault happen at a start: the agent is ready, or ends with one line. */
export async function tryTracedStart(fault: TracedFault): Promise<TracedOutcome> {
  const name = tracedName(fault);
  const { agent: starting, tracer } = await startTraced(fault);
  await using attached = tracer;
  let agent: TestAgent;
  try {
    agent = await starting;
  } catch (error) {
    const [first, ...said] = (error as Error).message.split("\n").filter((line) => line !== "");
    const surprise = `${first} ${said.join("\n")}`;
    const asMay = first === "Cannot start the agent: it ended" &&
      (isClear(said) || runtimes.has(fault.call) || ofEachThread.has(fault.call));
    return asMay ? { name, kind: "ended with one line" } : { name, kind: "surprise", surprise };
  }
  await using started = agent;
  try {
    const { fired } = await attached.detach();
    const family = descendants(started.pid);
    const ending = await bounded("The first job", scenarios.hello(started.target));
    if (ending !== "as usual") {
      if (!await within(2000, started.status)) throw new Wrong(`The first job: ${ending}`);
      return { name, kind: `ended after its start: ${await endedAsMay(started, family, fault)}` };
    }
    return { name, kind: fired ? "started" : "not reached" };
  } catch (error) {
    return { name, kind: "surprise", surprise: `${(error as Error).message} ${started.stderr()}` };
  }
}

function isClear(said: readonly string[]): boolean {
  try {
    return said.length === 1 && clear.test(JSON.parse(said[0]).message);
  } catch {
    return false;
  }
}
