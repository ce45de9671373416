// The shape of policy.jsonc: one schema that validates the file and from which editors get theirs.
//
// Only shapes are checked here; what needs a look at the whole file (unknown syscalls, redundant
// rules, unused profiles) is in check.ts. Every object is strict: a misspelt key must never be
// ignored.

import * as v from "valibot";

const why = v.pipe(
  v.string(),
  v.minLength(8, "Cannot accept this reason: say in a few words who needs it and for what"),
  v.description("Who needs this, and for what"),
);
const count = v.pipe(v.number(), v.integer(), v.minValue(1));
const range = v.pipe(
  v.strictObject({ default: count, max: count }),
  v.forward(
    v.check((r) => r.default <= r.max, "Cannot use a default above the maximum: lower it"),
    ["default"],
  ),
);

const limits = v.strictObject({
  timeout_ms: range,
  grace_ms: count,
  sample_ms: count,
  cpu_ms: range,
  cpu_percent: range,
  memory_bytes: range,
  processes: range,
  open_files: range,
  file_bytes: range,
  stack_bytes: range,
  sandbox_bytes: count,
  tmp_bytes: count,
  code_bytes: count,
  output_bytes: count,
  output_total_bytes: range,
  put_bytes: count,
  denied: count,
});

/** The layers of hardening that a policy may require. */
export const LAYERS = [
  "namespaces",
  "ids",
  "root",
  "landlock",
  "no-new-privs",
  "job-seccomp",
  "agent-seccomp",
  "agent-drop",
  "view",
  "cgroup",
] as const;

const absolutePath = v.pipe(
  v.string(),
  v.regex(/^\/[^\0]*$/, "Cannot use this path: it must be absolute"),
);
const etcPath = v.pipe(
  v.string(),
  v.regex(
    /^\/etc\/[^\0]+$/,
    'Cannot use this path: write the whole path of something below /etc, such as "/etc/ssl/certs"',
  ),
);
const etc = v.strictObject({
  paths: v.pipe(
    v.array(etcPath),
    v.minLength(1, "Cannot do without paths: name what of /etc this is about, or remove the entry"),
    v.description("Files, directories and links below /etc; * in a name stands for anything"),
  ),
  why,
});
const hardening = v.strictObject({
  require: v.pipe(
    v.array(v.picklist(LAYERS)),
    v.description("A start that lacks one of these fails"),
  ),
  read_only_paths: v.pipe(
    v.array(absolutePath),
    v.description("What a job sees of the guest; what does not exist is left out"),
  ),
  etc: v.optional(
    v.pipe(
      v.array(etc),
      v.description("What a job sees of the guest's /etc; what does not exist is left out"),
    ),
    [],
  ),
});

