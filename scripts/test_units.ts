// `deno task test:units`: boots a guest for each of two service managers, systemd and a plain init,
// and tests the agent there with the service file that image/ has for each. Not part of continuous
// integration: it needs two boots under emulation.

import { findProgram } from "./tools/command.ts";
import { cacheDirectory } from "./tools/paths.ts";
import { guestPrerequisites, prepare } from "./gate/prerequisites.ts";
import { startGuest } from "../image/guest.ts";
import { qemuProgram } from "../image/qemu.ts";
import { Attempts } from "../tests/vm/scenarios/attempts.ts";
import { type ServiceManager, unitsImage, unitsInit } from "../tests/vm/guest/units_image.ts";
import { unitsScenarios } from "../tests/vm/scenarios/units_scenarios.ts";

const LIMIT_MS = 180_000;

const attempts = new Attempts(40_000);

async function run(manager: ServiceManager, directory: string): Promise<void> {
  const image = await unitsImage(manager);
  await using guest = await startGuest({
    ...{ arch: "x86_64", machine: "q35", kvm: false, processors: 2, memoryMib: 1024 },
    ...{ ...image, directory, cid: 3, backend: true },
    options: [`rdinit=${unitsInit}`, "cryptomgr.notests"],
  });
  const watchdog = setTimeout(() => guest.qemu.kill("SIGKILL"), LIMIT_MS);
  const stage = { target: guest.target(5000), arch: "x86_64" as const };
  const failedBefore = attempts.failed;
  for (const scenario of unitsScenarios(guest, manager)) {
    if (!await attempts.run(scenario.name, () => scenario.run(stage))) break;
  }
  clearTimeout(watchdog);
  if (attempts.failed === failedBefore) return;
  await Deno.writeTextFile(`${cacheDirectory}/${manager}-console.log`, guest.console);
  console.log(`console kept in ${cacheDirectory}/${manager}-console.log`);
}

async function main(): Promise<void> {
  await prepare(true, guestPrerequisites.x86_64);
  const start = performance.now();
  const needed = [qemuProgram("x86_64"), "dpkg-deb", "apt-get"];
  const missing = needed.filter((name) => findProgram(name) === null);
  if (missing.length > 0) attempts.skip("test:units", `no ${missing.join(", ")} on this machine`);
  for (const manager of ["systemd", "sysvinit"] as const) {
    if (missing.length > 0 || !manager.includes(Deno.args[0] ?? "")) continue;
    const directory = await Deno.makeTempDir({ prefix: "sallyport-units-" });
    await run(manager, directory).catch((error) => attempts.fail(error));
    await Deno.remove(directory, { recursive: true });
  }
  console.log(`took ${((performance.now() - start) / 1000).toFixed(1)} s`);
  console.log(attempts.totals);
  Deno.exit(attempts.failed === 0 ? 0 : 1);
}

if (import.meta.main) await main();
