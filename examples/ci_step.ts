// A step of continuous integration: a project's tree goes into a sandbox, its tests run there, and
// their exit code and what they wrote come back.
//
// Usage: deno run -A examples/ci_step.ts TARGET PROJECT ARTEFACTS COMMAND
//
// In a project of your own the import is "sallyport" (npm). The command is a line of sh; what it
// writes into "out" are the artefacts. The profile "workspace" lets it start programs.

import process from "node:process";
import { connect, getDirectory, putDirectory } from "../controller/client.ts";

const [target, project, artefacts, command] = Deno.args;
if (command === undefined) {
  console.error("Usage: ci_step.ts TARGET PROJECT ARTEFACTS COMMAND");
  Deno.exit(2);
}

await using client = await connect(target);
const { files, bytes, skipped } = await putDirectory(client, project, "project");
console.error(`put ${files} files, ${bytes} bytes, skipped ${skipped.length}`);
await client.mkdir("out");

const run = client.run({
  language: "sh",
  profile: "workspace",
  code: command,
  cwd: "project",
  env: { CI: "true", OUT: "../out" },
  timeout_ms: 30_000,
  limits: { memory_bytes: 512 << 20, processes: 64 },
  stream: true,
  keep: true, // or the artefacts are gone with the sandbox
});
for await (const { stream, bytes } of run) process[stream].write(bytes);
const { status, exit_code, limit, wall_ms } = await run.result;

// What comes back is a stranger's: links that lead outside and odd names are left out.
const got = await getDirectory(client, "out", artefacts);
console.error(`${status}${limit ? ` (${limit})` : ""} after ${wall_ms.toFixed(0)} ms`);
console.error(`got ${got.files} artefacts, skipped ${got.skipped.length}`);
Deno.exitCode = status === "exited" ? exit_code! : 1;
