// The result of a run, as the client gets it.

import { signalName } from "../../linux/signals.ts";
import type { Language } from "../../policy/compiled.ts";
import type { LeafTotal } from "../../sandbox/cgroup_leaf.ts";
import type { Usage } from "../../sandbox/job_end.ts";
import type { JobLimits } from "../../sandbox/job_limits.ts";
import { type Execution, outcome } from "./execution.ts";
import type { RequestId, ResultReply } from "../../protocol/protocol.ts";
import type { OutputStream } from "./stream.ts";

/** A run request with the policy's defaults filled in. Times in milliseconds, sizes in bytes. */
export interface JobRequest {
  readonly id?: RequestId;
  readonly language: Language;
  /** What is done before, in the same sandbox: the language's build step. */
  readonly build?: JobRequest;
  /** What is written into the language's file first; undefined where what is run is there. */
  readonly code: Uint8Array | undefined;
  /** A file that is in the sandbox directory already, as a path below it. */
  readonly entry?: string;
  /** Where the program starts, as a path below the sandbox directory; undefined: in itself. */
  readonly cwd?: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Standard input that came with the request. */
  readonly stdin?: Uint8Array;
  /** Whether more of it will come. */
  readonly stdinStreams: boolean;
  readonly timeoutMs: number;
  readonly limits: JobLimits;
  readonly outputTotalBytes: number;
  readonly stream: boolean;
  readonly usage: boolean;
  readonly keep: boolean;
}

/** The facts known when a run is over. */
export interface Facts {
  readonly request: JobRequest;
  readonly execution: Execution;
  readonly wallMs: number;
  /** Largest total of resident memory in any sample. */
  readonly peakBytes: number;
  /** Totals from the job's cgroup, if it has one. They replace samples and rusage. */
  readonly cgroup?: LeafTotal;
  /** What earlier runs in the same sandbox used. */
  readonly usageBefore: Usage;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly denied: ResultReply["denied"];
  /** Whether more calls were denied than `denied` counts. */
  readonly deniedMore: boolean;
  readonly timing: Record<string, number>;
}

const noUsage: Usage = { cpuUserMs: 0, cpuSystemMs: 0, maxRssBytes: 0 };

/**
 * The result message, the output that follows it (unless it was streamed), and the total usage in
 * the sandbox so far.
 */
export function resultOf(
  facts: Facts,
): { message: ResultReply; bodies: Uint8Array[]; usage: Usage } {
  const { request, execution, usageBefore, cgroup } = facts;
  const usage = execution.end?.usage ?? noUsage;
  const cpuUserMs = cgroup?.cpuUserMs ?? Math.max(0, usage.cpuUserMs - usageBefore.cpuUserMs);
  const cpuSystemMs = cgroup?.cpuSystemMs ??
    Math.max(0, usage.cpuSystemMs - usageBefore.cpuSystemMs);
  const memory = memoryOf(facts, usage);
  const seen = {
    outOfMemory: cgroup?.outOfMemory ?? memory.memory_peak_bytes > request.limits.memory_bytes,
    cpuUsedUp: cpuUserMs + cpuSystemMs >= request.limits.cpu_ms,
  };
  const { exitCode, signal, ...ended } = outcome(execution, seen);
  const message: ResultReply = {
    type: "result",
    ...(request.id === undefined ? {} : { id: request.id }),
    ...ended,
    ...(exitCode === undefined ? {} : { exit_code: exitCode }),
    ...(signal === undefined ? {} : { signal: signalName(signal) }),
    wall_ms: round(facts.wallMs),
    cpu_user_ms: round(cpuUserMs),
    cpu_system_ms: round(cpuSystemMs),
    ...memory,
    stdout: describe(facts.stdout, request.stream),
    stderr: describe(facts.stderr, request.stream),
    denied: facts.denied,
    ...(facts.deniedMore ? { denied_more: true } : {}),
    survivors: 0, // processes that survive end the agent before it says a result
    timing: facts.timing,
  };
  if (request.stream) return { message, bodies: [], usage };
  const bodies = [...pieces(facts.stdout), ...pieces(facts.stderr)];
  message.bytes = bodies.reduce((sum, piece) => sum + piece.length, 0);
  return { message, bodies, usage };
}

function memoryOf(
  { cgroup, peakBytes, execution, usageBefore }: Facts,
  { maxRssBytes }: Usage,
): Pick<ResultReply, "memory_peak_bytes" | "memory_source"> {
  if (cgroup !== undefined) {
    return { memory_peak_bytes: cgroup.peakBytes, memory_source: "cgroup" };
  }
  // The maximum of all runs in the sandbox so far says something of this one only if it grew.
  const grew = maxRssBytes > usageBefore.maxRssBytes;
  const rssBytes = grew ? maxRssBytes : execution.end?.ownMaxRssBytes ?? 0;
  const memory_peak_bytes = Math.max(rssBytes, peakBytes);
  const sampled = peakBytes > rssBytes;
  const memory_source = memory_peak_bytes === 0 ? "none" : sampled ? "samples" : "rusage";
  return { memory_peak_bytes, memory_source };
}

function describe({ ring, missed }: OutputStream, streamed: boolean): ResultReply["stdout"] {
  if (streamed) return { total: ring.total, dropped: missed };
  return { total: ring.total, dropped: ring.start, bytes: ring.total - ring.start };
}

/** Copies of a ring's contents: the ring is reused while these are still being sent. */
function pieces({ ring }: OutputStream): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let offset = ring.start; offset < ring.total;) {
    const piece = ring.piece(offset, ring.size);
    found.push(piece.slice());
    offset += piece.length;
  }
  return found;
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
