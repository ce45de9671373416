// `deno task census`: compares what a job, the agent and the launchers reach with the golden lists.
//
//   --check   (default) fails on anything new or gone
//   --write   writes the lists anew, to be read in review
//   --show LIST   prints what is found now, without comparing

import { parseArgs } from "node:util";
import { check, write } from "./check.ts";
import { findAll } from "./found.ts";
import { readGroups } from "./groups.ts";

const { values } = parseArgs({
  options: {
    check: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    show: { type: "string" },
  },
});

if (Deno.uid() !== 0) {
  console.error("Cannot take the census: it looks into processes of other users, as root");
  Deno.exit(1);
}
const groups = readGroups();
const found = await findAll(groups);
if (values.show !== undefined) {
  console.log(found[values.show]?.join("\n") ?? `No list but ${Object.keys(found).join(", ")}`);
} else if (values.write) {
  for (const path of await write(groups, found)) console.log(`written ${path}`);
} else {
  const text = await check(groups, found);
  console.log(text ?? `${Object.keys(found).length} lists are what was found`);
  if (text !== undefined) {
    console.log('\nRead each line; then "deno task census --write" renews the lists');
  }
  Deno.exitCode = text === undefined ? 0 : 1;
}
