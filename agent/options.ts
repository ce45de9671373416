// The agent's command line.

import { parseArgs } from "node:util";
import { VMADDR_CID_HOST } from "../linux/constants.ts";

/** Where the agent listens. */
export type ListenAddress =
  | { readonly kind: "vsock"; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

/** What the command line asked for. */
export interface Options {
  readonly listen?: ListenAddress;
  readonly ready?: { readonly cid: number; readonly port: number };
  /** Context ids that may connect: the host's (vsock(7)), and those that were named. */
  readonly allowCids: readonly number[];
  /** Layers that may be missing, and are left off. */
  readonly without: readonly string[];
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
                       agent-seccomp, agent-drop
  --check              print every hardening layer, on or off and why; exit 0 only if all that are
                       required are there
  --version            print version, build and policy
  --help               print this
`;

/**
 * Reads the command line.
 *
 * @throws Error that names the option.
 */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      listen: { type: "string" },
      ready: { type: "string" },
      "allow-cid": { type: "string", multiple: true },
      without: { type: "string", multiple: true },
      check: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
      version: { type: "boolean", default: false },
    },
  });
  const list = (texts: readonly string[] = []) =>
    texts.flatMap((text) => text.split(",")).filter((text) => text !== "");
  return {
    listen: values.listen === undefined ? undefined : parseListen(values.listen),
    ready: values.ready === undefined ? undefined : parseReady(values.ready),
    allowCids: [
      VMADDR_CID_HOST,
      ...list(values["allow-cid"]).map((text) => number(text, "--allow-cid")),
    ],
    without: list(values.without),
    check: values.check,
    help: values.help,
    version: values.version,
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
