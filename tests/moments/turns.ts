// What the load does: each turn is a few requests on one connection, whose every answer is checked.
//
// A turn reports each request once. It stops at the first one that is not as usual, since the others
// build on it.

import type { Client, RunOptions } from "../../controller/client.ts";
import type { Random } from "../helpers/seeded.ts";
import { type Ending, endingOf, type Expected, says, settle } from "./ending.ts";

/** Takes the end of one request. Returns whether it was as usual. */
export type Report = (ending: Ending) => boolean;

/** One turn. "left": it has closed the connection. */
export type Turn = (client: Client, random: Random, report: Report) => Promise<void | "left">;

/** Long: nothing here may end because the machine is slow. */
const timeout_ms = 20_000;
const wait_ms = 20_000;
const options = { timeout_ms, wait_ms };

const hello =
  (language: string, code: (word: string) => string, more: Partial<RunOptions> = {}) =>
  async (client: Client, random: Random, report: Report) => {
    const word = `w${random.below(1e9)}`;
    const run = client.run({ ...options, ...more, language, code: code(word) });
    report(await settle(language, run, { check: says(`${word}\n`) }));
  };

const shell = (word: string) => `echo ${word}`;
const python = (word: string) => `print("${word}")`;

/** A request that is no run, as usual where it succeeds. */
async function tried(what: string, request: Promise<unknown>): Promise<Ending> {
  try {
    await request;
    return { what, how: "as usual" };
  } catch (error) {
    return endingOf(what, error);
  }
}

const ran = (client: Client, what: string, request: RunOptions, expected: Expected) =>
  settle(what, client.run({ ...options, ...request }), expected);

async function streamedInput(client: Client, random: Random, report: Report): Promise<void> {
  const input = `${random.below(1e9)}-0123456789\n`.repeat(1 + random.below(20_000));
  const run = client.run({ ...options, language: "sh", code: "cat", stdin: { stream: true } });
  const sent = run.write(input).then(() => run.closeStdin()).catch(() => {});
  report(await settle("streamed input", run, { check: says(input) }));
  await sent;
}

const flood = (bytes: number) =>
  `import sys\nfor _ in range(${bytes} // 65536): sys.stdout.buffer.write(b"x" * 65536)`;

/** All of the output comes, in order. */
async function streamedOutput(client: Client, random: Random, report: Report): Promise<void> {
  const bytes = 65536 * (1 + random.below(48));
  const code = flood(bytes);
  const run = client.run({ ...options, language: "python", code, stream: true });
  let [got, gap] = [0, ""];
  const read = (async () => {
    for await (const piece of run) {
      if (piece.stream !== "stdout") continue;
      // Output that the client took too slowly is left out, and its offset says so.
      if (piece.offset < got) gap = `a piece at ${piece.offset} after ${got} bytes`;
      got = piece.offset + piece.bytes.length;
    }
  })().catch(() => {});
  const check = ({ stdout }: { stdout: { total: number } }) =>
    gap !== "" || stdout.total !== bytes ? `${gap} ${stdout.total} of ${bytes} bytes` : null;
  report(await settle("streamed output", run, { check }));
  await read;
}

/** The last MiB of the output is kept, and the rest is counted. */
async function keptOutput(client: Client, random: Random, report: Report): Promise<void> {
  const bytes = 65536 * (17 + random.below(32));
  const check = ({ stdout }: { stdout: { total: number; dropped: number; bytes?: number } }) =>
    stdout.total === bytes && stdout.dropped + (stdout.bytes ?? 0) === bytes
      ? null
      : `${JSON.stringify(stdout)} of ${bytes} bytes`;
  report(
    await ran(client, "kept output", { language: "python", code: flood(bytes) }, { check }),
  );
}

async function timeout(client: Client, random: Random, report: Report): Promise<void> {
  const code = random.one(["sleep 60", "while :; do :; done", "trap '' TERM; sleep 60 & wait"]);
  const request = { language: "sh", code, timeout_ms: 20 + random.below(200) };
  report(await ran(client, "timeout", request, { status: "timeout" }));
}

async function cancelled(client: Client, random: Random, report: Report): Promise<void> {
  const run = client.run({ ...options, language: random.one(["sh", "bash"]), code: "sleep 60" });
  await run.acked.catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, random.below(40)));
  await run.cancel();
  report(await settle("cancel", run, { status: "cancelled" }));
}

