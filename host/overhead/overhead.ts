// `deno task host overhead`: what the service adds to a run over the library, all in one run and turn
// by turn, since the machine's own noise is larger than any difference between two runs.

import { TemporaryDirectory } from "../../scripts/tools/temporary_directory.ts";
import { hostMachines } from "../pool/host_machines.ts";
import { Pool } from "../pool/pool.ts";
import { LeanClient, requestBytes } from "./lean_client.ts";
import { startProgram, untilIt } from "./program.ts";

const job = { language: "sh", code: "echo hello" };
const body = JSON.stringify(job);

/** Between two calls. All of a turn's must stay below 50 ms, after which a pool asks its machine. */
const SETTLE_MS = 2;

/** Times of each way in milliseconds, turn by turn. */
export type Times = ReadonlyMap<Way, readonly number[]>;

/** The ways that a run, or nothing, goes. */
export const ways = {
  library: "a run by the library",
  service: "a run by the service, lean client",
  fetched: "a run by the service, fetch",
  least: "a run by the least service, lean client",
  leastFetched: "a run by the least service, fetch",
  nothing: "nothing, by the service, lean client",
  floor: "nothing, by a bare server, lean client",
  floorFetched: "nothing, by a bare server, fetch",
} as const;

/** One of them. */
export type Way = keyof typeof ways;

/** Measures each way `runs` times. */
export async function measureOverhead(runs: number): Promise<Times> {
  await using directory = await TemporaryDirectory.make("sp-overhead-");
  return await measured(directory, runs);
}

async function measured(temporary: TemporaryDirectory, runs: number): Promise<Times> {
  const directory = temporary.path;
  const [served, bare] = ["serve.sock", "least.sock"].map((name) => `${directory}/${name}`);
  const rootOf = (name: string) => `${directory}/${name}`;
  await using _served = startProgram([
    ...["host/main.ts", "serve", "--listen", `unix:${served}`],
    ...["--root", rootOf("served"), "--recycling", "never"],
  ]);
  const machines = hostMachines({
    ...{ monitor: "process", memoryMib: 512, cpus: 1, image: {} } as const,
    root: rootOf("library"),
  });
  await using pool = new Pool({ machines, size: 1, recycling: "never" });
  temporary.beforeEnd = () => pool.drain(0);
  await pool.ready();
  using service = await untilIt("service", () => LeanClient.connect(served));
  const request = requestBytes("/v1/runs", body);
  const answer = await untilIt("run by the service", () => service.ask(request));
  await using _bare = startProgram([
    "host/overhead/least_service.ts",
    bare,
    rootOf("least"),
    answer,
  ]);
  using least = await untilIt("least service", () => LeanClient.connect(bare));
  const nothing = requestBytes("/", body);
  await untilIt("answer of the least service", () => least.ask(request));
  using serviceFetch = fetcher(served);
  using leastFetch = fetcher(bare);
  const health = requestBytes("/healthz");
  return await turnByTurn(runs, {
    library: async () => void await pool.run(job).result,
    service: () => service.ask(request),
    fetched: () => serviceFetch.ask("/v1/runs"),
    least: () => least.ask(request),
    leastFetched: () => leastFetch.ask("/v1/runs"),
    nothing: () => service.ask(health),
    floor: () => least.ask(nothing),
    floorFetched: () => leastFetch.ask("/"),
  });
}

function shuffled<Value>(values: Value[]): Value[] {
  for (let left = values.length; left > 1; left--) {
    const at = Math.floor(Math.random() * left);
    [values[at], values[left - 1]] = [values[left - 1], values[at]];
  }
  return values;
}

/** Deno's own client of HTTP. */
function fetcher(path: string) {
  const client = Deno.createHttpClient({ proxy: { transport: "unix", path } });
  const headers = { "content-type": "application/json" };
  return {
    async ask(path: string): Promise<void> {
      const answer = await fetch(`http://h${path}`, { client, method: "POST", headers, body });
      const text = await answer.text();
      if (answer.status !== 200) throw new Error(text);
    },
    [Symbol.dispose]: () => client.close(),
  };
}

async function turnByTurn(
  runs: number,
  calls: Readonly<Record<Way, () => Promise<unknown>>>,
): Promise<Times> {
  const all = Object.entries(calls) as [Way, () => Promise<unknown>][];
  const times = new Map(all.map(([way]) => [way, [] as number[]]));
  for (let turn = -Math.ceil(runs / 4); turn < runs; turn++) { // the first ones compile
    for (const [way, call] of shuffled([...all])) {
      // The machine before takes a new connection now, and would take a processor from the next.
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      const start = performance.now();
      await call();
      if (turn >= 0) times.get(way)!.push(performance.now() - start);
    }
  }
  return times;
}
