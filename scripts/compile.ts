// `deno task compile`: the agent as one binary for each processor, and as one bundled file; and the
// command line as one program.
//
// It prints the contents, size and start time. It keeps a binary only if the binary runs the agent
// and a second build gives the same bytes. The runtime is Deno's own download, or the file named by
// DENORT_BIN (x86_64) or DENORT_BIN_AARCH64.

import { parseArgs } from "node:util";
import { makeBundle } from "./build/bundle.ts";
import {
  compileAgent,
  runtimeVariable,
  smokeRun,
  startUpMs,
  type Target,
} from "./build/compile_agent.ts";
import { compileCli } from "./build/compile_cli.ts";
import { sha256 } from "./tools/digest.ts";
import { emulatorFor } from "../image/packages/emulator.ts";
import { startSplit } from "./build/start_split.ts";
import { agentBinary, distDirectory, root } from "./tools/paths.ts";

const usage = `Usage: deno task compile [options]

  --arch ARCH     x86_64, aarch64 or all (default: this machine's)
  --entry FILE    what to compile (default: agent/main.ts)
  --out DIR       where to put it (default: dist)
  --bundle-only   only the bundled file, for images that carry Deno
  --once          do not build a second time to compare the bytes`;

const kib = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`;
const mib = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

/** The report on a finished compilation. */
interface Compiled {
  path: string;
  sizeBytes: number;
  hash: string;
  /** How fast it starts, or why that was not measured. */
  start: string;
  /** Time from exec to ready, and its parts. */
  ready: string;
}

async function compileOne(
  target: Target,
  bundle: string,
  buildId: string,
  out: string,
  twice: boolean,
): Promise<Compiled> {
  const runtime = Deno.env.get(runtimeVariable(target)) || undefined;
  const path = `${out}/${agentBinary(target)}`;
  await compileAgent(target, bundle, path, runtime);
  const bytes = await Deno.readFile(path);
  const hash = await sha256(bytes);
  if (twice) {
    const directory = await Deno.makeTempDir({ dir: out, prefix: ".again-" });
    const [copy, again] = [`${directory}/sallyport-agent.js`, `${directory}/again`];
    // A different file with a different time.
    await Deno.writeTextFile(copy, await Deno.readTextFile(bundle));
    await compileAgent(target, copy, again, runtime);
    const other = await sha256(await Deno.readFile(again));
    await Deno.remove(directory, { recursive: true });
    if (other !== hash) throw new Error(`Cannot reproduce "${path}": ${hash} and then ${other}`);
  }
  const emulator = await emulatorFor(target);
  if (emulator !== null) {
    try {
      await smokeRun(path, buildId, emulator);
    } catch (error) {
      await Deno.remove(path);
      throw error;
    }
  }
  const start = emulator === null
    ? "not run here"
    : emulator.length > 0
    ? "runs the agent under QEMU's user mode, not measured"
    : `${(await startUpMs(path)).toFixed(1)} ms to --version`;
  const ready = target === Deno.build.arch ? await startSplit(path) : "not measured here";
  return { path, sizeBytes: bytes.length, hash, start, ready };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      arch: { type: "string", default: Deno.build.arch },
      entry: { type: "string", default: `${root}/agent/main.ts` },
      out: { type: "string", default: distDirectory },
      "bundle-only": { type: "boolean", default: false },
      once: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return console.log(usage);
  if (!["x86_64", "aarch64", "all"].includes(values.arch)) {
    throw new Error(`Cannot compile for "${values.arch}": not x86_64, aarch64 or all`);
  }
  await Deno.mkdir(values.out, { recursive: true });
  const work = await Deno.makeTempDir({ prefix: "sallyport-compile-" });
  try {
    const bundle = await makeBundle(values.entry, work);
    const source = `${work}/sallyport-agent.js`;
    await Deno.writeTextFile(source, bundle.code);
    await Deno.copyFile(source, `${values.out}/sallyport-agent.js`);
    console.log(`build id       ${bundle.buildId}`);
    console.log(`bundled file   ${values.out}/sallyport-agent.js  ${kib(bundle.code.length)}`);
    if (values["bundle-only"]) return;
    const targets: Target[] = values.arch === "all"
      ? ["x86_64", "aarch64"]
      : [values.arch as Target];
    for (const target of targets) {
      const made = await compileOne(target, source, bundle.buildId, values.out, !values.once);
      console.log(`binary         ${made.path}`);
      console.log(
        `  inside       Deno's runtime ${
          mib(made.sizeBytes - bundle.code.length)
        }, sallyport-agent.js`,
      );
      console.log(`  size         ${mib(made.sizeBytes)}, sha256 ${made.hash}`);
      console.log(`  start        ${made.start}`);
      console.log(`  ready        ${made.ready}`);
      console.log(`  reproduced   ${values.once ? "not checked" : "two builds, the same bytes"}`);
      const cli = `${values.out}/sallyport${target === Deno.build.arch ? "" : `-${target}`}`;
      const runtime = Deno.env.get(runtimeVariable(target)) || undefined;
      await compileCli(target, cli, runtime);
      console.log(`command line   ${cli}  ${mib((await Deno.stat(cli)).size)}`);
    }
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

if (import.meta.main) {
  await main().catch((error) => {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(1);
  });
}
