// `deno task bench:clients`: what each client adds to a raw socket, and its memory under much output.
//
// Usage: deno task bench:clients [--rounds N] [--mib N]

import { parseArgs } from "node:util";
import { startAgent } from "../../tests/helpers/agent.ts";
import { TemporaryDirectory } from "../tools/temporary_directory.ts";
import { kindsOf } from "./clients/kinds.ts";
import { flatMib, hellos, isStartable, watchOutput } from "./clients/measure.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "40" },
    mib: { type: "string", default: "1024" },
  },
});
const [rounds, bytes] = [Number(values.rounds), Number(values.mib) << 20];

let piled = 0;
{
  await using work = await TemporaryDirectory.make("sallyport-clients-");
  const all = await kindsOf(work.path);
  for (const { name, start } of all) {
    if ("missing" in start) console.log(`SKIPPED ${name}: ${start.missing}`);
  }
  const kinds = all.filter(isStartable);
  await using agent = await startAgent();
  const medians = await hellos(kinds, agent.target, rounds);
  console.log(
    `hello in sh, median of ${rounds}; an output of ${values.mib} MiB beside one of 1 MiB`,
  );
  console.log("client                      hello ms  x raw   MiB/s  lost %  peak MiB  of 1 MiB");
  for (const [i, kind] of kinds.entries()) {
    const small = await watchOutput(kind, agent.target, 1 << 20);
    const { bytes: came, dropped, ms, peakMib } = await watchOutput(kind, agent.target, bytes);
    const flat = peakMib - small.peakMib <= (kind.flatMib ?? flatMib);
    if (!flat) piled++;
    const figures = [
      medians[i].toFixed(2).padStart(8),
      (medians[i] / medians[0]).toFixed(1).padStart(5),
      (came / 1048.576 / ms).toFixed(0).padStart(6),
      (100 * dropped / (came + dropped)).toFixed(1).padStart(6),
      peakMib.toFixed(0).padStart(8),
      small.peakMib.toFixed(0).padStart(8),
    ];
    const part = came + dropped < bytes ? `  (of ${(came + dropped) >> 20} MiB)` : "";
    console.log(`${kind.name.padEnd(26)}  ${figures.join("  ")}${part}${flat ? "" : "  NOT FLAT"}`);
  }
}
if (piled > 0) Deno.exit(1);
