// `deno task policy`: turns policy/policy.jsonc into the files under policy/generated.
//
// Nothing is written unless every filter was verified. With --check nothing is written at all: the
// task fails when the files are not what the policy says, which is how CI finds an edited policy
// without its filters, or edited filters.

import { parseArgs } from "node:util";
import { checkPolicy, STRICT } from "./read/check.ts";
import { checkWithoutLibrary } from "./check_committed.ts";
import { compareWithDocker } from "./author/compare.ts";
import { explain } from "./author/explain.ts";
import { allFiles, bootPrograms, differences, POLICY_FILE, write } from "./files.ts";
import { generate } from "./generate.ts";
import { Seccomp } from "./libseccomp/binding.ts";
import {
  groupsThatAllow,
  learn,
  lessonText,
  type Observation,
  silentAnswers,
} from "./author/learn.ts";
import { withRules } from "./author/learn_write.ts";
import { loadModule, moduleIsCached } from "./libseccomp/module.ts";
import { missingPackages } from "./libseccomp/tools.ts";
import { BUILD, observe, type Use, type WithAgent } from "./author/observe.ts";
import { readPolicy } from "./read/read_policy.ts";
import type { RuleSet } from "./read/rules.ts";
import { schemaFile } from "./read/schema_file.ts";

const USAGE = `Usage: deno task policy [--check]
       deno task policy explain PROFILE SYSCALL
       deno task policy compare PROFILE docker
       deno task policy learn LANGUAGE PROGRAM... [--profile USE] [--target TARGET] [--write]

Without a command: check policy/policy.jsonc, compile and verify the filters, write policy/generated.

  --check   write nothing, fail when the generated files are stale
  explain   say what a profile does with a syscall, and which line decides it
  compare   put a profile beside Docker's default one
  learn     run programs in the sandbox and print the rules that they miss
  --profile learn for one of the language's wider profiles, or for its "build"
  --target  learn from this agent; without it one is started
  --write   add the rules to the policy, compile it and run again until nothing is missing
  --help    print this`;

/** Runs the task and returns its exit status: 0 done, 1 something is wrong, 2 wrong usage. */
export async function main(args: readonly string[], withAgent: WithAgent): Promise<number> {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      options: {
        check: { type: "boolean" },
        help: { type: "boolean" },
        profile: { type: "string" },
        target: { type: "string" },
        write: { type: "boolean" },
      },
      allowPositionals: true,
    });
  } catch (error) {
    return usage(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals: [command, ...rest] } = parsed;
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const text = await Deno.readTextFile(POLICY_FILE);
  if (command === undefined) return values.check ? await check(text) : await regenerate(text);
  if (command === "explain" && rest.length === 2) {
    console.log(explain(profile(text, rest[0]), rest[1]));
    return 0;
  }
  if (command === "compare" && rest.length === 2 && rest[1] === "docker") {
    console.log(compareWithDocker(profile(text, rest[0])));
    return 0;
  }
  if (command === "learn" && rest.length >= 2) {
    if (values.write && values.target) return usage("Cannot write what another agent refuses");
    const { target, profile: use, write: writes = false } = values;
    const name = learner(text, rest[0], use);
    const observeNow = () => withAgent(target, (run) => observe(rest[0], rest.slice(1), use, run));
    return await learnFrom(text, name, observeNow, writes);
  }
  return usage(`Cannot understand "${[command, ...rest].join(" ")}"`);
}

function usage(message: string): number {
  console.error(`${message}\n\n${USAGE}`);
  return 2;
}

async function regenerate(text: string): Promise<number> {
  const started = performance.now();
  const result = await generate(text, await bootPrograms(), new Seccomp(await loadModule()));
  const changed = await write(allFiles(result.files, schemaFile()));
  for (const [path, how] of changed) {
    console.log(`${how === "left over" ? "removed" : "written"} ${path}`);
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `${result.profiles} profiles, ${result.rules} rules, ${result.filters} filters: ` +
      `${result.compared} calls compared with the policy, ${changed.size} files changed, ${seconds} s`,
  );
  return 0;
}

async function check(text: string): Promise<number> {
  const module = await moduleWithoutInstalling();
  if (typeof module === "string") {
    const compared = await checkWithoutLibrary(text);
    console.error(
      `Not compiled again: ${module}. ` +
        `The committed filters were verified against the policy, ${compared} calls compared`,
    );
    return 0;
  }
  const result = await generate(text, await bootPrograms(), new Seccomp(module));
  const found = await differences(allFiles(result.files, schemaFile()));
  for (const [path, how] of found) {
    console.error(`policy/${path} is ${how}: run "deno task policy" and commit what it writes`);
  }
  if (found.size > 0) return 1;
  console.log(`${result.filters} filters are what the policy says`);
  return 0;
}

/** libseccomp, or why it can't be had: a check must not change the machine. */
async function moduleWithoutInstalling(): Promise<WebAssembly.Module | string> {
  const missing = missingPackages();
  if (!await moduleIsCached() && missing.length > 0) {
    return `libseccomp needs the packages "${missing.join('", "')}"`;
  }
  try {
    return await loadModule();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The profile that a use of a language has. */
function learner(text: string, language: string, use: Use): string {
  const known = readPolicy(text).policy.languages;
  if (!Object.hasOwn(known, language)) {
    throw new Error(
      `Cannot find the language "${language}": use one of ${Object.keys(known).join(", ")}`,
    );
  }
  const { profile, profiles, build } = known[language];
  const uses = new Map(Object.entries({
    [STRICT]: profile,
    ...profiles,
    ...(build && { [BUILD]: build.profile }),
  }));
  const found = uses.get(use ?? STRICT);
  if (found !== undefined) return found;
  throw new Error(
    `Cannot find the profile "${use}" of "${language}": use one of ${[...uses.keys()].join(", ")}`,
  );
}

async function learnFrom(
  text: string,
  name: string,
  observeNow: () => Promise<Observation[]>,
  writing: boolean,
): Promise<number> {
  for (let now = text;;) {
    const { policy } = readPolicy(now);
    const lesson = learn(profile(now, name), await observeNow(), silentAnswers(policy));
    console.log(lessonText(name, lesson, groupsThatAllow(policy)));
    if (!writing || lesson.rules.length === 0) return 0;
    now = withRules(now, name, lesson.rules);
    await Deno.writeTextFile(POLICY_FILE, now);
    await regenerate(now);
  }
}

function profile(text: string, name: string): RuleSet {
  const sets = checkPolicy(readPolicy(text));
  const found = sets.find((set) => set.name === name);
  if (found) return found;
  const known = sets.map((set) => set.name).join(", ");
  throw new Error(`Cannot find the profile "${name}": use one of ${known}`);
}
