// A pool for a test, of `process` machines where nothing else is said, in a directory of its own, with
// all its events.

import assert from "node:assert/strict";
import type { Client } from "../../controller/client.ts";
import type { PoolEvent } from "../../host/pool/events.ts";
import { hostMachines, type HostMachinesOptions } from "../../host/pool/host_machines.ts";
import type { PoolOptions } from "../../host/pool/options.ts";
import { Pool } from "../../host/pool/pool.ts";
import { PoolError, type PoolErrorKind } from "../../host/pool/pool_error.ts";
import { agentCommand } from "../../scripts/tools/source_agent.ts";
import { leavesNothing } from "./leaves_nothing.ts";

/** A pool that is tried. */
export interface Stage {
  readonly pool: Pool;
  readonly events: PoolEvent[];
  /** The directory of all machines. */
  readonly root: string;
  /** The first process of a machine: of a `process` machine it is the agent. */
  agentOf(machine: string): number;
  /** All processes of a machine, in the order of their starts. */
  processesOf(machine: string): number[];
  /** The directory of a machine. */
  directoryOf(machine: string): string;
  /** Waits for an event. @throws Error after `limitMs`, 20 s when left out */
  happened<Type extends PoolEvent["type"]>(
    type: Type,
    which?: (event: Extract<PoolEvent, { type: Type }>) => boolean,
  ): Promise<Extract<PoolEvent, { type: Type }>>;
}

/** Options of the pool, and of its machines. */
export interface StageOptions extends Partial<PoolOptions<Client>> {
  readonly host?: Partial<HostMachinesOptions>;
  readonly limitMs?: number;
}

/** Runs `body` with a pool, closes it, and fails if it left a process or a file. */
export function staged(
  { limitMs, ...options }: StageOptions,
  body: (stage: Stage) => Promise<void>,
) {
  return leavesNothing(async (directory) => {
    const root = options.host?.root ?? `${directory}/machines`;
    const events: PoolEvent[] = [];
    const common = { monitor: "process", memoryMib: 512, cpus: 1, readyMs: 20_000 } as const;
    const image = { agent: agentCommand() };
    const machines = hostMachines({ ...common, image, root, ...options.host });
    {
      await using pool = new Pool<Client>({
        ...{ machines, size: 1, recycling: "never" },
        ...options,
        onEvent: (event) => events.push(event),
      });
      await body({
        pool,
        events,
        root,
        agentOf: (machine) => processesOf(directoryOf(root, machine))[0],
        processesOf: (machine) => processesOf(directoryOf(root, machine)),
        directoryOf: (machine) => directoryOf(root, machine),
        happened: (type, which) => happened(events, type, which, limitMs),
      });
    }
    const left = await Array.fromAsync(Deno.readDir(root), ({ name }) => name);
    assert.deepEqual(left, [], "directories are left");
  });
}

function directoryOf(root: string, machine: string): string {
  for (const { name } of Deno.readDirSync(root)) {
    if (name.endsWith(`-${machine}`)) return `${root}/${name}`;
  }
  throw new Error(`There is no machine ${machine}`);
}

function processesOf(directory: string): number[] {
  const { processes } = JSON.parse(Deno.readTextFileSync(`${directory}/machine.json`));
  return processes.map(({ pid }: { pid: number }) => pid);
}

async function happened<Type extends PoolEvent["type"]>(
  events: readonly PoolEvent[],
  type: Type,
  which: (event: Extract<PoolEvent, { type: Type }>) => boolean = () => true,
  limitMs = 20_000,
) {
  for (const end = performance.now() + limitMs; performance.now() < end;) {
    const found = events.find((event) => event.type === type && which(event as never));
    if (found !== undefined) return found as Extract<PoolEvent, { type: Type }>;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`There was no "${type}": ${JSON.stringify(events)}`);
}

/** A check of an error, for `assert.rejects`. */
export function refuses(kind: PoolErrorKind, began = "no", said = /./) {
  return (error: unknown): true => {
    assert.ok(error instanceof PoolError, String(error));
    assert.deepEqual([error.kind, error.began], [kind, began], error.message);
    assert.match(error.message, said);
    return true;
  };
}

/** A program of the shell. */
export const sh = (code: string) => ({ language: "sh", code });

/** What a run printed. */
export const printed = ({ output }: { output: { stdout: Uint8Array } }) =>
  new TextDecoder().decode(output.stdout).trim();
