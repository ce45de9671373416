// A pool of QEMU's guests for one scenario, with a second way to command each guest's monitor.
//
// A machine keeps its monitor's command socket for itself, so the guests' program is a script that
// gives QEMU another one. What is done over it, no job in a guest can do.

import { Qmp } from "../../../image/qmp.ts";
import type { HostMachinesOptions } from "../../../host/pool/host_machines.ts";
import { qemuProgram } from "../../../image/qemu.ts";
import { type Stage, staged, type StageOptions } from "../../host/pool_stage.ts";
import type { TestImage } from "../guest/test_image.ts";

/** How long a guest may take to be ready, emulated, beside whatever else runs. */
export const READY_MS = 180_000;
/** Likewise a machine's sign of life. */
const health = { everyMs: 1000, answerMs: 15_000 };

/** What is tried with such a pool. */
export interface GuestStage extends Stage {
  /** Connects to the second command socket of a machine's monitor. */
  monitorOf(machine: string): Promise<Qmp>;
  /** QEMU's process of a machine. */
  qemuOf(machine: string): number;
}

/** A job's program with as much time as the policy allows. */
export const slow = (code: string) => ({
  ...{ language: "sh", code, timeout_ms: 30_000, limits: { cpu_ms: 30_000 } },
});

/** The image as a machine takes it, and the memory that it needs. */
export function guestOf({ kernel, initrd, disk, diskInitrd }: TestImage, words: string[] = []) {
  const form = disk === undefined ? { initrd } : { initrd: diskInitrd, disk };
  return {
    image: { kernel, ...form, options: ["cryptomgr.notests", ...words] },
    memoryMib: disk === undefined ? 768 : 384,
  };
}

/** Runs `body` with a pool of one guest, closes it, and fails if something of it is left. */
export async function withGuests(
  host: Partial<HostMachinesOptions>,
  options: Omit<StageOptions, "host">,
  body: (stage: GuestStage) => Promise<void>,
): Promise<void> {
  const tools = await Deno.makeTempDir({ prefix: "sp-guests-" });
  try {
    const program = `${tools}/qemu`;
    const line = `exec ${
      qemuProgram(Deno.build.arch)
    } "$@" -qmp unix:second.sock,server=on,wait=off`;
    await Deno.writeTextFile(program, `#!/bin/sh\n${line}\n`, { mode: 0o755 });
    const machine = {
      monitor: "qemu",
      program,
      qemu: { accel: "tcg" },
      readyMs: READY_MS,
    } as const;
    await staged(
      { health, limitMs: READY_MS, ...options, host: { ...machine, ...host } },
      (stage) =>
        body({
          ...stage,
          monitorOf: (name) => Qmp.connect(`${stage.directoryOf(name)}/run/second.sock`),
          qemuOf: (name) => stage.processesOf(name).at(-1)!,
        }),
    );
  } finally {
    await Deno.remove(tools, { recursive: true });
  }
}
