// `deno task test:host-vm`: what becomes of a pool's jobs when QEMU's guests fail. Each scenario boots
// guests of its own, emulated, so it is not part of `deno task test:vm`.

import { parseArgs } from "node:util";
import { testImage } from "../tests/vm/guest/test_image.ts";
import { Attempts } from "../tests/vm/scenarios/attempts.ts";
import { poolFaults } from "../tests/vm/scenarios/pool_fault_scenarios.ts";
import { guestPrerequisites, prepare } from "./gate/prerequisites.ts";
import { findProgram } from "./tools/command.ts";

/** How long one scenario may take. */
const SCENARIO_MS = 600_000;

const usage = `Usage: deno task test:host-vm [TEXT]

  TEXT  only scenarios whose name contains it`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    args: Deno.args,
    options: { help: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const attempts = new Attempts(SCENARIO_MS);
  await prepare(true, guestPrerequisites.x86_64);
  const needed = ["qemu-system-x86_64", "dpkg-deb", "apt-get"];
  const missing = needed.filter((name) => findProgram(name) === null);
  if (Deno.build.arch !== "x86_64") missing.push("x86_64 processor");
  const start = performance.now();
  if (missing.length > 0) attempts.skip("test:host-vm", `no ${missing.join(", ")} here`);
  else {
    const filter = positionals[0] ?? "";
    const all = poolFaults(await testImage("x86_64"));
    for (const { name, run } of all.filter(({ name }) => name.includes(filter))) {
      await attempts.run(name, run);
    }
  }
  console.log(`took ${((performance.now() - start) / 1000).toFixed(1)} s`);
  console.log(attempts.totals);
  return attempts.failed === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
