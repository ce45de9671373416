// The census in the guest: what a job reaches there, and what the agent as PID 1 and its launchers
// have, beside the golden lists of the machines that the tests run on.
//
// tests/census/golden/guest has what differs, line by line. SALLYPORT_WRITE_CENSUS=1 writes it anew.

import { connect } from "../../../controller/client.ts";
import { filterLines, filterPrinter, readFilters } from "../../census/filter_lines.ts";
import { COMMON, type Found } from "../../census/found.ts";
import { roleOf } from "../../helpers/roles.ts";
import { golden } from "../../census/check.ts";
import {
  difference,
  differenceLines,
  differencesText,
  differenceText,
  goldenLines,
  listed,
  refuseStrays,
} from "../../census/golden.ts";
import { readGroups } from "../../census/groups.ts";
import { processLines } from "../../census/processes.ts";
import { walk, walkerCode } from "../../census/walker.ts";
import { cc } from "../../helpers/need.ts";
import { guestProc } from "../guest/guest_proc.ts";
import { probe } from "../guest/probe.ts";
import { job, type Scenario, Skip, type Stage } from "../guest/scenario.ts";

const folder = new URL("../../census/golden/guest/", import.meta.url);
const groups = readGroups();

function needMachine({ arch }: Stage): void {
  if (arch !== "x86_64") throw new Skip("the golden lists are of x86_64");
  const missing = cc.missing();
  if (missing !== null) throw new Skip(missing);
}

/** How many networks are held depends on the jobs before: one more than are ready at most. */
const uncounted = (lines: readonly string[]) =>
  lines.map((line) =>
    line.replace(/^(descriptor (?:net|the count of a network's sockets) read) x\d+$/, "$1 xN")
  );

/** Compares with the list `name` of the guest, whose lines are beside those of `usual`. */
async function compare(name: string, usual: readonly string[], found: string[]): Promise<void> {
  const lines = uncounted(listed(groups.groups, found));
  refuseStrays(groups.groups, lines);
  const apart = differenceLines(difference(uncounted(usual), lines));
  const path = new URL(`${name}.txt`, folder);
  if (Deno.env.get("SALLYPORT_WRITE_CENSUS") === "1") {
    const title = `${name} in the guest of \`deno task test:vm\`, beside the machine's own list.`;
    await Deno.mkdir(folder, { recursive: true });
    return await Deno.writeTextFile(path, differencesText(groups.groups, title, apart.sort()));
  }
  const kept = goldenLines(await Deno.readTextFile(path));
  const text = differenceText(groups.groups, `${name} in the guest`, difference(kept, apart));
  if (text !== undefined) throw new Error(`${text}\nSALLYPORT_WRITE_CENSUS=1 renews the lists`);
}

/** The agent's filters, as the guest's kernel has them. */
async function guestFilters(stage: Stage): Promise<string[]> {
  const program = (await Deno.readFile(await filterPrinter())).toBase64();
  const text = await probe<string>(
    stage,
    `
import base64, os, subprocess
path = "/tmp/filters-of"
with open(path, "wb") as file: file.write(base64.b64decode("${program}"))
os.chmod(path, 0o700)
result = subprocess.run([path, "1"], capture_output=True, check=True).stdout.decode()
os.unlink(path)
`,
  );
  const filters = readFilters(text);
  return [`filters ${filters.length}`, ...await filterLines("agent", filters)];
}

/** The agent, its launchers, and the guards of a first process, which are root's. */
async function look(stage: Stage): Promise<Found> {
  const { pids: [agent, ...below], proc } = await guestProc(stage);
  const found: Found = { agent: processLines(agent, true, proc) };
  for (const name of ["guards", "zygote", "keeper", "runner"]) found[name] = [];
  for (const pid of below) {
    const status = proc.text(`/proc/${pid}/status`);
    const role = /^Uid:\t0\t/m.test(status) ? "guards" : roleOf(status, pid);
    if (role !== undefined) found[role].push(...processLines(pid, false, proc));
  }
  return found;
}

/** Looks until two looks agree. */
async function lookAtRest(stage: Stage): Promise<Found> {
  let last = "";
  for (let left = 30; left > 0; left--) {
    try {
      const found = await look(stage);
      const text = JSON.stringify(found);
      if (text === last) return found;
      last = text;
    } catch (error) {
      if (!/FileNotFoundError|ProcessLookupError/.test((error as Error).message)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  throw new Error("The agent does not come to rest");
}

/** In the order they are run. */
export const censusScenarios: readonly Scenario[] = [
  {
    name: "census: a job in the guest reaches what the lists say",
    run: async (stage) => {
      needMachine(stage);
      await using client = await connect(stage.target, { timeoutMs: 10_000 });
      const run = { language: "exec", code: await walkerCode() };
      const found = await walk(client, {
        run,
        arch: "x86_64",
        trees: groups.trees,
        partMs: 30_000,
      });
      await compare("job", [...await golden(COMMON), ...await golden("exec")], found);
    },
  },
  {
    name: "census: PID 1 and its launchers have what the lists say",
    run: async (stage) => {
      needMachine(stage);
      // Nothing waits that a job before may have left: the next one is armed for a plain shell.
      await job(stage, "sh", ":", { status: "exited", exit_code: 0 });
      const { agent, ...launchers } = await lookAtRest(stage);
      await compare("agent", await golden("agent"), [...agent, ...await guestFilters(stage)]);
      for (const [name, found] of Object.entries(launchers)) {
        await compare(name, await golden(name), found);
      }
    },
  },
];
