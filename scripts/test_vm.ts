// `deno task test:vm`: builds an image, boots it, and runs the scenarios from the host over AF_VSOCK.
//
// The guest is QEMU's, emulated unless KVM works; its kernel is Debian's; the agent is the compiled one, as PID 1. What
// was built before is used again. The console is kept when anything fails.

import { findProgram } from "./build/command.ts";
import { ensureAgent } from "./build/ensure_agent.ts";
import { cacheDirectory } from "./build/paths.ts";
import { guestPrerequisites, prepare } from "./gate/prerequisites.ts";
import { buildImage, imageKey } from "./image/build_image.ts";
import { type Guest, type GuestOptions, startGuest } from "./image/guest.ts";
import { debianKernel } from "./image/kernel.ts";
import { qemuProgram } from "./image/qemu.ts";
import { addObserver, observed, observerInit } from "../tests/vm/observer.ts";
import { resume } from "../tests/vm/resume.ts";
import { type Scenario, Skip } from "../tests/vm/scenario.ts";
import { scenarios } from "../tests/vm/scenarios.ts";
import { within } from "../tests/vm/timed.ts";

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

/** The image for what there is now, from the cache if it was built before. */
async function image(): Promise<{ kernel: string; initrd: string }> {
  const agent = await ensureAgent("x86_64");
  const kernel = await debianKernel("x86_64");
  const content = {
    arch: "x86_64" as const,
    agent: agent.path,
    languages: ["python", "sh", "perl"],
    kernel,
  };
  const directory = `${cacheDirectory}/vm`;
  const name = `guest-${await imageKey(content)}`;
  const initrd = `${directory}/${name}.cpio`;
  if (!await Deno.stat(`${directory}/${name}.manifest`).then(() => true, () => false)) {
    await Deno.remove(directory, { recursive: true }).catch(() => {});
    await buildImage(content, directory, name);
  }
  return { kernel: kernel.image, initrd };
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

async function run(directory: string): Promise<void> {
  const began = performance.now();
  const built = await image();
  console.log(`built in ${seconds(performance.now() - began)}`);
  await addObserver(built.initrd, `${directory}/guest.cpio`);
  built.initrd = `${directory}/guest.cpio`;
  const options: GuestOptions = {
    ...{
      arch: "x86_64",
      machine: "q35",
      kvm: false,
      memoryMib: 768,
      processors: 2,
      directory,
      cid: 3,
    },
    ...built,
    backend: true,
    options: [`sallyport.ready=vsock:2:${READY_PORT}`, `rdinit=${observerInit}`],
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
    const stage = { target: guest.target(5000) };
    const all: Scenario[] = [...observed(guest), ...scenarios, ...resume(guest, options)];
    const filter = Deno.args[0] ?? ""; // one argument: only scenarios whose name contains it
    for (const { name, run } of all.filter(({ name }) => name.includes(filter))) {
      await attempt(name, () => run(stage));
    }
    await attempt("Ctrl-Alt-Del from the monitor powers the guest off", async () => {
      using monitor = await guest.qmp();
      const keys = ["ctrl", "alt", "delete"].map((data) => ({ type: "qcode", data }));
      await monitor.run("send-key", { keys });
      const { code } = await within(15_000, "the guest's end", guest.ended);
      if (code !== 0 || !guest.console.includes("Power down")) {
        throw new Error(`QEMU ended with ${code}`);
      }
    });
  } finally {
    clearTimeout(watchdog);
    if (failed > 0) {
      await Deno.writeTextFile(`${cacheDirectory}/vm-console.log`, guest.console);
      console.log(`console kept in ${cacheDirectory}/vm-console.log`);
    }
  }
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

async function main(): Promise<void> {
  await prepare(true, guestPrerequisites);
  const missing = [qemuProgram("x86_64"), "dpkg-deb", "apt-get"].filter((name) =>
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
    await run(directory);
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
