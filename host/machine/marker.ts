// The file in a machine's directory that says who started it and which processes belong to it.
//
// When a host dies, its machines' directories stay. This file lets a later host tell them from those
// of living ones, and end what they left running, and nothing else.

import { identityOf, isAlive, type ProcessIdentity } from "./processes.ts";

/** What the file says. */
export interface Marker {
  /** The kernel's boot id: pids and starts of another boot mean nothing. */
  readonly boot: string;
  /** The process that started the machine. */
  readonly host: ProcessIdentity;
  /** The machine's processes, without those that they made. */
  readonly processes: readonly ProcessIdentity[];
  /** The machine's own cgroup. */
  readonly cgroup?: string;
}

const NAME = "machine.json";

/** The id of this boot of the kernel (random(4)). */
export function bootId(): string {
  return Deno.readTextFileSync("/proc/sys/kernel/random/boot_id").trim();
}

/** A marker of this process, for a machine that has none yet. */
export function newMarker(): Marker {
  return { boot: bootId(), host: identityOf()!, processes: [] };
}

/** Writes the marker whole: who reads it sees the old one or the new one. */
export async function writeMarker(directory: string, marker: Marker): Promise<void> {
  const path = `${directory}/${NAME}`;
  await Deno.writeTextFile(`${path}.new`, JSON.stringify(marker) + "\n", { mode: 0o600 });
  await Deno.rename(`${path}.new`, path);
}

/** Reads the marker of a directory; null if there is none that can be read. */
export async function readMarker(directory: string): Promise<Marker | null> {
  try {
    const marker = JSON.parse(await Deno.readTextFile(`${directory}/${NAME}`));
    return isMarker(marker) ? marker : null;
  } catch {
    return null;
  }
}

/** Whether the process that wrote the marker is alive. */
export function hostLives({ boot, host }: Marker): boolean {
  return boot === bootId() && isAlive(host);
}

function isMarker(value: unknown): value is Marker {
  const { boot, host, processes, cgroup } = (value ?? {}) as Record<string, unknown>;
  return typeof boot === "string" && isIdentity(host) &&
    Array.isArray(processes) && processes.every(isIdentity) &&
    (cgroup === undefined || typeof cgroup === "string");
}

function isIdentity(value: unknown): value is ProcessIdentity {
  const { pid, start } = (value ?? {}) as Record<string, unknown>;
  return Number.isInteger(pid) && Number.isInteger(start) && (pid as number) > 1;
}
