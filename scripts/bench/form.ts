// The form of the agent that is measured: the shipped one, and other programs in the same form.
//
// This is the compiled binary where DENORT_BIN names a runtime to compile with, else the bundled
// file, run by this Deno. Source code is never measured, because an image does not strip types and
// load two hundred files.

import { bundleCode, makeBundle } from "../build/bundle.ts";
import { compileAgent, libcPaths, type Target, v8Flags } from "../build/compile_agent.ts";
import { ensureAgent } from "../build/ensure_agent.ts";
import { cacheDirectory, root } from "../tools/paths.ts";

/** How to start the agent, and the empty program it is compared with. */
export interface Form {
  readonly name: string;
  /** The agent's command, without its own options. */
  readonly agent: readonly string[];
  /** A program that prints one line and does nothing else, in the same form with the same flags. */
  readonly empty: readonly string[];
  /** The same, but it keeps running. */
  readonly idle: readonly string[];
  /** The Deno echo (deno_echo.ts), in the same form with the same flags; without its argument. */
  readonly echo: readonly string[];
  /** Bytes of the agent's code with its packages, minified. */
  readonly bundleBytes: number;
  /** How many bytes larger the binary is than its runtime. Only for a compiled one. */
  readonly addedBytes?: number;
}

const EMPTY = 'console.log("ready");\n';
const IDLE = `${EMPTY}setInterval(() => {}, 1e6);\n`;

/** Builds the programs to measure, below `directory` and `.cache/bench`. */
export async function prepareForm(directory: string): Promise<Form> {
  const target = Deno.build.arch as Target;
  const runtime = Deno.env.get("DENORT_BIN");
  const { code } = await makeBundle(`${root}/agent/main.ts`, directory);
  const bundleBytes = new TextEncoder().encode(code).length;
  const echo = await bundleCode(`${root}/scripts/bench/deno_echo.ts`, directory);
  const files = { agent: code, empty: EMPTY, idle: IDLE, echo };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${directory}/${name}.js`, text);
  }
  if (runtime === undefined) {
    const run = (name: keyof typeof files) => [
      Deno.execPath(),
      ...["run", "--no-config", "--no-lock", "--no-prompt", "--cached-only", "--no-check"],
      `--allow-ffi=${libcPaths[target]}`,
      `--v8-flags=${v8Flags}`,
      `${directory}/${name}.js`,
    ];
    return {
      name: "bundled file, run by deno",
      ...{ agent: run("agent"), empty: run("empty"), idle: run("idle"), echo: run("echo") },
      bundleBytes,
    };
  }
  const out = `${cacheDirectory}/bench`;
  const compile = async (name: "empty" | "idle" | "echo") => {
    const path = `${directory}/${name}`;
    await compileAgent(target, `${directory}/${name}.js`, path, runtime);
    return [path];
  };
  const { path } = await ensureAgent(target, `${root}/agent/main.ts`, out);
  return {
    name: "compiled binary",
    agent: [path],
    empty: await compile("empty"),
    idle: await compile("idle"),
    echo: await compile("echo"),
    bundleBytes,
    addedBytes: (await Deno.stat(path)).size - (await Deno.stat(runtime)).size,
  };
}
