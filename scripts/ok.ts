// `deno task ok`: the gate that every change passes before it is kept.
//
// Runs each check to its end and names those that fail; what a check printed is shown only then. It must never
// change a file.

import { parseArgs } from "node:util";

const root = new URL("..", import.meta.url).pathname;

/** The modules other people import: all they export must be documented. */
const published = ["controller/client.ts", "agent/protocol.ts"];
/** Where unit tests stand beside what they test. */
const folders = ["linux", "policy", "sandbox", "agent", "controller", "scripts"];

interface Check {
  readonly name: string;
  readonly args: readonly string[];
}

const checks: Check[] = [
  { name: "format", args: ["fmt", "--check"] },
  { name: "lint", args: ["lint"] },
  { name: "types", args: ["check", ...folders, "tests"] },
  { name: "documentation", args: ["doc", "--lint", ...published] },
  { name: "policy drift", args: ["task", "policy", "--check"] },
  { name: "protocol drift", args: ["task", "protocol", "--check"] },
];

async function passes({ name, args }: Check): Promise<boolean> {
  const started = performance.now();
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: root,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(240_000),
  }).output();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${success ? "ok    " : "FAILED"} ${name} (${seconds} s): deno ${args.join(" ")}`);
  if (!success) {
    await Deno.stdout.write(stdout);
    await Deno.stderr.write(stderr);
  }
  return success;
}

const { values } = parseArgs({
  args: Deno.args,
  options: { "no-tests": { type: "boolean", default: false } },
});
if (!values["no-tests"]) {
  checks.push({
    name: "unit tests",
    args: ["test", "-A", "--no-check", "--ignore=tests", ...folders],
  });
}
let failed = 0;
for (const check of checks) {
  if (!await passes(check)) failed++;
}
console.log(`${checks.length - failed} passed, ${failed} failed`);
Deno.exit(failed === 0 ? 0 : 1);
