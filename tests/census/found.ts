// What the census finds on this machine: for every profile what a job reaches, and the agent and
// each launcher from outside.

import { connect } from "../../controller/client.ts";
import { thisArch } from "../../linux/syscall_numbers.ts";
import { type AgentOptions, startAgent } from "../helpers/agent.ts";
import { descendants } from "../helpers/census.ts";
import { hasEnded } from "../helpers/has_ended.ts";
import { roleOf } from "../helpers/roles.ts";
import { jobProfiles } from "./census_languages.ts";
import { filterLines, filtersOf } from "./filter_lines.ts";
import type { Groups } from "./groups.ts";
import { processLines } from "./processes.ts";
import { walk, walkerCode } from "./walker.ts";

/** Lists by name: those of jobs, of the agent and of the launchers. */
export type Found = Record<string, string[]>;

/** The list with what every profile has; the others have what they have beside it. */
export const COMMON = "every-job";

/** How the agent is started: no layer that only some machines have, and one sandbox ahead. */
export const censusAgent: AgentOptions = {
  entry: "tests/census/census_agent.ts",
  flags: ["--without", "cgroup"],
};

/** Walks under each of `profiles`, in one agent. Files are the same for all, and walked once. */
export async function walkProfiles(
  target: string,
  { trees }: Groups,
  profiles: readonly string[],
): Promise<Found> {
  const code = await walkerCode();
  await using client = await connect(target);
  const found: Found = {};
  for (const [index, profile] of profiles.entries()) {
    const run = { language: `census-${profile}`, code };
    const files = index === 0 ? { trees } : {};
    found[profile] = await walk(client, { run, arch: thisArch, ...files });
  }
  return found;
}

/** Takes out what all have: it becomes a list of its own. */
export function withCommon(found: Found): Found {
  const [first, ...others] = Object.values(found);
  // The files were walked under one profile, and what a sandbox holds is the same under each.
  const common = first.filter((line) =>
    isOfFiles(line) || others.every((lines) => lines.includes(line))
  );
  const rest = Object.entries(found).map(([name, lines]) =>
    [name, lines.filter((line) => !common.includes(line))] as const
  );
  return { [COMMON]: common, ...Object.fromEntries(rest) };
}

const isOfFiles = (line: string) =>
  /^(file|directory|link|tree|FIFO|socket|hidden|(character|block) device) \//.test(line);

/** The agent and its launchers, at rest. */
export async function lookAt(agent: number): Promise<Found> {
  const found: Found = { agent: processLines(agent, true), zygote: [], keeper: [], runner: [] };
  const filters = await filtersOf(agent);
  found.agent.push(`filters ${filters.length}`, ...await filterLines("agent", filters));
  for (const pid of descendants(agent)) {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    const role = roleOf(status, pid);
    if (role !== undefined) found[role].push(...processLines(pid));
  }
  return found;
}

/** Everything. */
export async function findAll(groups: Groups): Promise<Found> {
  await using agent = await startAgent(censusAgent);
  const outside = await lookAtRest(agent.pid);
  const inside = withCommon(await walkProfiles(agent.target, groups, jobProfiles));
  return { ...inside, ...outside };
}

/** Looks until two looks agree: after its start an agent still arms what it keeps ready. */
export async function lookAtRest(agent: number): Promise<Found> {
  let last = "";
  for (let left = 100; left > 0; left--) {
    try {
      const found = await lookAt(agent);
      const text = JSON.stringify(found);
      if (text === last) return found;
      last = text;
    } catch (error) {
      // A process or descriptor that ended while it was looked at.
      if (!hasEnded(error)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("The agent does not come to rest");
}
