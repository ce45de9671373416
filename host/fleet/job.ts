// A job as it travels: what to run, for whom, on which class of machines, and how often at most.

import * as v from "valibot";
import type { RunOptions } from "../../controller/client.ts";
import { FleetError } from "./fleet_error.ts";
import { checkToken, type JobName, type Lane, priorities, type Priority } from "./names.ts";
import type { Packed, Unpacked } from "./packed.ts";

/** What is run, without what only a caller on the spot can give. */
export type JobRequest =
  & Omit<
    RunOptions,
    "signal" | "onUsage" | "usage" | "keep" | "stream" | "wait_ms" | "code" | "stdin"
  >
  & { readonly stdin?: { readonly text: string } };

/** A file that is in the sandbox directory before the program starts. */
export interface JobFile {
  readonly path: string;
  /** Permission bits; 0o644 when left out. */
  readonly mode?: number;
  readonly content: string | Uint8Array;
}

/** What to submit. */
export interface JobOptions {
  /** The program, or `entry` of `run`: the path of one of the files. */
  readonly code?: string | Uint8Array;
  readonly run: JobRequest;
  readonly files?: readonly JobFile[];
  /** Made up when left out. The same id submitted twice is one job. */
  readonly id?: string;
  /** "default" when left out, as are the others of these three: "default", "normal". */
  readonly tenant?: string;
  readonly class?: string;
  readonly priority?: Priority;
  /**
   * How often it is begun at most, each time after a worker or machine was lost: 3 when left out.
   * With 1 it never runs twice.
   */
  readonly deliveries?: number;
}

/** A job, with nothing left out. */
export interface Job extends JobName, Lane {
  readonly deliveries: number;
  /** Milliseconds since 1970, by its submitter's clock. */
  readonly submittedAt: number;
  readonly run: JobRequest;
  readonly code: Uint8Array | null;
  readonly files: readonly (JobFile & { readonly content: Uint8Array })[];
}

const token = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/));
const whole = (min: number, max: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
const MOST_DELIVERIES = 1000;
const line = v.object({
  id: token,
  tenant: token,
  class: token,
  priority: v.picklist(priorities),
  deliveries: whole(1, MOST_DELIVERIES),
  submittedAt: v.number(),
  run: v.looseObject({ language: v.string() }),
  hasCode: v.boolean(),
  files: v.array(v.object({ path: v.string(), mode: v.optional(whole(0, 0o777)) })),
});

const bytesOf = (content: string | Uint8Array) =>
  typeof content === "string" ? new TextEncoder().encode(content) : content;

/** Fills in what was left out. @throws TypeError on a name or number that cannot be. */
export function newJob(options: JobOptions, submittedAt: number): Job {
  const { code, run, files = [], id = crypto.randomUUID(), deliveries = 3 } = options;
  const { tenant = "default", priority = "normal", class: className = "default" } = options;
  if (!priorities.includes(priority)) {
    throw new TypeError(`Cannot use "${priority}" as a priority: it is one of ${priorities}`);
  }
  if (!Number.isInteger(deliveries) || deliveries < 1 || deliveries > MOST_DELIVERIES) {
    throw new TypeError(`Cannot deliver a job ${deliveries} times`);
  }
  if ((code === undefined) === (run.entry === undefined)) {
    throw new TypeError('Cannot submit a job: give either "code" or "entry"');
  }
  return {
    id: checkToken("an id", id),
    tenant: checkToken("a tenant", tenant),
    class: checkToken("a class", className),
    priority,
    deliveries,
    submittedAt,
    run,
    code: code === undefined ? null : bytesOf(code),
    files: files.map((file) => ({ ...file, content: bytesOf(file.content) })),
  };
}

/** A job as a message. */
export function packedJob({ code, files, ...rest }: Job): Packed {
  const listed = files.map(({ path, mode }) => ({ path, mode }));
  const contents = files.map(({ content }) => content);
  const parts = code === null ? contents : [code, ...contents];
  return { line: { ...rest, hasCode: code !== null, files: listed }, parts };
}

/** Who a message's job is, before its bytes are fetched. @throws FleetError "malformed" */
export function readJobLine(message: Pick<Unpacked, "line" | "lengths">) {
  const read = v.safeParse(line, message.line);
  if (!read.success) {
    const [{ message: why, path }] = read.issues;
    const where = path?.map(({ key }) => String(key)).join(".") ?? "its line";
    throw new FleetError("malformed", `Cannot read a job: ${where}: ${why}`);
  }
  if (message.lengths.length !== read.output.files.length + Number(read.output.hasCode)) {
    throw new FleetError("malformed", "Cannot read a job: its files and its bytes differ");
  }
  return read.output;
}

/** The whole job. */
export function jobOf(read: ReturnType<typeof readJobLine>, parts: readonly Uint8Array[]): Job {
  const { hasCode, files, run, ...rest } = read;
  const contents = hasCode ? parts.slice(1) : parts;
  return {
    ...rest,
    run: run as JobRequest,
    code: hasCode ? parts[0] : null,
    files: files.map((file, index) => ({ ...file, content: contents[index] })),
  };
}