async function signalled(client: Client, random: Random, report: Report): Promise<void> {
  const run = client.run({ ...options, language: "sh", code: "sleep 60" });
  await run.acked.catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, random.below(40)));
  await run.signal("SIGKILL");
  report(await settle("signal", run, { status: "signaled", signal: "SIGKILL" }));
}

/** A file whose `put` was answered is there for the next run, or that run says that it did not go. */
async function files(client: Client, random: Random, report: Report): Promise<void> {
  const content = new Uint8Array(random.below(200_000)).fill(random.below(256));
  if (!report(await tried("put", client.put("a/b", content)))) return;
  const code = "if [ -e a/b ]; then wc -c < a/b; else echo gone; fi";
  const expected = { check: says(`${content.length}\n`) };
  if (!report(await ran(client, "run with a file", { language: "sh", code }, expected))) return;
  let [got, names]: [Uint8Array, string[]] = [new Uint8Array(0), []];
  if (!report(await tried("get", client.get("a/b").then((bytes) => got = bytes)))) return;
  if (got.length !== content.length || got.some((byte) => byte !== content[0])) {
    report({ what: "get", how: "wrong", detail: `${got.length} other bytes` });
  }
  const list = client.list(undefined, { recursive: true });
  const listed = list.then((entries) => names = entries.map(({ name }) => name));
  if (!report(await tried("list", listed))) return;
  if (!names.includes("a/b")) report({ what: "list", how: "wrong", detail: names.join() });
  report(await tried("remove", client.remove("a", { recursive: true })));
}

/** What a run kept is there for the next one, or that one says that it did not go. */
async function kept(client: Client, random: Random, report: Report): Promise<void> {
  const language = random.one(["sh", "python"]);
  const file = `f${random.below(1e9)}`; // what an earlier turn kept may still be there
  const code = language === "sh"
    ? `echo x >> ${file} && cat ${file}`
    : `with open("${file}", "a") as to: to.write("x\\n")\nprint(open("${file}").read(), end="")`;
  for (let said = "x\n", left = 2 + random.below(3); left > 0; left--, said += "x\n") {
    const request = { language, code, keep: true };
    if (!report(await ran(client, "kept", request, { check: says(said) }))) return;
    if (random.below(3) === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A job meets the end of its disk, and says so. */
async function fullDisk(client: Client, _random: Random, report: Report): Promise<void> {
  const code = "head -c 100000000 /dev/zero > big 2>/dev/null && echo room; echo end";
  report(await ran(client, "full disk", { language: "sh", code }, { check: says("end\n") }));
}

/** Two connections at once, the second one turned away or served. */
async function impatient(client: Client, _random: Random, report: Report): Promise<void> {
  const run = client.run({ language: "sh", code: "echo a", timeout_ms });
  report(await settle("without waiting", run, { check: says("a\n") }));
}

/** Leaves in the middle of a run. */
async function leaving(client: Client, random: Random, report: Report): Promise<"left"> {
  const run = client.run({ ...options, language: "sh", code: "sleep 60 & sleep 60" });
  await run.acked.catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, random.below(20)));
  await client.close();
  await run.result.catch(() => {});
  report({ what: "leaving", how: "as usual" });
  return "left";
}

/** Several runs sent at once: the agent answers each in its turn, or says that it is busy. */
async function atOnce(client: Client, random: Random, report: Report): Promise<void> {
  const runs = Array.from({ length: 2 + random.below(3) }, (_, index) => {
    const run = client.run({ language: "sh", code: `echo ${index}`, timeout_ms });
    return settle("at once", run, { check: says(`${index}\n`) });
  });
  for (const run of runs) report(await run);
}

async function reset(client: Client, _random: Random, report: Report): Promise<void> {
  report(await tried("reset", client.reset()));
}

/** All turns, each as often as it is to be among them. */
export const turns: readonly Turn[] = [
  hello("sh", shell),
  hello("sh", shell),
  hello("bash", shell),
  hello("python", python),
  hello("python", python),
  hello("python", python, { env: { LD_NOTHING: "1" } }),
  hello("python", (word) => `import subprocess\nsubprocess.run(["echo", "${word}"])`, {
    profile: "programs",
  }),
  hello("sh", shell, { profile: "workspace" }),
  hello("node", (word) => `console.log("${word}")`),
  hello("perl", (word) => `print "${word}\\n"`),
  streamedInput,
  streamedOutput,
  keptOutput,
  timeout,
  cancelled,
  signalled,
  files,
  files,
  kept,
  kept,
  fullDisk,
  impatient,
  leaving,
  atOnce,
  reset,
];
