// `deno task doctor`: prints what this kernel, or the one whose config is given, lacks for
// Sallyport.
//
// Without arguments it tries the running kernel and reads its config where it can be found. With
// --config nothing is tried, so an image builder can check a guest's kernel on any machine. Exit
// status 1 means that the agent would not start.

import { parseArgs } from "node:util";
import { makeAttempts } from "./doctor/attempts.ts";
import { canRun, judge, lineOf, parseConfig } from "./doctor/judge.ts";
import { needs } from "./doctor/needs.ts";

const usage = `Usage: deno task doctor [--config FILE] [--all]

  --config FILE   a kernel's config (may be compressed with gzip), instead of the running kernel
  --all           also list what is there`;

async function readConfig(path: string): Promise<Map<string, string> | null> {
  const bytes = await Deno.readFile(path).catch(() => null);
  if (bytes === null) return null;
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return parseConfig(new TextDecoder().decode(bytes));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return parseConfig(await new Response(stream).text());
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      config: { type: "string" },
      all: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const release = Deno.osRelease();
  const places = values.config === undefined
    ? ["/proc/config.gz", `/boot/config-${release}`]
    : [values.config];
  let config: Map<string, string> | null = null;
  for (const place of places) {
    config = await readConfig(place);
    if (config === null) continue;
    console.log(`config    ${place}`);
    break;
  }
  if (config === null && values.config !== undefined) {
    throw new Error(`Cannot read "${values.config}"`);
  }
  if (config === null) console.log(`config    none found in ${places.join(", ")}`);
  if (values.config === undefined) console.log(`kernel    Linux ${release}, tried`);

  const attempts = values.config === undefined ? await makeAttempts() : new Map();
  const findings = judge(needs, config, attempts);
  for (const finding of findings) {
    if (values.all || finding.state === "lacking" || finding.state === "unknown") {
      console.log(lineOf(finding));
    }
  }
  const lacking = findings.filter((f) => f.state === "lacking");
  const required = lacking.filter((f) => f.need.weight === "required").length;
  console.log(
    `${
      findings.length - lacking.length
    } there, ${lacking.length} lacking, ${required} of them required`,
  );
  return canRun(findings) ? 0 : 1;
}

if (import.meta.main) {
  try {
    Deno.exit(await main());
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(2);
  }
}
