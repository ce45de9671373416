// The agent's command line.

import { VMADDR_CID_HOST } from "../../linux/constants.ts";
import { type ArgumentKind, readArguments } from "./arguments.ts";

/** Where the agent listens. */
export type ListenAddress =
  | { readonly kind: "vsock"; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

/**
 * What a person or a log is told when jobs can be run. The agent does not know the context id of its
 * machine, since asking would need a device.
 */
export function readyLine(address: ListenAddress): string {
  const target = address.kind === "vsock"
    ? `vsock:CID:${address.port}, with this machine's CID`
    : `unix:${address.path}`;
  return `sallyport: ready; a client reaches it with --target ${target}`;
}

/** What the command line asked for. */
export interface Options {
  readonly listen?: ListenAddress;
  readonly ready?: { readonly cid: number; readonly port: number };
  /** Context ids that may connect: the host's (vsock(7)) and those from --allow-cid. */
  readonly allowCids: readonly number[];
  /** Layers that may be missing, and stay off. */
  readonly without: readonly string[];
  /** Whether to print how long each step of the start took. */
  readonly times: boolean;
  readonly check: boolean;
  readonly help: boolean;
  readonly version: boolean;
}

/** What --help prints. */
export const helpText = `Usage: agent --listen vsock:PORT | --listen unix:PATH [options]

Runs untrusted code for a controller: hardened, one job at a time.

  --listen ADDRESS     vsock:PORT (any CID bound), or unix:PATH
  --allow-cid CID,...  context ids that may connect, beside the host's (2)
  --ready vsock:CID:PORT
                       connect there and send one line when jobs can be run
  --without LAYER,...  leave these hardening layers off; without it, start-up stops when a layer
                       that the policy requires is missing. Layers: ids, landlock, job-seccomp,
                       agent-seccomp, agent-drop, cgroup, view
  --times              when ready, print to standard error where the time of the start went
  --check              print every hardening layer, on or off and why; exit 0 only if all that are
                       required are there
  --version            print version, build and policy
  --help               print this
`;

const kinds: Readonly<Record<string, ArgumentKind>> = {
  listen: "text",
  ready: "text",
  "allow-cid": "text",
  without: "text",
  times: "flag",
  check: "flag",
  help: "flag",
  version: "flag",
};

/**
 * Reads the command line.
 *
 * @throws Error that names the option.
 */
export function parseOptions(args: readonly string[]): Options {
  const { flags, texts } = readArguments(args, kinds);
  const last = (name: string) => texts.get(name)?.at(-1);
  const list = (name: string) =>
    (texts.get(name) ?? []).flatMap((text) => text.split(",")).filter((text) => text !== "");
  const [listen, ready] = [last("listen"), last("ready")];
  return {
    listen: listen === undefined ? undefined : parseListen(listen),
    ready: ready === undefined ? undefined : parseReady(ready),
    allowCids: [VMADDR_CID_HOST, ...list("allow-cid").map((text) => number(text, "--allow-cid"))],
    without: list("without"),
    times: flags.has("times"),
    check: flags.has("check"),
    help: flags.has("help"),
    version: flags.has("version"),
  };
}

/** Reads "vsock:PORT" or "unix:PATH". */
export function parseListen(text: string): ListenAddress {
  const [kind, rest] = [text.slice(0, text.indexOf(":")), text.slice(text.indexOf(":") + 1)];
  if (kind === "vsock") return { kind, port: number(rest, "--listen") };
  if (kind === "unix" && rest !== "") return { kind, path: rest };
  throw new Error(`Cannot use --listen "${text}": it must be vsock:PORT or unix:PATH`);
}

/** Reads "vsock:CID:PORT". */
export function parseReady(text: string): { cid: number; port: number } {
  const [kind, cid, port, ...more] = text.split(":");
  if (kind !== "vsock" || port === undefined || more.length > 0) {
    throw new Error(`Cannot use --ready "${text}": it must be vsock:CID:PORT`);
  }
  return { cid: number(cid, "--ready"), port: number(port, "--ready") };
}

function number(text: string, option: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 0xfffffffe) {
    throw new Error(`Cannot use ${option} with "${text}": it must be a number up to 4294967294`);
  }
  return value;
}
