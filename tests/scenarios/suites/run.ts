// Runs a program of a suite in an agent: under the strict profile, then under the wider ones as a
// user would who reads in the result what was refused.

import { dirname } from "node:path";
import type { Language } from "../../../policy/compiled.ts";
import { policy } from "../../../policy/generated/policy.ts";
import { runBare } from "../../helpers/bare.ts";
import { type Client, runJob, text } from "../../helpers/job.ts";
import { asOutside, type Suite, type SuiteCase } from "./suite.ts";

/** What became of a program. */
export interface Report {
  readonly name: string;
  /** The narrowest profile under which it passed; null if it passed under none. */
  readonly profile: string | null;
  /** Number of tests in it; 0 if it did not pass. */
  readonly tests: number;
  /** Calls that were refused under each profile that did not do. */
  readonly denied: Readonly<Record<string, readonly string[]>>;
  /** Whether it failed on this machine without a sandbox as well. Not tried if it passed. */
  readonly failsBare: boolean;
  /** Time for all of its runs, in milliseconds. */
  readonly ms: number;
  /** How it ended under the widest profile, and the end of its output. */
  readonly said: string;
}

/** As much as a request may ask for; its processor time is the default. */
const limits = { processes: 128, memory_bytes: 1 << 30, open_files: 1024 };

async function runUnder(client: Client, suite: Suite, program: SuiteCase, profile: string) {
  for (const [file, content] of Object.entries(program.files ?? {})) {
    if (dirname(file) !== ".") await client.mkdir(dirname(file));
    await client.put(file, content);
  }
  const { result, stdout, stderr } = await runJob(client, {
    language: suite.language,
    code: program.code,
    args: [...program.args ?? []],
    env: program.env,
    stdin: { text: program.stdin ?? "" },
    profile,
    timeout_ms: 30_000,
    limits,
    stream: true, // whatever its length
  });
  const built = result.status === "build" ? text(result.buildOutput!.stderr) : "";
  const outcome = {
    exitCode: result.exit_code ?? null,
    stdout: text(stdout),
    stderr: text(stderr) + built,
  };
  const calls = [...result.denied, ...result.build?.denied ?? []].map(({ syscall }) => syscall);
  return {
    passed: suite.passed(outcome, program),
    denied: [...new Set(calls)].toSorted(),
    said: `${result.limit ?? result.status} ${outcome.exitCode ?? result.signal ?? ""} ` +
      (outcome.stderr || outcome.stdout).slice(-800),
  };
}

async function failsBare(suite: Suite, program: SuiteCase): Promise<boolean> {
  const { exitCode, stdout, stderr } = await runBare({ ...program, language: suite.language });
  return suite.passed({ exitCode, stdout, stderr }, program) === null;
}

/** Runs it under each profile of its language until it passes; bare, if it fails under the first. */
export async function tryProgram(client: Client, suite: Suite, wanted: SuiteCase): Promise<Report> {
  // What some suites compare with is the output outside a sandbox.
  const program = wanted.expects !== asOutside
    ? wanted
    : { ...wanted, expects: (await runBare({ ...wanted, language: suite.language })).stdout };
  const denied: Record<string, readonly string[]> = {};
  const begin = performance.now();
  const end = (more: Partial<Report>): Report => ({
    ...{ name: program.name, profile: null, tests: 0, denied, failsBare: false, said },
    ...{ ms: performance.now() - begin, ...more },
  });
  let said = "";
  const { profiles } = (policy.languages as Record<string, Language>)[suite.language];
  for (const profile of Object.keys(profiles)) {
    const run = await runUnder(client, suite, program, profile);
    said = run.said;
    if (run.passed !== null) return end({ profile, tests: run.passed });
    const first = Object.keys(denied).length === 0;
    denied[profile] = run.denied;
    if (first && await failsBare(suite, program)) return end({ failsBare: true });
  }
  return end({});
}

/** Why it fails; undefined if it should pass. */
export function causeOf(suite: Suite, { name }: Report): string | undefined {
  return Object.entries(suite.fails).find(([, names]) => names.split(/\s+/).includes(name))?.[0];
}
