// The arguments of `deno task host serve`, and which of them may not go together.

import { parseArgs } from "node:util";
import type { HostMachinesOptions } from "../pool/host_machines.ts";
import type { Recycling } from "../pool/recycling.ts";
import type { Address } from "./http_server.ts";

export const serveUsage = `Usage: deno task host serve --listen unix:PATH|ADDRESS:PORT [OPTION…]

  --listen unix:PATH    a Unix socket, for its owner only
  --listen ADDRESS:PORT an address; needs --tokens, or --open on the loopback
  --tokens FILE         who may ask (deno task host token); read again at SIGHUP
  --open                anybody who can reach the loopback may ask
  --machines N          how many; 1
  --recycling HOW       fresh (a new machine for each run), restored, never, or a number of runs
  --waiting N           how many runs may wait; 100
  --grace SECONDS       how long runs may go on after SIGTERM; 30
  --root DIRECTORY      where machines live; /run/sallyport, or in $XDG_RUNTIME_DIR
  --monitor NAME        process, qemu, firecracker or cloud_hypervisor; process
  --kernel FILE, --initrd FILE, --disk FILE
                        what a guest boots
  --memory-mib N, --cpus N
                        of each machine; 512 and 1`;

/** What was asked for. */
export interface ServeArguments {
  readonly address: Address;
  /** The file of tokens; null where anybody may ask. */
  readonly tokens: string | null;
  readonly size: number;
  readonly recycling: Recycling;
  readonly waiting: number;
  readonly graceMs: number;
  readonly machines: HostMachinesOptions;
}

const options = {
  listen: { type: "string" },
  tokens: { type: "string" },
  open: { type: "boolean", default: false },
  machines: { type: "string", default: "1" },
  recycling: { type: "string", default: "fresh" },
  waiting: { type: "string", default: "100" },
  grace: { type: "string", default: "30" },
  root: { type: "string" },
  monitor: { type: "string", default: "process" },
  kernel: { type: "string" },
  initrd: { type: "string" },
  disk: { type: "string" },
  "memory-mib": { type: "string", default: "512" },
  cpus: { type: "string", default: "1" },
} as const;

/** @throws TypeError that says what cannot be */
export function parseServeArguments(
  args: readonly string[],
  env: { readonly uid: number | null; readonly runtimeDirectory: string | undefined },
): ServeArguments {
  const { values } = parseArgs({ args: [...args], options });
  if (values.listen === undefined) throw new TypeError("Say where to listen, with --listen");
  const address = addressOf(values.listen);
  const local = "path" in address || isLoopback(address.hostname);
  if (values.tokens === undefined && !("path" in address) && !(values.open && local)) {
    throw new TypeError(
      local
        ? "Without --tokens anybody on this host may run programs: say --open if they may"
        : "Only a Unix socket or the loopback can be served without --tokens",
    );
  }
  if (values.tokens !== undefined && values.open) {
    throw new TypeError("Say --tokens or --open, not both");
  }
  const { kernel, initrd, disk } = values;
  const root = values.root ?? rootOf(env);
  return {
    address,
    tokens: values.tokens ?? null,
    size: number("machines", values.machines, 1),
    recycling: recyclingOf(values.recycling),
    waiting: number("waiting", values.waiting, 0),
    graceMs: number("grace", values.grace, 0) * 1000,
    machines: {
      root,
      monitor: values.monitor as HostMachinesOptions["monitor"], // its options are checked there
      image: kernel === undefined ? {} : {
        kernel,
        ...initrd === undefined ? {} : { initrd },
        ...disk === undefined ? {} : { disk },
      },
      memoryMib: number("memory-mib", values["memory-mib"], 1),
      cpus: number("cpus", values.cpus, 1),
    },
  };
}

function addressOf(text: string): Address {
  if (text.startsWith("unix:") && text.length > 5) return { path: text.slice(5) };
  const [, hostname, port] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  if (hostname === undefined || Number(port) > 65_535) {
    throw new TypeError(`Cannot listen on "${text}": say unix:PATH or ADDRESS:PORT`);
  }
  return { hostname: hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(port) };
}

/** Whether nobody but this host reaches an address. A name could be anything's. */
function isLoopback(hostname: string): boolean {
  return hostname === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);
}

function recyclingOf(text: string): Recycling {
  if (text === "fresh" || text === "restored" || text === "never") return text;
  return { afterRuns: number("recycling", text, 1) };
}

function number(name: string, text: string, min: number): number {
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= min) return value;
  throw new TypeError(`Cannot take --${name} ${text}: it must be a whole number from ${min}`);
}

function rootOf({ uid, runtimeDirectory }: Parameters<typeof parseServeArguments>[1]): string {
  if (uid === 0) return "/run/sallyport";
  if (runtimeDirectory !== undefined) return `${runtimeDirectory}/sallyport`;
  throw new TypeError("Say where machines live, with --root");
}
