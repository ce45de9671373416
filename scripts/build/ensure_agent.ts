// The compiled agent, built again only if its inputs have changed.
//
// The key is made of the bundle, the compiler's arguments and the runtime. A binary without the
// right key file is rebuilt and must run before its key is stored.

import { emulatorFor } from "../../image/packages/emulator.ts";
import { type Bundle, makeBundle } from "./bundle.ts";
import {
  compileAgent,
  compileArguments,
  entryTime,
  runtimeVariable,
  smokeRun,
  type Target,
} from "./compile_agent.ts";
import { sha256 } from "../tools/digest.ts";
import { agentBinary, distDirectory, root } from "../tools/paths.ts";

/** A compiled agent on disk. */
export interface CompiledAgent {
  path: string;
  buildId: string;
  /** Whether it was built just now. */
  isNew: boolean;
}

async function keyOf(target: Target, bundle: Bundle, runtime: string | undefined): Promise<string> {
  const size = runtime === undefined ? 0 : (await Deno.stat(runtime)).size;
  const parts = [bundle.code, compileArguments(target, "", "").join(" "), Deno.version.deno];
  return await sha256([...parts, size, entryTime].join("\n"));
}

/**
 * The agent as one bundled file under dist/. It is always rebuilt: that is faster than checking
 * whether it must be.
 */
export async function ensureBundle(
  entry = `${root}/agent/main.ts`,
  out = distDirectory,
): Promise<{ path: string; buildId: string }> {
  await Deno.mkdir(out, { recursive: true });
  const work = await Deno.makeTempDir({ prefix: "sallyport-agent-" });
  try {
    const { buildId, code } = await makeBundle(entry, work);
    const path = `${out}/sallyport-agent.js`;
    await Deno.writeTextFile(path, code);
    return { path, buildId };
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/** The agent under dist/, compiled if needed. Throws the same errors as `compileAgent`. */
export async function ensureAgent(
  target: Target,
  entry = `${root}/agent/main.ts`,
  out = distDirectory,
): Promise<CompiledAgent> {
  await Deno.mkdir(out, { recursive: true });
  const work = await Deno.makeTempDir({ prefix: "sallyport-agent-" });
  try {
    const bundle = await makeBundle(entry, work);
    const runtime = Deno.env.get(runtimeVariable(target)) || undefined;
    const key = await keyOf(target, bundle, runtime);
    const path = `${out}/${agentBinary(target)}`;
    const found = await Deno.readTextFile(`${path}.key`).catch(() => "");
    if (found === key && await Deno.stat(path).then(() => true, () => false)) {
      return { path, buildId: bundle.buildId, isNew: false };
    }
    await Deno.writeTextFile(`${work}/sallyport-agent.js`, bundle.code);
    await compileAgent(target, `${work}/sallyport-agent.js`, path, runtime);
    const emulator = await emulatorFor(target);
    if (emulator !== null) await smokeRun(path, bundle.buildId, emulator);
    await Deno.writeTextFile(`${path}.key`, key);
    return { path, buildId: bundle.buildId, isNew: true };
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}
