// The build step of a run: a job of its own in the same sandbox, before the run's.
//
// It is the language's: the request chooses nothing of it but the code. Its output and its figures
// come with the result, whatever became of it.

import type { CompiledPolicy, Language } from "../../policy/compiled.ts";
import type { RequestId, ResultReply } from "../../protocol/protocol.ts";
import type { JobRequest } from "./result.ts";

/** How a build went, with the bytes of its output: stdout's, then stderr's. */
export interface BuildReport {
  readonly build: NonNullable<ResultReply["build"]>;
  readonly bodies: readonly Uint8Array[];
}

const builders = new Map<Language, Language>();

/** The language as its build step runs it: the same object each time. */
function builderOf(language: Language): Language {
  let builder = builders.get(language);
  if (builder === undefined) {
    const { argv, profile } = language.build!;
    const own = { argv, profile, program: language.file };
    builder = { ...language, ...own, build: undefined, reserved_bytes: undefined };
    builders.set(language, builder);
  }
  return builder;
}

/** The job that builds `code` for a run in `language`. */
export function buildRequest(
  language: Language,
  code: Uint8Array,
  usage: boolean,
  { limits }: CompiledPolicy,
): JobRequest {
  const { timeout_ms, ...own } = language.build!.limits;
  return {
    language: builderOf(language),
    code,
    args: [],
    env: {},
    stdinStreams: false,
    timeoutMs: timeout_ms,
    limits: own,
    outputTotalBytes: limits.output_total_bytes.default,
    stream: false,
    usage,
    keep: true,
  };
}

/** What of a build job's result goes into the run's. */
export function buildReport(result: ResultReply, bodies: readonly Uint8Array[]): BuildReport {
  const { status, exit_code, signal, limit, step, errno } = result;
  if (status === "build") throw new Error("Cannot report a build of a build");
  const { wall_ms, cpu_user_ms, cpu_system_ms, memory_peak_bytes, memory_source } = result;
  const { stdout, stderr, denied, denied_more } = result;
  return {
    build: {
      ...{ status, exit_code, signal, limit, step, errno },
      ...{ wall_ms, cpu_user_ms, cpu_system_ms, memory_peak_bytes, memory_source },
      ...{ stdout, stderr, denied, denied_more },
    },
    bodies,
  };
}

/** The result of a run that was built before. Its body is the build's output, then its own. */
export function withBuild(result: ResultReply, built: BuildReport | undefined): ResultReply {
  if (built === undefined) return result;
  return { ...result, build: built.build, bytes: (result.bytes ?? 0) + sizeOf(built) };
}

/** The result of a run that did not begin, since its build did not succeed. */
export function notRun(id: RequestId | undefined, built: BuildReport): ResultReply {
  const { build } = built;
  const nothing = { total: 0, dropped: 0, bytes: 0 };
  // What the client did, and what the agent could not do, is no fault of the code.
  const own = build.status === "cancelled" || build.status === "failed";
  const { status, step, errno } = build;
  return {
    type: "result",
    ...(id === undefined ? {} : { id }),
    ...(own ? { status, step, errno } : { status: "build" }),
    ...{ wall_ms: 0, cpu_user_ms: 0, cpu_system_ms: 0, memory_peak_bytes: 0 },
    memory_source: "none",
    stdout: nothing,
    stderr: nothing,
    denied: [],
    build,
    survivors: 0,
    timing: {},
    bytes: sizeOf(built),
  };
}

function sizeOf({ bodies }: BuildReport): number {
  return bodies.reduce((sum, body) => sum + body.length, 0);
}
