// `run_code`: a program in the session's sandbox, its output, and the images it wrote.
//
// However the program ended is a result; only what kept it from running is an error.

import * as v from "valibot";
import type { InfoReply } from "../../protocol/protocol.ts";
import { limitNames, statuses } from "../../protocol/replies.ts";
import type { Client, Result } from "../client.ts";
import { encodeBase64 } from "./base64.ts";
import { imageBounds, type Images } from "./images.ts";
import { KeptText } from "./kept_text.ts";
import { OutputProgress } from "./progress.ts";
import { type Call, closedWorld, texts, type Tool, tool } from "./tool.ts";

/** How long a run waits for those of other sessions, unless the call says otherwise. */
const defaultWaitMs = 10_000;
/** Most bytes of output, after which the run is ended: nobody reads more of it than its ends. */
const outputBytes = 64 * 1024 * 1024;

/** The structured result. What does not apply is left out. */
const outcome = v.object({
  status: v.pipe(v.picklist(statuses), v.description("How the run ended")),
  exit_code: v.optional(v.number()),
  signal: v.optional(v.pipe(v.string(), v.description("The signal that ended it"))),
  limit: v.optional(v.pipe(v.picklist(limitNames), v.description("The limit that ended it"))),
  stdout: v.string(),
  stderr: v.string(),
  build: v.optional(v.pipe(v.string(), v.description("What its compiler printed"))),
  truncated: v.pipe(v.boolean(), v.description("The middle of stdout or stderr is left out")),
  denied: v.pipe(
    v.array(v.object({ syscall: v.string(), count: v.number() })),
    v.description("System calls that the sandbox refused"),
  ),
  wall_ms: v.number(),
});

/** The languages whose programs are text: "exec" takes machine code. */
export function languagesOf(info: Pick<InfoReply, "languages">): string[] {
  return info.languages.map(({ name }) => name).filter((name) => name !== "exec");
}

/** A limit's value where a request says nothing, and the most it may say. */
export function rangeOf(info: Pick<InfoReply, "limits">, name: string) {
  const limit = info.limits[name];
  return typeof limit === "object" ? limit : { default: limit, max: limit };
}

/** The tool, for the languages and limits of an agent. */
export function runTool(info: InfoReply): Tool {
  const [time, memory] = [rangeOf(info, "timeout_ms"), rangeOf(info, "memory_bytes")];
  const number = (most: number, words: string) =>
    v.optional(
      v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most), v.description(words)),
    );
  const words = (text: string) => v.optional(v.pipe(v.string(), v.description(text)));
  return tool({
    name: "run_code",
    title: "Run code in the sandbox",
    description:
      "Runs a program in this session's sandbox and returns what it printed. Files that " +
      "it writes to its directory stay for the next call; variables and processes do not. " +
      `PNG, JPEG and SVG files that it writes come back as images (at most ${imageBounds.count}). ` +
      "There is no network.",
    annotations: {
      readOnlyHint: false,
      destructiveHint: true,
      idempotentHint: false,
      ...closedWorld,
    },
    input: v.strictObject({
      language: v.pipe(v.picklist(languagesOf(info)), v.description("Language of the program")),
      code: v.pipe(v.string(), v.description("The whole program")),
      args: v.optional(v.pipe(v.array(v.string()), v.description("Arguments of the program"))),
      stdin: words("Its standard input; empty if left out"),
      timeout_ms: number(time.max, `Time until it is ended; ${time.default} if left out`),
      memory_bytes: number(memory.max, `Its memory; ${memory.default} if left out`),
      wait_ms: number(
        600_000,
        `How long to wait where the agent runs another session's program; ${defaultWaitMs} if left out`,
      ),
    }),
    output: outcome,
    call: async ({ stdin, memory_bytes, wait_ms = defaultWaitMs, ...program }, call) => {
      const request = {
        ...program,
        wait_ms,
        ...(stdin === undefined ? {} : { stdin: { text: stdin } }),
        limits: {
          output_total_bytes: Math.min(outputBytes, rangeOf(info, "output_total_bytes").max),
          ...(memory_bytes === undefined ? {} : { memory_bytes }),
        },
      };
      const { value, note } = await call.session.use(call.signal, async (client) => {
        const ended = await run(client, request, call);
        return { ...ended, found: await call.session.images.collect(client) };
      });
      return answer(value, note);
    },
  });
}

interface Ended {
  readonly result: Result;
  readonly stdout: KeptText;
  readonly stderr: KeptText;
}

async function run(
  client: Client,
  request: Omit<Parameters<Client["run"]>[0], "signal">,
  { signal, notify }: Call,
): Promise<Ended> {
  const kept = { stdout: new KeptText(), stderr: new KeptText() };
  const progress = notify === undefined ? null : new OutputProgress(notify);
  const run = client.run({ ...request, keep: true, stream: true, signal });
  try {
    for await (const { stream, bytes } of run) {
      const text = kept[stream].push(bytes);
      progress?.push(bytes.length, text);
    }
  } finally {
    await progress?.end();
  }
  return { result: await run.result, ...kept };
}

function answer({ result, found, ...kept }: Ended & { found: Images }, note: string | null) {
  const { status, exit_code, signal, limit, denied, wall_ms } = result;
  const [stdout, stderr] = [kept.stdout.end(), kept.stderr.end()];
  const build = printedBy(result);
  const truncated = kept.stdout.truncated || kept.stderr.truncated;
  const defined = Object.entries({ exit_code, signal, limit, build }).filter(([, one]) =>
    one !== undefined
  );
  return {
    content: [
      ...texts(
        note,
        build === undefined ? null : `build:\n${build}`,
        stdout === "" ? null : stdout,
        stderr === "" ? null : `stderr:\n${stderr}`,
        [describe(result), ...found.notes].join("\n"),
      ),
      ...found.images.flatMap(({ path, mimeType, bytes }) => [
        { type: "text" as const, text: `${path}:` },
        { type: "image" as const, mimeType, data: encodeBase64(bytes), ...audience(mimeType) },
      ]),
    ],
    structuredContent: {
      status,
      ...Object.fromEntries(defined),
      ...{ stdout, stderr, truncated, denied, wall_ms },
    },
    ...(status === "failed" ? { isError: true } : {}),
  };
}

/** What the build step printed, if it printed anything. */
function printedBy({ buildOutput }: Result): string | undefined {
  if (buildOutput === undefined) return undefined;
  const kept = new KeptText();
  for (const bytes of [buildOutput.stdout, buildOutput.stderr]) kept.push(bytes);
  return kept.end() || undefined;
}

/** Models read no SVG, and many of their hosts refuse an answer that gives them one. */
function audience(mimeType: string) {
  return mimeType === "image/svg+xml" ? { annotations: { audience: ["user" as const] } } : {};
}

/** How a run ended, in one line. */
function describe(
  { status, exit_code, signal, limit, step, errno, build, denied, wall_ms }: Result,
) {
  const how = {
    exited: `exited with ${exit_code}`,
    signaled: `ended by ${signal}`,
    timeout: "ended: its time was over",
    limit: `ended by the limit of ${limit}`,
    cancelled: "cancelled",
    failed: `could not be started: ${step ?? "unknown step"} ${errno ?? ""}`.trim(),
    build: `not run: its build ${build?.status} ${build?.exit_code ?? ""}`.trim(),
  }[status];
  const calls = denied.map(({ syscall, count }) => `${syscall} (${count})`).join(", ");
  const refused = calls === "" ? "" : `; refused by the sandbox: ${calls}`;
  return `[${how} after ${wall_ms.toFixed(0)} ms${refused}]`;
}
