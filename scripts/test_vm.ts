// `deno task test:vm`: builds an image, boots it, and runs the scenarios from the host over
// AF_VSOCK.
//
// The guest is QEMU's, emulated; its kernel is Debian's; the agent is PID 1. `--arch aarch64` does
// the same for the other processor. Earlier builds are reused. The console output is kept if
// anything fails.

import { parseArgs } from "node:util";
import { findProgram } from "./tools/command.ts";
import { cacheDirectory } from "./tools/paths.ts";
import { TemporaryDirectory } from "./tools/temporary_directory.ts";
import { guestPrerequisites, prepare } from "./gate/prerequisites.ts";
import { type Guest, type GuestOptions, startGuest } from "../image/guest.ts";
import { languageContents, languageNamed } from "../image/packages/languages.ts";
import { qemuProgram } from "../image/qemu.ts";
import { dangerousScenario } from "../tests/vm/scenarios/dangerous_scenario.ts";
import { Attempts } from "../tests/vm/scenarios/attempts.ts";
import { tryHostMachines } from "../tests/vm/scenarios/host_machine.ts";
import { imageScenarios } from "../tests/vm/scenarios/image_scenarios.ts";
import { diskBoot } from "../tests/vm/scenarios/disk_boot.ts";
import { kernelAgreement } from "../tests/vm/scenarios/kernel_agreement.ts";
import { languageScenarios } from "../tests/vm/scenarios/language_scenarios.ts";
import { loopback, loopbackScenarios } from "../tests/vm/scenarios/loopback.ts";
import { addBeside, observed, observer, observerInit } from "../tests/vm/guest/observer.ts";
import { ctrlAltDel, ctrlAltDelPort } from "../tests/vm/scenarios/power_off.ts";
import { tryLanguages } from "../tests/vm/guest/language_guest.ts";
import { rootProbe } from "../tests/vm/guest/probe.ts";
import { resume } from "../tests/vm/scenarios/resume.ts";
import { processorsOf } from "../tests/vm/guest/stuck_guest.ts";
import type { Scenario } from "../tests/vm/guest/scenario.ts";
import { scenarios } from "../tests/vm/scenarios/scenarios.ts";
import { testImage } from "../tests/vm/guest/test_image.ts";
import { within } from "../tests/vm/guest/timed.ts";

type Arch = "x86_64" | "aarch64";

const LIMIT_MS = 300_000;
const READY_PORT = 7000;

/** How long one scenario may take. Builds take longer. */
const SCENARIO_MS = { usual: 60_000, languages: 300_000 };

/**
 * Waits for the agent's line on the port that `sallyport.ready` names. Returns the time since
 * `start`.
 */
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

/**
 * The machine of each guest. aarch64 has two languages more and needs more memory, because the
 * initramfs is in memory.
 */
const machines = {
  x86_64: { machine: "q35", memoryMib: 768 },
  aarch64: { machine: "virt", memoryMib: 1024 },
} as const;

