// Writes what the agent is compiled with: typed modules, small, the same bytes for the same policy.
//
// No date, no path and no order of a machine may get in, or `--check` would fail elsewhere.

import type { Arch } from "../../linux/syscall_numbers.ts";
import { STRICT } from "../read/check.ts";
import type { RuleSet } from "../read/rules.ts";
import type { PolicyFile } from "../read/schema.ts";

const HEAD = "// Written by `deno task policy` from policy/policy.jsonc. Do not edit.\n\n";

/** What the modules record about their making. */
export interface Origin {
  /** SHA-256 of the policy's text, hexadecimal. */
  readonly hash: string;
  readonly libseccomp: string;
  readonly syscallTable: string;
}

/** generated/policy.ts */
export function policyModule(
  policy: PolicyFile,
  origin: Origin,
  boots: ReadonlyMap<string, string>,
): string {
  const languages = Object.fromEntries(
    Object.entries(policy.languages).map(([name, l]) => [name, {
      name,
      file: l.file,
      argv: l.argv,
      env: { ...policy.environment, ...l.env },
      profile: l.profile,
      profiles: { [STRICT]: l.profile, ...l.profiles },
      mode: l.executable ? 0o700 : 0o600,
      program: l.build?.program ?? l.file,
      ...(l.build === undefined ? {} : {
        build: {
          argv: l.build.argv,
          profile: l.build.profile,
          limits: { ...maxima(policy.limits), ...l.build.limits },
        },
      }),
      ...(l.reserved_bytes === undefined ? {} : { reserved_bytes: l.reserved_bytes }),
      level: l.level,
      ...(l.warm === undefined ? {} : { warm: { ...l.warm, code: boots.get(l.warm.boot) } }),
    }]),
  );
  const compiled = {
    hash: origin.hash,
    libseccomp: origin.libseccomp,
    syscall_table: origin.syscallTable,
    limits: policy.limits,
    ...(policy.prepared === undefined ? {} : { prepared: policy.prepared }),
    require: policy.hardening.require,
    read_only_paths: policy.hardening.read_only_paths,
    etc: policy.hardening.etc.flatMap(({ paths }) => paths),
    languages,
  };
  return `${HEAD}import type { CompiledPolicy } from "../compiled.ts";

/** The limits, languages and requirements the agent is compiled with. */
export const policy: CompiledPolicy = ${literal(compiled)};
`;
}

/** The most that a request may ask for: what a build gets where the policy says nothing else. */
function maxima({ timeout_ms, ...limits }: PolicyFile["limits"]): Record<string, number> {
  const names = [
    ...["cpu_ms", "cpu_percent", "memory_bytes", "processes"] as const,
    ...["open_files", "file_bytes", "stack_bytes"] as const,
  ];
  return Object.fromEntries([
    ["timeout_ms", timeout_ms.max],
    ...names.map((name) => [name, limits[name].max]),
  ]);
}

/** generated/NAME.ts */
export function profileModule(set: RuleSet, filters: ReadonlyMap<Arch, Uint8Array>): string {
  const defaultAction = set.defaultAction.kind === "notify"
    ? `{ kind: "notify", errno: ${set.defaultAction.errno} }`
    : `{ kind: "kill" }`;
  const bytes = [...filters].map(([arch, filter]) => {
    const lines = filter.toBase64().match(/.{1,96}/g) ?? [];
    return `    // ${filter.length / 8} instructions\n    ${arch}: Uint8Array.fromBase64(\`\n${
      lines.join("\n")
    }\`),\n`;
  });
  return `${HEAD}import type { Profile } from "../compiled.ts";

/** ${set.why}. */
export const profile: Profile = {
  name: ${JSON.stringify(set.name)},
  filter: {
${bytes.join("")}  },
  defaultAction: ${defaultAction},
  exec: "${set.exec}",
  network: "${set.network}",
  manyDenied: "${set.manyDenied}",
};
`;
}

/** generated/profiles.ts */
export function profilesModule(names: readonly string[]): string {
  const variable = (name: string) => name.replaceAll("-", "_");
  const imports = names.map((n) => `import { profile as ${variable(n)} } from "./${n}.ts";\n`);
  const entries = names.map((n) => n === variable(n) ? `  ${n},\n` : `  "${n}": ${variable(n)},\n`);
  return `${HEAD}import type { Profile } from "../compiled.ts";
${imports.join("")}
/** The syscall profiles by name. */
export const profiles: Readonly<Record<string, Profile>> = {
${entries.join("")}};
`;
}

/** A value as a TypeScript literal, two spaces for each level, short lists on one line. */
function literal(value: unknown, indent = ""): string {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const parts = value.map((item) => literal(item, inner));
    const line = `[${parts.join(", ")}]`;
    if (line.length <= 100 - inner.length) return line;
    return `[\n${parts.map((part) => `${inner}${part},\n`).join("")}${indent}]`;
  }
  if (value !== null && typeof value === "object") {
    const parts = Object.entries(value).map(([key, item]) =>
      `${/^[A-Za-z_]\w*$/.test(key) ? key : JSON.stringify(key)}: ${literal(item, inner)}`
    );
    return `{\n${parts.map((part) => `${inner}${part},\n`).join("")}${indent}}`;
  }
  return JSON.stringify(value);
}
