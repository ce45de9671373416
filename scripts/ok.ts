// `deno task ok`: the gate that every change must pass.
//
// It runs each check to its end and names those that fail. The output of a check is shown only if
// it fails. It must never change a file.

import { parseArgs } from "node:util";

const root = new URL("..", import.meta.url).pathname;

/** The modules that other people import: all their exports must be documented. */
const published = ["controller/client.ts", "protocol/protocol.ts"];
/** Folders whose unit tests are beside the code they test. */
const folders = [
  "host",
  "linux",
  "protocol",
  "sandbox",
  "policy",
  "agent",
  "controller",
  "image",
  "scripts",
];

/** It has packages of its own, so a deno.json of its own too. */
const mcp = "controller/mcp";

interface Check {
  readonly name: string;
  /** Where it runs, below the root. */
  readonly folder?: string;
  readonly args: readonly string[];
  /** Errors that do not make the check fail, matched by their first line. */
  readonly forgives?: RegExp;
}

function onlyForgiven(said: string, forgives: RegExp | undefined): boolean {
  const errors = said.split("\n").filter((line) => line.startsWith("error["));
  return forgives !== undefined && errors.length > 0 && errors.every((line) => forgives.test(line));
}

const checks: Check[] = [
  { name: "format", args: ["fmt", "--check"] },
  { name: "lint", args: ["lint"] },
  { name: "types", args: ["check", ...folders, "tests", "examples"] },
  {
    name: "documentation",
    args: ["doc", "--lint", ...published],
    // Types that valibot infers are always private to it. Every other error counts.
    forgives: /^error\[private-type-ref\]/,
  },
  { name: "format of mcp", folder: mcp, args: ["fmt", "--check"] },
  { name: "lint of mcp", folder: mcp, args: ["lint"] },
  { name: "types of mcp", folder: mcp, args: ["check", "--frozen", "main.ts"] },
  {
    name: "types of mcp's tests",
    folder: mcp,
    args: ["check", "--frozen", "--lock=testing/deno.lock", "."],
  },
  { name: "rooms", args: ["task", "rooms"] },
  { name: "policy drift", args: ["task", "policy", "--check"] },
  { name: "protocol drift", args: ["task", "protocol", "--check"] },
];

async function passes({ name, folder = "", args, forgives }: Check): Promise<boolean> {
  const started = performance.now();
  const { success: clean, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: `${root}${folder}`,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(240_000),
  }).output();
  const success = clean || onlyForgiven(new TextDecoder().decode(stderr), forgives);
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
  }, {
    name: "unit tests of mcp",
    folder: mcp,
    args: [
      "test",
      "-A",
      "--no-check",
      "--frozen",
      "--lock=testing/deno.lock",
      "--ignore=scenarios",
    ],
  });
}
let failed = 0;
for (const check of checks) {
  if (!await passes(check)) failed++;
}
console.log(`${checks.length - failed} passed, ${failed} failed`);
Deno.exit(failed === 0 ? 0 : 1);
