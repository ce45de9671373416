// Programs from Debian's packages run in a sandbox as they do outside it: same exit code, same
// output.
//
// SALLYPORT_TABLE=1 writes the results into tests/real_programs.md.

import assert from "node:assert/strict";
import { projectRoot, startAgent } from "../helpers/agent.ts";
import { runBare } from "../helpers/bare.ts";
import { connect, runJob, text } from "../helpers/job.ts";
import { file, firstMissing, skip } from "../helpers/need.ts";
import { type RealProgram, realPrograms } from "./real_programs.ts";

interface Outcome {
  exitCode: number | null;
  stdout: string;
  /** "Ran N tests", for Python's own. */
  tests: string | null;
  /** The last lines of stderr, for the message of a failure. */
  stderr: string;
  ms: number;
}

const testsRun = (stderr: string) => /^Ran (\d+) tests? in/m.exec(stderr)?.[1] ?? null;

async function bare(program: RealProgram, code: Uint8Array): Promise<Outcome> {
  const { stderr, ...outcome } = await runBare({ ...program, code });
  return { ...outcome, tests: testsRun(stderr), stderr: stderr.slice(-800) };
}

async function sandboxed(
  target: string,
  program: RealProgram,
  code: Uint8Array,
): Promise<Outcome & { status: string; denied: string }> {
  await using client = await connect(target);
  for (const [name, content] of Object.entries(program.files ?? {})) {
    await client.put(name, content);
  }
  const { result, stdout, stderr } = await runJob(client, {
    language: program.language,
    code,
    args: [...program.args ?? []],
    stdin: { text: program.stdin ?? "" },
    timeout_ms: 20_000,
    limits: { processes: 64 },
  });
  const said = text(stderr);
  return {
    exitCode: result.exit_code ?? null,
    stdout: text(stdout),
    tests: testsRun(said),
    stderr: said.slice(-800),
    ms: result.wall_ms,
    status: result.limit ?? result.status,
    denied: result.denied.map(({ syscall, count }) => `${syscall} ${count}`).join(", "),
  };
}

async function writeTable(rows: string[]): Promise<void> {
  const head = [
    "# Real programs",
    "",
    "Programs of Debian packages, sent to an agent byte for byte as they are installed, and the same program run",
    "bare in an empty directory. Written by `SALLYPORT_TABLE=1 deno task test tests/scenarios/real_programs_test.ts`.",
    "",
    "| package | program | language | exit code bare | in the sandbox | Python tests run | ms bare | ms in the sandbox | denied |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
  ];
  const path = `${projectRoot}tests/real_programs.md`;
  // Keep the part below, which language_suites_test.ts writes.
  const rest = (await Deno.readTextFile(path)).split("\n# Languages' own tests")[1];
  const below = rest === undefined ? [] : [`\n# Languages' own tests${rest.trimEnd()}`];
  await Deno.writeTextFile(path, [...head, ...rows, ...below, ""].join("\n"));
}

Deno.test(`real programs: ${realPrograms.length} from Debian's packages run unchanged`, async (t) => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  const offered = new Set((await client.info()).languages.map(({ name }) => name));
  const rows: string[] = [];
  let ran = 0;
  for (const program of realPrograms) {
    const name = `${program.path.split("/").at(-1)} ${(program.args ?? []).join(" ")}`.trim();
    const why = firstMissing([file(program.path)]) ??
      (offered.has(program.language) ? null : `no language "${program.language}"`);
    if (why !== null) {
      skip(t, `real program ${name}`, why);
      continue;
    }
    await t.step(name, async () => {
      const code = await Deno.readFile(program.path);
      let outside = await bare(program, code);
      const inside = await sandboxed(agent.target, program, code);
      // Outside, a program shares /tmp and more with whatever else goes on here.
      if (outside.exitCode !== inside.exitCode) outside = await bare(program, code);
      rows.push(
        `| ${program.package} | ${name} | ${program.language} | ${outside.exitCode} | ` +
          `${inside.exitCode ?? inside.status} | ${inside.tests ?? ""} | ${
            outside.ms.toFixed(0)
          } | ` +
          `${inside.ms.toFixed(0)} | ${inside.denied} |`,
      );
      const seen = ({ exitCode, tests }: Outcome) => ({ exitCode, tests });
      assert.deepEqual(
        seen(inside),
        seen(outside),
        `${inside.status}; ${inside.denied}\n${inside.stderr}`,
      );
      if (!program.varies) assert.equal(inside.stdout, outside.stdout);
      ran++;
    });
  }
  if (Deno.env.has("SALLYPORT_TABLE")) await writeTable(rows);
  assert.ok(ran === rows.length, `${ran} of ${rows.length} behaved as they do outside`);
});