async function run(
  attempts: Attempts,
  arch: Arch,
  filter: string,
  directory: string,
): Promise<void> {
  const began = performance.now();
  const image = await testImage(arch);
  console.log(`${arch}, ${image.form}: built in ${seconds(performance.now() - began)}`);
  const ofImage = arch === Deno.build.arch ? imageScenarios(image, arch) : [];
  for (const { name, run } of ofImage.filter(({ name }) => name.includes(filter))) {
    await attempts.run(name, run);
  }
  if (arch === Deno.build.arch) {
    await tryHostMachines(attempts, image, `${directory}/host`, filter);
  }
  const initrd = `${directory}/guest.cpio`;
  // A unit test already asks this machine's own kernel.
  const asked = arch === Deno.build.arch ? null : await kernelAgreement(arch, directory);
  const beside = [observer(arch === "x86_64" ? undefined : ctrlAltDelPort), rootProbe, loopback()];
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
      // Turns off the kernel's tests of its ciphers: under emulation they can take half a minute.
      "cryptomgr.notests",
    ],
  };
  const start = performance.now();
  using listener = Deno.listen({ transport: "unix", path: `${directory}/host.sock_${READY_PORT}` });
  await using guest = await startGuest(options);
  const watchdog = setTimeout(() => guest.qemu.kill("SIGKILL"), LIMIT_MS);
  try {
    if (
      !await attempts.run("the guest boots and says that it is ready", async () => {
        const readyMs = await untilReady(listener, guest, start);
        console.log(`ready after ${seconds(readyMs)} from QEMU's start`);
      })
    ) {
      for (const line of await within(5000, "its processors", processorsOf(guest))) {
        console.log(`        ${line}`);
      }
      return;
    }
    const stage = { target: guest.target(5000), arch };
    const all: Scenario[] = [
      ...observed(guest, image.agentProgram),
      ...loopbackScenarios(guest),
      ...asked === null ? [] : [...asked.scenarios(guest), dangerousScenario(directory)],
      ...languageScenarios(image.languages, 30_000),
      ...scenarios,
      ...resume(guest, options),
      diskBoot(options, image),
    ];
    for (const { name, run } of all.filter(({ name }) => name.includes(filter))) {
      await attempts.run(name, () => run(stage));
    }
    await attempts.run("Ctrl-Alt-Del powers the guest off", () => ctrlAltDel(guest));
  } finally {
    clearTimeout(watchdog);
    if (attempts.failed > 0) {
      await Deno.writeTextFile(`${cacheDirectory}/vm-console.log`, guest.console);
      console.log(`console kept in ${cacheDirectory}/vm-console.log`);
    }
  }
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

const usage = `Usage: deno task test:vm [--arch ARCH] [--languages LIST] [TEXT]

  --arch ARCH       x86_64 (default) or aarch64
  --languages LIST  a guest with these languages, or "all", instead: a program and two memory bombs
                    in each, and what needs a compiler
  TEXT              only scenarios whose name contains it`;

function parse(): { arch: Arch; filter: string; languages?: string[] } | undefined {
  const { values, positionals } = parseArgs({
    args: Deno.args,
    options: {
      arch: { type: "string", default: "x86_64" },
      languages: { type: "string" },
      help: { type: "boolean", default: false },
    },
    allowPositionals: true,
  });
  if (values.help) return void console.log(usage);
  const { arch } = values;
  if (arch !== "x86_64" && arch !== "aarch64") {
    throw new Error(`Cannot use "--arch ${arch}": it is x86_64 or aarch64`);
  }
  const all = Object.keys(languageContents);
  const languages = values.languages === "all" ? all : values.languages?.split(",");
  languages?.forEach(languageNamed);
  return { arch, filter: positionals[0] ?? "", languages };
}

async function main(): Promise<void> {
  const asked = parse();
  if (asked === undefined) return;
  const { arch, filter, languages } = asked;
  const attempts = new Attempts(languages ? SCENARIO_MS.languages : SCENARIO_MS.usual);
  await prepare(true, guestPrerequisites[arch]);
  const missing = [qemuProgram(arch), "dpkg-deb", "apt-get"].filter((name) =>
    findProgram(name) === null
  );
  if (missing.length > 0) {
    attempts.skip("test:vm", `no ${missing.join(", ")} on this machine`);
    console.log(attempts.totals);
    return;
  }
  const start = performance.now();
  {
    await using directory = await TemporaryDirectory.make("sallyport-vm-");
    try {
      if (languages) await tryLanguages(attempts, arch, languages, filter, directory.path);
      else await run(attempts, arch, filter, directory.path);
    } catch (error) {
      attempts.fail(error);
    }
  }
  console.log(`took ${seconds(performance.now() - start)}`);
  console.log(attempts.totals);
  Deno.exit(attempts.failed === 0 ? 0 : 1);
}

if (import.meta.main) await main();
