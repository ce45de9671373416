// Fills the policy's defaults into a run request.

import type { CompiledPolicy, Language } from "../../policy/compiled.ts";
import type { RunRequest } from "../../protocol/protocol.ts";
import type { JobLimits } from "../../sandbox/job_limits.ts";
import { buildRequest } from "./build.ts";
import type { JobRequest } from "./result.ts";

const encoder = new TextEncoder();

const variants = new Map<Language, Map<string, Language>>();

/** The language under one of its profiles: the same object each time. */
function underProfile(language: Language, use: string | undefined): Language {
  if (use === undefined || language.profiles[use] === language.profile) return language;
  let known = variants.get(language);
  if (known === undefined) variants.set(language, known = new Map());
  let variant = known.get(use);
  if (variant === undefined) {
    known.set(use, variant = { ...language, profile: language.profiles[use] });
  }
  return variant;
}

/** The request as it will be carried out; it has been checked against the policy. */
export function withDefaults(
  request: RunRequest,
  code: Uint8Array | undefined,
  policy: CompiledPolicy,
): JobRequest {
  const { limits, languages } = policy;
  const asked = request.limits ?? {};
  const of = (name: keyof JobLimits) => asked[name] ?? limits[name].default;
  const { stdin } = request;
  const language = underProfile(languages[request.language], request.profile);
  const builds = language.build !== undefined && code !== undefined;
  const usage = request.usage ?? false;
  return {
    id: request.id,
    language,
    build: builds ? buildRequest(language, code, usage, policy) : undefined,
    code: builds ? undefined : code,
    entry: request.entry,
    cwd: request.cwd === "." ? undefined : request.cwd,
    args: request.args ?? [],
    env: request.env ?? {},
    stdin: stdin !== undefined && "text" in stdin ? encoder.encode(stdin.text) : undefined,
    stdinStreams: stdin !== undefined && "stream" in stdin,
    timeoutMs: request.timeout_ms ?? limits.timeout_ms.default,
    limits: {
      cpu_ms: of("cpu_ms"),
      cpu_percent: of("cpu_percent"),
      memory_bytes: of("memory_bytes"),
      processes: of("processes"),
      open_files: of("open_files"),
      file_bytes: of("file_bytes"),
      stack_bytes: of("stack_bytes"),
    },
    outputTotalBytes: asked.output_total_bytes ?? limits.output_total_bytes.default,
    stream: request.stream ?? false,
    usage,
    keep: request.keep ?? false,
  };
}
