// `deno task bench:namespaces`: who pays for a sandbox. The processor time of the whole machine for
// making and clearing each kind of namespace alone, none, and all of them together.
//
// All kinds in turns, round after round: what others use meanwhile falls on all of them alike, and on
// "none", which is taken off.

import {
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWUTS,
} from "../../linux/constants.ts";
import { busyWhile } from "./busy.ts";
import { buildNative, namespaceTimes } from "./native.ts";
import { median } from "../tools/quantile.ts";

const kinds: Readonly<Record<string, number>> = {
  none: 0,
  uts: CLONE_NEWUTS,
  ipc: CLONE_NEWIPC,
  cgroup: CLONE_NEWCGROUP,
  pid: CLONE_NEWPID,
  mount: CLONE_NEWNS,
  network: CLONE_NEWNET,
  "all six": CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP | CLONE_NEWPID | CLONE_NEWNS |
    CLONE_NEWNET,
};

/** Forks of one sample. */
const FORKS = 100;
const PAUSE_MS = 1;

async function main(): Promise<void> {
  const native = await buildNative();
  if (native === null) return console.log("SKIPPED: no C compiler");
  if (Deno.uid() !== 0) return console.log("SKIPPED: only root makes namespaces without a user's");
  const rounds = Number(Deno.args[0] ?? 8);
  const busy = new Map<string, number[]>();
  const whole = new Map<string, number[]>();
  for (let round = 0; round < rounds; round++) {
    for (const [name, flags] of Object.entries(kinds)) {
      let times: number[] = [];
      const used = await busyWhile(async () => {
        times = await namespaceTimes(native, FORKS, PAUSE_MS, flags);
      });
      busy.set(name, [...busy.get(name) ?? [], used.busy / FORKS]);
      whole.set(name, [...whole.get(name) ?? [], ...times]);
    }
  }
  const middle = (samples: Map<string, number[]>, name: string) => median(samples.get(name)!);
  const none = middle(busy, "none");
  const all = middle(busy, "all six") - none;
  console.log("namespace   fork to exit   busy processor beyond none   share of all six");
  for (const name of Object.keys(kinds)) {
    const own = middle(busy, name) - none;
    const share = name === "none" ? "" : `${Math.round(100 * own / all)} %`;
    console.log(
      name.padEnd(12) + `${middle(whole, name).toFixed(2)} ms`.padStart(12) +
        `${own.toFixed(2)} ms`.padStart(29) + share.padStart(19),
    );
  }
}

if (import.meta.main) await main();
