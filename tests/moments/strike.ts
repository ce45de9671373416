// Lets a moment happen to a process, and takes it back.

import type { TestAgent } from "../helpers/agent.ts";
import { hasEnded } from "../helpers/has_ended.ts";
import { processesOf } from "../helpers/roles.ts";
import { emptyDisk, fillDisk } from "./full_disk.ts";
import type { MemoryCgroup } from "./memory_cgroup.ts";
import type { Moment } from "./moment.ts";
import { type Squeezed, squeezeDescriptors, squeezeMemory } from "./squeeze.ts";

/** Whom it can happen to. */
export interface Targets {
  readonly agent: TestAgent;
  /** Pid of the client process. */
  readonly client: number;
  /** The agent's cgroup; null where none could be made. */
  readonly memory: MemoryCgroup | null;
}

/** What happened. */
export interface Struck {
  readonly pid: number;
  /** Ends what lasts. */
  undo(): Promise<void> | void;
}

/** Lets it happen. Null where there was no such process, or nothing to take from it. */
export async function strike(moment: Moment, targets: Targets): Promise<Struck | null> {
  const pid = await victimOf(moment, targets);
  if (pid === null) return null;
  try {
    return await happen(moment, pid, targets);
  } catch (error) {
    // It ended by itself just before.
    if (!hasEnded(error)) throw error;
    return null;
  }
}

/** A process of the role, as soon as there is one. */
async function victimOf({ victim, random }: Moment, targets: Targets): Promise<number | null> {
  if (victim === "agent") return targets.agent.pid;
  if (victim === "client") return targets.client;
  for (let tries = 0; tries < 200; tries++) {
    const found = processesOf(targets.agent.pid, victim);
    if (found.length > 0) return random.one(found);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return null;
}

async function happen(moment: Moment, pid: number, targets: Targets): Promise<Struck | null> {
  const { victim, kind, room } = moment;
  const { agent, memory } = targets;
  switch (kind) {
    case "kill":
      if (victim === "agent") agent.kill("SIGKILL");
      else Deno.kill(pid, "SIGKILL");
      return { pid, undo() {} };
    case "stop":
      Deno.kill(pid, "SIGSTOP");
      return { pid, undo: () => carryOn(pid) };
    case "descriptors":
      return squeezed(pid, squeezeDescriptors(pid, room));
    case "memory": {
      if (victim !== "agent") return squeezed(pid, squeezeMemory(pid, room));
      // A runtime that gets no memory aborts: the agent's is made short by its cgroup instead.
      if (memory === null) return null;
      memory.squeeze(room * 64 * 1024);
      return { pid, undo: () => memory.release() };
    }
    case "disk": {
      const keepers = victim === "agent" ? processesOf(agent.pid, "keeper") : [pid];
      await Promise.all(keepers.map(fillDisk));
      return { pid, undo: () => keepers.forEach(emptyDisk) };
    }
  }
}

function squeezed(pid: number, it: Squeezed | null): Struck | null {
  return it === null ? null : { pid, undo: () => it.release() };
}

function carryOn(pid: number): void {
  try {
    Deno.kill(pid, "SIGCONT");
  } catch {
    // It was ended while it stood.
  }
}
