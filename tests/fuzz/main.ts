// `deno task fuzz [--seconds N] [TARGET...]`: looks for inputs that break a parser's promises.

import { parseArgs } from "node:util";
import { signalChild } from "../helpers/signal_child.ts";
import { StopSignal } from "../helpers/stop_signal.ts";
import { targets } from "./corpus.ts";

const usage = `Usage: deno task fuzz [options] [TARGET...]

  TARGET         ${targets.map(({ name }) => name).join(", ")} (default: all)
  --seconds N    how long for each (default 60)
  --workers N    targets at once (default 2)
  --seed N       decides what is tried (default: a new one, which is printed)
  --keep         keep what runs something new, in tests/fuzz/corpus, and the time in tests/fuzz/time.json`;

/** Fuzzes one target in a process of its own: code that another target ran would not be new. */
async function fuzzed(target: string, flags: readonly string[], stop: AbortSignal) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("one.ts", import.meta.url).pathname, ...flags, target],
    stdin: "null",
  }).spawn();
  const end = () => signalChild(child, "SIGTERM");
  stop.addEventListener("abort", end);
  const { success } = await child.status;
  stop.removeEventListener("abort", end);
  return success;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: "string", default: "60" },
      workers: { type: "string", default: "2" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      keep: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const names = targets.map(({ name }) => name);
  const unknown = positionals.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    console.error(`There is no target "${unknown}": they are ${names.join(", ")}`);
    return 2;
  }
  const chosen = positionals.length > 0 ? positionals : names;
  using stopped = new StopSignal();
  const flags = ["--seconds", values.seconds, "--seed", values.seed];
  if (values.keep) flags.push("--keep");
  console.log(`seed ${values.seed}`);
  let passed = 0;
  let failed = 0;
  const rest = chosen.values();
  await Promise.all(Array.from({ length: Number(values.workers) }, async () => {
    for (const name of rest) {
      if (stopped.signal.aborted) return;
      if (await fuzzed(name, flags, stopped.signal)) passed++;
      else failed++;
    }
  }));
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : stopped.exitCode;
}

if (import.meta.main) Deno.exit(await main());
