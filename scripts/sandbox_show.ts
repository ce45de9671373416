// Prints the syscall programs that run between a request and the user's program, step by step.
//
// Nothing is run: the programs are built as the agent would build them here, and listed.

import { findPlatform } from "../agent/start/platform.ts";
import { withDefaults } from "../agent/run/defaults.ts";
import { policy } from "../policy/generated/policy.ts";
import { profiles } from "../policy/generated/profiles.ts";
import { jobFilter } from "../agent/pool/job_filter.ts";
import { armProgram } from "../sandbox/arm_program.ts";
import { etcProgram, etcRows } from "../sandbox/etc_view.ts";
import { identityFilesProgram } from "../sandbox/identity.ts";
import { listing } from "../sandbox/listing.ts";
import { Program } from "../sandbox/program.ts";
import { SANDBOX_ROWS, sandboxProgram } from "../sandbox/sandbox_program.ts";
import { settingsProgram } from "../sandbox/sys_view.ts";
import { StartProgram } from "../sandbox/start_program.ts";
import {
  enterProgram,
  identityProgram,
  stageProgram,
  unshareProgram,
} from "../sandbox/zygote_program.ts";

const name = Deno.args[0] ?? "python";
const language = policy.languages[name];
if (language === undefined) {
  const known = Object.keys(policy.languages).join(", ");
  console.error(`Cannot show "${name}": the policy has ${known}`);
  Deno.exit(1);
}

const platform = findPlatform(policy, new Set());
const profile = profiles[language.profile];

function show(title: string, build: (program: Program) => void): void {
  const program = new Program(platform.arch, 0, Math.max(SANDBOX_ROWS, etcRows(platform)));
  build(program);
  print(title, program);
}

function print(title: string, program: Program): void {
  console.log(`# ${title} (${program.encode().length} bytes)`);
  console.log(listing(program));
}

show("zygote: new namespaces; the agent then writes the id maps", (program) => {
  unshareProgram(program, platform);
});
show("zygote: identity", (program) => identityProgram(program, platform));
show("zygote: the tree of the new root", (program) => stageProgram(program, platform));
show("zygote: what jobs see of /etc", (program) => etcProgram(program, platform));
show("zygote: who a job is", (program) => identityFilesProgram(program, platform));
show("zygote: what jobs see of /proc/sys", (program) => settingsProgram(program, platform));
show("zygote: into the new root", (program) => enterProgram(program, platform));
show(
  "zygote: make a sandbox, ahead of the request, with a network namespace for it",
  (program) => sandboxProgram(program, platform, "new"),
);
const when = language.level === "armed"
  ? "ahead of the request, where no job runs"
  : "with the request";
show(`runner: fork and confine a job under "${language.profile}", ${when}`, (program) => {
  armProgram(program, platform, jobFilter(profile, platform.arch));
});
const request = withDefaults(
  { type: "run", language: name, code: "" },
  new TextEncoder().encode("the code of the request\n"),
  policy,
);
print(
  `job: start the request's program in "${name}"`,
  new StartProgram(platform).of(request),
);
