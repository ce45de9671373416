// `deno task test`: runs every test except those that boot a virtual machine.
//
// A fresh machine lacks programs that tests need, so this script first prints what is missing and,
// as root on Debian, installs it. A test that could not run must never count as passed: every skip
// is named with its reason, and the last line counts them.

import { parseArgs } from "node:util";
import { partsFor, type TestPart } from "./gate/test_parts.ts";
import { prepare, prerequisites, systemPythonVersion } from "./gate/prerequisites.ts";
import {
  type Counts,
  hasTest,
  readSkips,
  readSummary,
  type Skip,
  Skips,
  sumLine,
  unexpected,
} from "./gate/test_report.ts";

const usage = `Usage: deno task test [options] [FILE...]

  FILE                  test files or folders (default: the whole project but tests/vm)
  --filter TEXT         only tests whose name contains TEXT
  --no-install          install nothing, even as root
  --no-check            no type check first
  --expected-skips FILE a skip whose name is not a line of FILE counts as a failure`;

const root = new URL("..", import.meta.url).pathname;

/** Runs `deno test`, prints its output and collects the lines that matter. */
async function runTests(
  { folder, args }: TestPart,
  skips: Skips,
): Promise<{ code: number; last: string[] }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--sanitize-ops", "--sanitize-resources", ...args],
    cwd: `${root}${folder}`,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const last: string[] = [];
  const follow = async (stream: ReadableStream<Uint8Array>, to: typeof Deno.stdout) => {
    const lines = stream.pipeThrough(new TextDecoderStream() as ReadableWritablePair)
      .pipeThrough(
        new TransformStream(skips.lines((line) => {
          last.push(line);
          if (last.length > 40) last.shift();
        })),
      );
    const encoder = new TextEncoder();
    for await (const text of lines) to.writeSync(encoder.encode(text as string));
  };
  await Promise.all([follow(child.stdout, Deno.stdout), follow(child.stderr, Deno.stderr)]);
  return { code: (await child.status).code, last };
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    args: Deno.args,
    allowPositionals: true,
    options: {
      filter: { type: "string" },
      "no-install": { type: "boolean", default: false },
      "no-check": { type: "boolean", default: false },
      "expected-skips": { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  await prepare(!values["no-install"], prerequisites(systemPythonVersion()));
  const options = [
    ...(values["no-check"] ? ["--no-check"] : []),
    ...(values.filter === undefined ? [] : [`--filter=${values.filter}`]),
  ];
  const list = values["expected-skips"];
  const expected = list === undefined ? null : await Deno.readTextFile(list);
  const sum: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { folder, args } of partsFor(positionals, root)) {
    const { counts, named } = await runPart({ folder, args: [...options, ...args] });
    for (const { name, why } of named) console.log(`SKIPPED ${name}: ${why}`);
    for (const kind of ["passed", "failed", "skipped"] as const) sum[kind] += counts[kind];
    for (const name of expected === null ? [] : unexpected(named, expected)) {
      console.log(`UNEXPECTED SKIP ${name}: not on the list "${list}"`);
      sum.failed++;
    }
  }
  console.log(sumLine(sum));
  return sum.failed === 0 ? 0 : 1;
}

/** Runs one part. Returns its counts, and every test of it that did not run. */
async function runPart(
  { folder, args }: TestPart,
): Promise<{ counts: Counts; named: Skip[] }> {
  const junit = await Deno.makeTempFile({ prefix: "sallyport-test-", suffix: ".xml" });
  try {
    const skips = new Skips();
    const part = { folder, args: [`--junit-path=${junit}`, ...args] };
    const { code, last } = await runTests(part, skips);
    const summary = readSummary(last, code);
    const report = await Deno.readTextFile(junit);
    const named = skips.join(readSkips(report), (name) => hasTest(report, name));
    // Deno counts a test that began and then found something missing as passed. It does not count a
    // part of a test that did so.
    const late = named.filter((skip) => skip.late);
    const whole = late.filter(({ name }) => hasTest(report, name));
    const counts = {
      passed: Math.max(0, summary.passed - whole.length),
      failed: summary.failed,
      skipped: summary.ignored + late.length,
    };
    return { counts, named };
  } finally {
    await Deno.remove(junit);
  }
}

if (import.meta.main) Deno.exit(await main());
