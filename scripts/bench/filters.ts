// `deno task bench:filters`: what the filters cost, per call and per build.
//
// It measures the same call without a filter, under the profile's binary tree, and under a linear
// filter with the same rules, in turns on one machine. Then it measures refused calls, and then the
// policy task itself. The kernel remembers which calls a filter allows whatever their arguments
// (seccomp's cache, Linux 5.11) and does not run the filter for those. So only calls with an
// argument rule show the filter's length.

import { connect } from "../../controller/client.ts";
import { checkPolicy } from "../../policy/read/check.ts";
import type { Arch } from "../../linux/syscall_numbers.ts";
import { POLICY_FILE } from "../../policy/files.ts";
import { profiles } from "../../policy/generated/profiles.ts";
import { Seccomp } from "../../policy/libseccomp/binding.ts";
import { loadModule } from "../../policy/libseccomp/module.ts";
import { makeFilter } from "../../policy/compile/make_filter.ts";
import { readPolicy } from "../../policy/read/read_policy.ts";
import type { RuleSet } from "../../policy/read/rules.ts";
import { startAgent } from "../../tests/helpers/agent.ts";
import { commandText, findProgram } from "../tools/command.ts";
import { cacheDirectory, root } from "../tools/paths.ts";
import { median } from "../tools/quantile.ts";

/** Samples of one cost of a filter. The others of a group are compared with its first. */
export interface FilterCost {
  readonly group: string;
  readonly name: string;
  readonly unit: "ns" | "ms";
  readonly samples: readonly number[];
}

const arch = Deno.build.arch as Arch;
const PROFILE = "exec";
const ROUNDS = 7;
const CALLS = 200_000;
/** Reported calls of one job: fewer than the number that ends it. */
const TOLD = 100;

/** Calls that the profile allows: the first with any arguments, the others for some values only. */
const allowed = ["getppid", "fcntl", "prctl"];

function howAllowed(set: RuleSet, call: string): string {
  const rules = set.rules.filter(({ syscall }) => syscall === call);
  return rules[0].comparisons.length === 0
    ? "allowed whatever the arguments"
    : `allowed for ${rules.length} values of an argument, this among them`;
}

async function build(directory: string): Promise<string> {
  const cc = findProgram("cc");
  if (cc === null) throw new Error("Cannot measure without a C compiler: install gcc");
  const program = `${directory}/filter_cost`;
  const source = `${root}/scripts/bench/native/filter_cost.c`;
  await commandText(cc, ["-O2", "-s", "-o", program, source]);
  return program;
}

async function time(
  program: string,
  filter: Uint8Array,
  rounds: number,
  calls: number,
  name: string,
) {
  const child = new Deno.Command(program, {
    args: [String(rounds), String(calls), name],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(filter as Uint8Array<ArrayBuffer>);
  await writer.close();
  const { success, stdout } = await child.output();
  if (!success) throw new Error(`Cannot measure "${name}"`);
  return numbers(stdout);
}

const numbers = (bytes: Uint8Array) =>
  new TextDecoder().decode(bytes).trim().split("\n").map(Number);

/**
 * A filter that compares with the profile's rules one after the other; null where libseccomp is not
 * available.
 */
async function linearFilter(set: RuleSet): Promise<Uint8Array | null> {
  try {
    return makeFilter(new Seccomp(await loadModule()), set, arch, "LINEAR").bytes;
  } catch (error) {
    console.error(`SKIPPED: linear filter: ${error instanceof Error ? error.message : error}`);
    return null;
  }
}

async function allowedCosts(program: string): Promise<FilterCost[]> {
  const set = checkPolicy(readPolicy(await Deno.readTextFile(POLICY_FILE)))
    .find(({ name }) => name === PROFILE)!;
  const linear = await linearFilter(set);
  const tree = profiles[PROFILE].filter[arch];
  const filters: [string, Uint8Array][] = [
    ["no filter", new Uint8Array(0)],
    [`the profile's tree, ${tree.length / 8} instructions`, tree],
  ];
  if (linear) filters.push([`the same rules linear, ${linear.length / 8} instructions`, linear]);
  const costs = allowed.flatMap((call) =>
    filters.map(([name, filter]) => {
      const samples: number[] = [];
      return {
        group: `${call}: ${howAllowed(set, call)}`,
        name,
        unit: "ns" as const,
        samples,
        call,
        filter,
      };
    })
  );
  for (let round = 0; round < ROUNDS; round++) {
    for (const { call, filter, samples } of costs) {
      samples.push(...await time(program, filter, 1, CALLS, call));
    }
  }
  const silent = await time(program, tree, ROUNDS, CALLS, "clone3");
  const bare = await time(program, new Uint8Array(0), ROUNDS, CALLS, "clone3");
  const group = "clone3: refused with a fixed answer";
  return [
    ...costs.map(({ group, name, unit, samples }) => ({ group, name, unit, samples })),
    { group, name: "no filter: the kernel refuses it", unit: "ns", samples: bare },
    { group, name: "the profile's tree", unit: "ns", samples: silent },
  ];
}

/**
 * Times of a job's refused calls that the agent answers, and of the same calls answered by the
 * kernel.
 */
async function toldCosts(program: string): Promise<FilterCost[]> {
  const group = "mount: told to the agent, counted and refused";
  const bare = await time(program, new Uint8Array(0), ROUNDS, CALLS, "mount");
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  const run = client.run({
    language: "exec",
    code: await Deno.readFile(program),
    args: [String(ROUNDS), String(TOLD), "mount"],
  });
  const result = await run.result;
  if (result.exit_code !== 0 || result.denied[0]?.count !== ROUNDS * TOLD) {
    throw new Error(`Cannot measure told calls: ${JSON.stringify(result)}`);
  }
  return [
    { group, name: "no filter: the kernel refuses it", unit: "ns", samples: bare },
    { group, name: "in a job", unit: "ns", samples: numbers(result.output.stdout) },
  ];
}

async function taskCosts(): Promise<FilterCost> {
  const samples: number[] = [];
  for (let round = 0; round < 3; round++) {
    const start = performance.now();
    await commandText(Deno.execPath(), ["run", "-A", `${root}/scripts/policy.ts`]);
    samples.push(performance.now() - start);
  }
  return { group: "deno task policy, nothing changed", name: "whole", unit: "ms", samples };
}

/** Measures everything in about ten seconds. Needs a C compiler. */
export async function measureFilters(): Promise<FilterCost[]> {
  await Deno.mkdir(cacheDirectory, { recursive: true });
  const directory = await Deno.makeTempDir({ dir: cacheDirectory });
  try {
    const program = await build(directory);
    return [...await allowedCosts(program), ...await toldCosts(program), await taskCosts()];
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** The costs as text: the median, and what it adds to the first of the group. */
export function filterTable(costs: readonly FilterCost[]): string {
  const lines: string[] = [];
  for (const [group, members] of Map.groupBy(costs, (cost) => cost.group)) {
    lines.push(group);
    const first = median(members[0].samples);
    for (const { name, unit, samples } of members) {
      const own = median(samples);
      const more = own === first
        ? ""
        : `  ${own > first ? "+" : ""}${(own - first).toFixed(0)} ${unit}`;
      lines.push(`  ${name.padEnd(44)}${own.toFixed(0).padStart(8)} ${unit}${more}`);
    }
  }
  return lines.join("\n");
}

if (import.meta.main) console.log(filterTable(await measureFilters()));