const argumentValue = v.union([
  v.pipe(v.number(), v.integer(), v.minValue(0)),
  v.pipe(v.string(), v.minLength(1)),
], 'Cannot use this value: give a whole number, a hexadecimal string or names joined with "|"');
const argument = v.pipe(
  v.strictObject({
    index: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(5)),
    mask: v.optional(v.pipe(argumentValue, v.description("Only these bits are compared"))),
    is: v.pipe(
      v.union([argumentValue, v.pipe(v.array(argumentValue), v.minLength(1))]),
      v.description("The value, or a list of which any one will do"),
    ),
  }),
  v.description("Equality of one argument; only equality can be trusted"),
);
const syscallName = v.pipe(v.string(), v.regex(/^[a-z_][a-z0-9_]*$/));
const args = v.optional(v.pipe(v.array(argument), v.minLength(1)));
const allowRule = v.strictObject({ syscall: syscallName, why, args });
const answerRule = v.strictObject({ syscalls: v.array(syscallName), errno: v.string(), why, args });
const groupName = v.pipe(
  v.string(),
  v.regex(/^@[a-z0-9][a-z0-9-]*$/, 'Cannot use this group name: write it as "@name"'),
);
const name = v.pipe(
  v.string(),
  v.regex(/^[a-z][a-z0-9_-]*$/, "Cannot use this name: lower-case letters, digits, - and _"),
);
const ruleLists = {
  why,
  groups: v.optional(v.array(groupName), []),
  allow: v.optional(v.array(allowRule), []),
  answer: v.optional(
    v.pipe(
      v.array(answerRule),
      v.description("Refused without a word: what libraries probe for and do without"),
    ),
    [],
  ),
};
const group = v.strictObject({
  ...ruleLists,
  syscalls: v.optional(v.array(syscallName), []),
});
const profile = v.strictObject({
  ...ruleLists,
  default: v.pipe(
    v.union([v.literal("kill"), v.strictObject({ notify: v.string() })]),
    v.description(
      "What every call without a rule gets: the agent is notified and refuses it with this errno, or the process is killed",
    ),
  ),
  newer_than_table: v.pipe(
    v.union([v.literal("default"), v.strictObject({ errno: v.string() })]),
    v.description("What a call gets that is newer than the syscall table"),
  ),
  exec: v.optional(v.pipe(
    v.picklist(["once", "image", "free"]),
    v.description(
      "once: only the launcher's own execve succeeds; image: the job may start the guest's read-only " +
        "programs; free: also what it has written",
    ),
  )),
  network: v.optional(v.pipe(
    v.picklist(["none", "loopback"]),
    v.description("loopback: TCP within the job's own network namespace, where only lo is"),
  )),
  many_denied: v.optional(v.pipe(
    v.picklist(["go-on", "end"]),
    v.description(
      "After `denied` notified calls: the job goes on and further calls fail with ENOSYS, or the job is ended",
    ),
  )),
});
const buildLimits = v.strictObject({
  timeout_ms: v.optional(count),
  cpu_ms: v.optional(count),
  cpu_percent: v.optional(count),
  memory_bytes: v.optional(count),
  processes: v.optional(count),
  open_files: v.optional(count),
  file_bytes: v.optional(count),
  stack_bytes: v.optional(count),
});
const environment = v.record(v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/)), v.string());
const language = v.strictObject({
  file: v.pipe(
    v.string(),
    v.regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, "Cannot use this file name: no slash, no leading dot"),
  ),
  argv: v.pipe(v.array(v.string()), v.minLength(1)),
  profile: name,
  profiles: v.optional(
    v.pipe(
      v.record(name, name),
      v.description("Wider profiles that a request may name, by what they are for"),
    ),
    {},
  ),
  env: v.optional(environment, {}),
  reserved_bytes: v.optional(v.pipe(
    count,
    v.description(
      "What the runtime reserves writable and hardly uses; counted by RLIMIT_DATA where there is no cgroup",
    ),
  )),
  level: v.optional(v.picklist(["bare", "armed", "warm"]), "bare"),
  warm: v.optional(v.pipe(
    v.strictObject({
      boot: v.pipe(
        v.string(),
        v.regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, "Cannot use this file name: no slash"),
        v.description("A file below policy/boot, written to /tmp of the sandbox"),
      ),
      env: v.pipe(environment, v.description("How the interpreter comes to run it first")),
      cold: v.pipe(
        v.array(v.string()),
        v.description(
          "A request that sets a variable which begins with one of these is not started warm",
        ),
      ),
      opens_first: v.optional(
        v.pipe(
          v.boolean(),
          v.description("It opens its program before the boot program runs: one in /tmp, then"),
        ),
        false,
      ),
      plain: v.optional(
        v.pipe(
          v.boolean(),
          v.description("Its boot program can take no arguments and variables, nor remove itself"),
        ),
        false,
      ),
      preload: v.optional(
        v.pipe(v.array(v.pipe(v.string(), v.regex(/^\S+$/))), v.description("Libraries to load")),
        [],
      ),
    }),
    v.description("The interpreter is started ahead of the request, and waits for it"),
  )),
  build: v.optional(v.pipe(
    v.strictObject({
      argv: v.pipe(v.array(v.string()), v.minLength(1)),
      profile: name,
      program: v.pipe(
        v.string(),
        v.minLength(1),
        v.description("What it makes: the word of the language's argv that runs it"),
      ),
      limits: v.optional(buildLimits, {}),
    }),
    v.description("What is executed first, in the same sandbox; the run begins if it exits with 0"),
  )),
  executable: v.optional(v.pipe(v.boolean(), v.description("The code itself is executed")), false),
});

/** The whole file. */
export const policySchema = v.strictObject({
  $schema: v.optional(v.string()),
  architectures: v.pipe(v.array(v.picklist(["x86_64", "aarch64"])), v.minLength(1)),
  limits,
  hardening,
  prepared: v.optional(v.pipe(
    count,
    v.maxValue(64),
    v.description("Sandboxes that are ready ahead; absent: one for each 256 MiB, at most four"),
  )),
  environment: v.pipe(environment, v.description("Variables that every run gets")),
  groups: v.record(groupName, group),
  profiles: v.record(name, profile),
  languages: v.record(name, language),
});

/** A policy that has the right shape. */
export type PolicyFile = v.InferOutput<typeof policySchema>;
/** The right of `"profiles": {NAME: ...}`. */
export type ProfileFile = PolicyFile["profiles"][string];
/** The right of `"languages": {NAME: ...}`. */
export type LanguageFile = PolicyFile["languages"][string];
/** The right of `"groups": {NAME: ...}`. */
export type GroupFile = PolicyFile["groups"][string];
/** One comparison as written. */
export type ArgumentFile = v.InferOutput<typeof argument>;
