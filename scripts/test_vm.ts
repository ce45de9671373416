// `deno task test:vm`: builds an image, boots it, and runs the scenarios from the host over AF_VSOCK.
//
// The guest is QEMU's, emulated; its kernel is Debian's; the agent is PID 1. `--arch aarch64` does the same for the other
// processor. What was built before is used again. The console is kept when anything fails.

import { parseArgs } from "node:util";
import { findProgram } from "./build/command.ts";
import { cacheDirectory } from "./build/paths.ts";
import { guestPrerequisites, prepare } from "./gate/prerequisites.ts";
import { type Guest, type GuestOptions, startGuest } from "./image/guest.ts";
import { qemuProgram } from "./image/qemu.ts";
import { dangerousScenario } from "../tests/vm/dangerous_scenario.ts";
import { kernelAgreement } from "../tests/vm/kernel_agreement.ts";
import { languageScenarios } from "../tests/vm/language_scenarios.ts";
import { addBeside, observed, observer, observerInit } from "../tests/vm/observer.ts";
import { ctrlAltDel, ctrlAltDelPort } from "../tests/vm/power_off.ts";
import { rootProbe } from "../tests/vm/probe.ts";
import { resume } from "../tests/vm/resume.ts";
import { type Scenario, Skip } from "../tests/vm/scenario.ts";
import { scenarios } from "../tests/vm/scenarios.ts";
import { testImage } from "../tests/vm/test_image.ts";
import { within } from "../tests/vm/timed.ts";

type Arch = "x86_64" | "aarch64";

const LIMIT_MS = 300_000;
const SCENARIO_MS = 40_000;
const READY_PORT = 7000;

let passed = 0, failed = 0, skipped = 0;

async function attempt(name: string, body: () => Promise<unknown>): Promise<boolean> {
  const start = performance.now();
  try {
    await within(SCENARIO_MS, name, body());
    passed++;
    console.log(`ok      ${name} (${Math.round(performance.now() - start)} ms)`);
    return true;
  } catch (error) {
    if (error instanceof Skip) {
      skipped++;
      console.log(`SKIPPED: ${name}: ${error.message}`);
      return true;
    }
    failed++;
    console.log(`FAILED  ${name}`);
    console.log(
      String((error as Error).stack ?? error).split("\n").slice(0, 12).map((l) => `        ${l}`)
        .join("\n"),
    );
    return false;
  }
}

/** Waits for the agent's line on the port that `sallyport.ready` names; its time since `start`. */
async function untilReady(
  listener: Deno.UnixListener,
  guest: Guest,
  start: number,
): Promise<number> {
  const gone = guest.ended.then(() => Promise.reject(new Error("the guest has ended")));
  const line = (async () => {
    using connection = await listener.accept();
    await connection.read(new Uint8Array(256));
    return performance.now() - start;
  })();
  return await within(90_000, "the guest to be ready", Promise.race([line, gone]));
}

/** The machine of each guest. Two languages more need more memory: an initramfs is in it. */
const machines = {
  x86_64: { machine: "q35", memoryMib: 768 },
  aarch64: { machine: "virt", memoryMib: 1024 },
} as const;

async function run(arch: Arch, filter: string, directory: string): Promise<void> {
  const began = performance.now();
  const image = await testImage(arch);
  console.log(`${arch}, ${image.form}: built in ${seconds(performance.now() - began)}`);
  const initrd = `${directory}/guest.cpio`;
  // This machine's own kernel is asked by a unit test.
  const asked = arch === Deno.build.arch ? null : await kernelAgreement(arch, directory);
  const beside = [observer(arch === "x86_64" ? undefined : ctrlAltDelPort), rootProbe];
  if (asked !== null) beside.push(asked.beside);
  await addBeside(image.initrd, initrd, arch, beside);
  const options: GuestOptions = {
    ...{ arch, ...machines[arch], kvm: false, processors: 2, directory, cid: 3, removable: true },
    kernel: image.kernel,
    initrd,
    backend: true,
    options: [
      `sallyport.ready=vsock:2:${READY_PORT}`,
      `rdinit=${observerInit}`,
      "cryptomgr.notests", // the kernel's tests of its ciphers: under emulation they can take half a minute
    ],
  };
  const start = performance.now();
  using listener = Deno.listen({ transport: "unix", path: `${directory}/host.sock_${READY_PORT}` });
  await using guest = await startGuest(options);
  const watchdog = setTimeout(() => guest.qemu.kill("SIGKILL"), LIMIT_MS);
  try {
    if (
      !await attempt("the guest boots and says that it is ready", async () => {
        const readyMs = await untilReady(listener, guest, start);
        const split = guest.console.match(/sallyport init: (\d+) ms .* (\d+) ms/);
        const parts = split === null ? "" : `: kernel ${split[1]} ms, init until ${split[2]} ms`;
        console.log(`ready after ${seconds(readyMs)} from QEMU's start${parts}`);
      })
    ) return;
    const stage = { target: guest.target(5000), arch };
    const all: Scenario[] = [
      ...observed(guest, image.agentProgram),
      ...asked === null ? [] : [...asked.scenarios(guest), dangerousScenario(directory)],
      ...languageScenarios(image.languages),
      ...scenarios,
      ...resume(guest, options),
    ];
    for (const { name, run } of all.filter(({ name }) => name.includes(filter))) {
      await attempt(name, () => run(stage));
    }
    await attempt("Ctrl-Alt-Del powers the guest off", () => ctrlAltDel(guest));
  } finally {
    clearTimeout(watchdog);
    if (failed > 0) {
      await Deno.writeTextFile(`${cacheDirectory}/vm-console.log`, guest.console);
      console.log(`console kept in ${cacheDirectory}/vm-console.log`);
    }
  }
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

/** `[--arch ARCH] [FILTER]`: only scenarios whose name contains the filter. */
function parse(): { arch: Arch; filter: string } {
  const { values, positionals } = parseArgs({
    args: Deno.args,
    options: { arch: { type: "string", default: "x86_64" } },
    allowPositionals: true,
  });
  const { arch } = values;
  if (arch !== "x86_64" && arch !== "aarch64") {
    throw new Error(`Cannot use "--arch ${arch}": it is x86_64 or aarch64`);
  }
  return { arch, filter: positionals[0] ?? "" };
}

async function main(): Promise<void> {
  const { arch, filter } = parse();
  await prepare(true, guestPrerequisites[arch]);
  const missing = [qemuProgram(arch), "dpkg-deb", "apt-get"].filter((name) =>
    findProgram(name) === null
  );
  if (missing.length > 0) {
    console.log(`SKIPPED: test:vm: no ${missing.join(", ")} on this machine`);
    console.log("0 passed, 0 failed, 1 skipped");
    return;
  }
  const start = performance.now();
  const directory = await Deno.makeTempDir({ prefix: "sallyport-vm-" });
  try {
    await run(arch, filter, directory);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${(error as Error).message}`);
  } finally {
    await Deno.remove(directory, { recursive: true }).catch(() => {});
  }
  console.log(`took ${seconds(performance.now() - start)}`);
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  Deno.exit(failed === 0 ? 0 : 1);
}

if (import.meta.main) await main();
