// Every kind of client that the bench knows, and what keeps one from being measured here.

import { buildNpmPackage } from "../../build/npm_package.ts";
import { compileCli } from "../../build/compile_cli.ts";
import type { Target } from "../../build/compile_agent.ts";
import { commandText, findProgram } from "../../tools/command.ts";
import { root } from "../../tools/paths.ts";
import { commandLine } from "./command_line.ts";
import { type BenchClient, startDriven } from "./driven.ts";
import { startMcp } from "./mcp.ts";

/** A kind of client. */
export interface Kind {
  readonly name: string;
  /** Starts one, or says why there is none. */
  readonly start: ((target: string) => Promise<BenchClient>) | { readonly missing: string };
  /** What a long output may cost it more than a short one, in MiB, where it promises less. */
  readonly flatMib?: number;
  /** The most bytes that it takes of one run's output. */
  readonly outputBytes?: number;
}

const here = `${root}/scripts/bench/clients`;
const deno = [Deno.execPath(), "run", "-A", "--no-check", "--quiet"];
const npmFlags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];

/** The kinds of this machine. `work` is an empty folder for what they need. */
export async function kindsOf(work: string): Promise<Kind[]> {
  return [
    {
      name: "raw socket",
      start: (target) => startDriven([...deno, `${here}/raw.ts`, target.slice("unix:".length)]),
    },
    { name: "library, Deno", start: byDeno },
    { name: "npm package, Node", start: await byRuntime("node", work) },
    { name: "Python", start: byPython() },
    { name: "command line, compiled", start: await byProgram(work), flatMib: 24 },
    {
      name: "command line, in the clone",
      start: await byTask("sallyport", commandLine),
      flatMib: 24,
    },
    { name: "MCP", start: await byTask("mcp", startMcp), outputBytes: 32 << 20 },
  ];
}

const byDeno = (target: string) =>
  startDriven([...deno, `${here}/library.mjs`, `${root}/controller/client.ts`, target]);

/** The packed library, installed as its user has it. */
async function byRuntime(runtime: string, work: string): Promise<Kind["start"]> {
  const program = findProgram(runtime);
  if (program === null || findProgram("npm") === null) {
    return { missing: `no "${runtime}", or npm` };
  }
  const [build, folder] = [`${work}/build`, `${work}/folder`];
  for (const path of [build, folder]) await Deno.mkdir(path);
  const tarball = await buildNpmPackage(build);
  await Deno.writeTextFile(`${folder}/package.json`, '{"private":true}\n');
  await commandText("npm", ["install", ...npmFlags, tarball], { cwd: folder });
  await Deno.copyFile(`${here}/library.mjs`, `${folder}/library.mjs`);
  return (target) => startDriven([program, `${folder}/library.mjs`, "sallyport", target]);
}

function byPython(): Kind["start"] {
  const program = "/usr/bin/python3";
  if (findProgram("python3") === null) return { missing: 'no "python3"' };
  const env = { PYTHONPATH: `${root}/clients/python` };
  return (target) => startDriven([program, "-B", `${here}/python.py`, target], env);
}

async function byProgram(work: string): Promise<Kind["start"]> {
  const runtime = Deno.env.get("DENORT_BIN");
  if (runtime === undefined) return { missing: "no DENORT_BIN to compile with" };
  const program = `${work}/sallyport`;
  await compileCli(Deno.build.arch as Target, program, runtime);
  return (target) => Promise.resolve(commandLine([program], target));
}

/** The command of a task of the project, which must be one of deno. */
async function byTask(
  name: string,
  start: (command: string[], target: string) => BenchClient | Promise<BenchClient>,
): Promise<Kind["start"]> {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${root}/deno.json`));
  if (tasks[name] === undefined) return { missing: `no task "${name}"` };
  const words: string[] = tasks[name].command.split(" ");
  const absolute = words.slice(1).map((word) =>
    word.startsWith("controller/") ? `${root}/${word}` : word
  );
  return async (target) => await start([Deno.execPath(), ...absolute], target);
}
