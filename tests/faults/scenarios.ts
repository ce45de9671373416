// What a client does while something fails: each of the main ways to use an agent, in a few requests.
//
// A scenario checks all that it is told. It says how it ended, or throws `Wrong` where an answer is
// one that no fault excuses: another output under "exited", a file that is not what was put.

import { type Client, connect, ConnectionError, RequestError } from "../../controller/client.ts";
import type { Result, Run, RunOptions } from "../../controller/client.ts";

/** An answer that must never be given. */
export class Wrong extends Error {
  override readonly name = "Wrong";
}

/** How a scenario ended: "as usual", or how it was told otherwise. */
export type Ending =
  | "as usual"
  | "result says failed"
  | "result says signaled"
  | "refused"
  | "lost before it began"
  | "lost after it began"
  | "not connected";

/** One scenario: what it does with an agent at `target`. */
export type Scenario = (target: string) => Promise<Ending>;

/** What a confined process shows of itself: a step that was left out would show here. */
const self = `while read key value; do
  case $key in Uid:|Gid:|CapEff:|NoNewPrivs:|Seccomp:) echo "$key $value";; esac
done < /proc/self/status
ulimit -n; ulimit -c
`;

const python = `for line in open("/proc/self/status"):
    if line.split(":")[0] in ("Uid", "Gid", "CapEff", "NoNewPrivs", "Seccomp"):
        print(line, end="")
import resource
print(resource.getrlimit(resource.RLIMIT_NOFILE), resource.getrlimit(resource.RLIMIT_CORE))
`;

const usual = new Map<string, string>();

/** Checks a result that says that the program did what it does; the first one is the measure. */
function checkOutput(name: string, result: Result): void {
  const said = `${result.exit_code} ${result.text()}`;
  if (!usual.has(name)) usual.set(name, said);
  if (said === usual.get(name)) return;
  throw new Wrong(`${name} said ${JSON.stringify(said)}, not ${JSON.stringify(usual.get(name))}`);
}

/** Runs to the result. `expected`: the status that is as usual. */
async function settle(name: string, run: Run, expected = "exited"): Promise<Ending> {
  let began = false;
  run.acked.then(() => began = true, () => {});
  let result: Result;
  try {
    result = await run.result;
  } catch (error) {
    if (error instanceof RequestError) return "refused";
    if (error instanceof ConnectionError) {
      return began ? "lost after it began" : "lost before it began";
    }
    throw error;
  }
  if (result.status === expected) {
    if (expected === "exited") checkOutput(name, result);
    return "as usual";
  }
  if (result.status === "failed") {
    if (!result.step || !result.errno) throw new Wrong(`${name} failed, and no step is named`);
    if (result.errno.startsWith("errno")) throw new Wrong(`${name}: ${result.errno}`);
    return "result says failed";
  }
  if (result.status === "signaled") return "result says signaled";
  throw new Wrong(`${name}: ${result.status} ${result.exit_code ?? ""} ${result.text()}`);
}

/** Connects, and hands the client to `use`. */
async function withClient(
  target: string,
  use: (client: Client) => Promise<Ending>,
): Promise<Ending> {
  let client: Client;
  try {
    client = await connect(target, { timeoutMs: 8000 });
  } catch (error) {
    if (error instanceof ConnectionError || error instanceof RequestError) return "not connected";
    throw error;
  }
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

/** The ending of a request that is not a run; undefined where it succeeded. */
async function tried(request: Promise<unknown>): Promise<Ending | undefined> {
  try {
    await request;
  } catch (error) {
    if (error instanceof RequestError) return "refused";
    if (error instanceof ConnectionError) return "lost before it began";
    throw error;
  }
}

const runs = (name: string, options: RunOptions, expected?: string): Scenario => (target) =>
  withClient(target, (client) => settle(name, client.run(options), expected));

const timeout_ms = 4000;

async function streamedInput(client: Client): Promise<Ending> {
  const options = { language: "sh", code: "cat; cat >&2", timeout_ms, stdin: { stream: true } };
  const run = client.run(options as RunOptions);
  // More than a pipe holds, so that it takes more than one write.
  const lines = "0123456789abcde\n".repeat(0x3000);
  const sent = run.write(lines).then(() => run.closeStdin()).catch(() => {});
  const ending = await settle("streamed input", run);
  await sent;
  return ending;
}

/** The job before it was in another language: an interpreter waits from the second one on. */
async function waitingInterpreter(client: Client): Promise<Ending> {
  for (let tries = 0; tries < 6; tries++) {
    const run = client.run({ language: "python", code: python, timeout_ms });
    const ending = await settle("python", run);
    if (ending !== "as usual" || (await run.result).timing.ahead_cpu_ms !== undefined) {
      return ending;
    }
    await new Promise((resolve) => setTimeout(resolve, 50 + 50 * tries));
  }
  return "as usual";
}

async function files(client: Client): Promise<Ending> {
  const content = crypto.getRandomValues(new Uint8Array(50_000));
  const put = await tried(client.put("a/b.bin", content, { mode: 0o640 }));
  if (put !== undefined) return put;
  const run = client.run({ language: "sh", code: "stat -c '%a %s %u' a/b.bin", timeout_ms });
  const ending = await settle("files", run);
  if (ending !== "as usual") return ending;
  let got: Uint8Array | undefined;
  const get = await tried(client.get("a/b.bin").then((bytes) => got = bytes));
  if (get !== undefined) return get;
  const same = got!.length === content.length && got!.every((byte, at) => byte === content[at]);
  if (!same) throw new Wrong(`The file came back as ${got!.length} other bytes`);
  let names: string[] = [];
  const list = await tried(
    client.list(undefined, { recursive: true }).then((entries) =>
      names = entries.map(({ name }) => name)
    ),
  );
  if (list !== undefined) return list;
  if (!names.includes("a/b.bin")) throw new Wrong(`The listing is ${names}`);
  return await tried(client.remove("a", { recursive: true })) ?? "as usual";
}

async function cancelled(client: Client): Promise<Ending> {
  const run = client.run({ language: "sh", code: "sleep 60", timeout_ms });
  try {
    await run.acked;
    await run.cancel();
  } catch {
    // The result says it.
  }
  return await settle("cancel", run, "cancelled");
}

async function kept(client: Client): Promise<Ending> {
  const first = client.run({ language: "sh", code: "echo 1 > f; cat f", timeout_ms, keep: true });
  const ending = await settle("kept, first", first);
  if (ending !== "as usual") return ending;
  const second = client.run({ language: "sh", code: "echo 2 >> f; cat f", timeout_ms, keep: true });
  return await settle("kept, second", second);
}

async function reset(client: Client): Promise<Ending> {
  const done = await tried(client.reset());
  if (done !== undefined) return done;
  return await settle("reset", client.run({ language: "sh", code: self, timeout_ms }));
}

/** All scenarios. "hello" and "waiting interpreter" are the two ways in which a job is started. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  "hello": runs("hello", { language: "sh", code: self, timeout_ms, wait_ms: 8000 }),
  "waiting interpreter": (target) => withClient(target, waitingInterpreter),
  "streamed input": (target) => withClient(target, streamedInput),
  "timeout": runs("timeout", { language: "sh", code: "sleep 60", timeout_ms: 100 }, "timeout"),
  "put and get": (target) => withClient(target, files),
  "cancel": (target) => withClient(target, cancelled),
  "kept sandbox": (target) => withClient(target, kept),
  "reset": (target) => withClient(target, reset),
};
