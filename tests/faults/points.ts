// The points at which something can go wrong in a scenario, and what can go wrong at each.

import { E } from "../../linux/errno.ts";
import errnos from "./errnos.json" with { type: "json" };
import type { Act, Fault, Seen } from "./fault.ts";

/** The manual calls them by another name. */
const pages: Readonly<Record<string, string>> = {
  capability: "capget",
  prctl_buffer: "prctl",
  ioctl_value: "ioctl",
};

/** Errors that any call may give, whatever its page says: a signal, and memory. */
const always = ["EINTR", "ENOMEM"];

/** A fault and what it is called. */
export interface NamedFault {
  readonly fault: Fault;
  readonly name: string;
}

/** How many times the same program, and the same call, are made to fail. */
const PROGRAM_TIMES = 2;
const CALL_TIMES = 12;

const DELAY_MS = 1000;

const halved = new Set(["read", "write", "getdents64"]);
const halvedOfAgent = new Set(["read", "write", "send"]);

/** The errors that a call may give, by name. */
export function errorsOf(call: string): string[] {
  const listed = (errnos as Record<string, string[]>)[pages[call] ?? call] ?? [];
  return [...new Set([...listed, ...always])];
}

/** Whether no kernel would say that: a pipe that has a reader does not say EPIPE. */
export function isUnreal(call: string, errno: string): boolean {
  return call === "write" && errno === "EPIPE";
}

/**
 * Whether a row cannot end so. close(2) closes whatever it says. What is said of a name in a
 * directory that was just read is taken for the truth: it has gone, or is another thing.
 */
function isUnrealInRow(call: string, act: string): boolean {
  if (call === "close") return act.startsWith("E");
  if (call === "openat2") return ["ENOENT", "ENOTDIR", "ELOOP", "EACCES"].includes(act);
  return (call === "statx" || call === "getdents64") && act === "ENOENT";
}

/** All that can go wrong with a call. */
function actsOf(call: string, canBeShort: ReadonlySet<string>): Act[] {
  const acts: Act[] = errorsOf(call).map((name) => ({
    kind: "errno",
    errno: E[name as keyof typeof E],
  }));
  if (canBeShort.has(call)) acts.push({ kind: "short" });
  acts.push({ kind: "delay", ms: DELAY_MS }, { kind: "kill" });
  return acts;
}

function nameOf(act: Act): string {
  if (act.kind !== "errno") return act.kind;
  return Object.entries(E).find(([, number]) => number === act.errno)?.[0] ?? `${act.errno}`;
}

/** Every fault of what was seen. */
export function faultsOf(seen: Seen): NamedFault[] {
  return [...launcherFaults(seen), ...agentFaults(seen)];
}

/** Faults in the rows of launchers' programs. Of rows with the same name the first and the last. */
export function launcherFaults(seen: Seen): NamedFault[] {
  const found: NamedFault[] = [];
  for (const { id, steps, times } of seen.programs) {
    for (const [row, { name, call }] of steps.entries()) {
      if (call === "end" || call === "exit_group") continue;
      const same = steps.flatMap((step, at) =>
        step.name === name && step.call === call ? [at] : []
      );
      if (row !== same[0] && row !== same.at(-1)) continue;
      for (let nth = 1; nth <= Math.min(times, PROGRAM_TIMES); nth++) {
        for (const act of actsOf(call, halved)) {
          if (isUnrealInRow(call, nameOf(act))) continue;
          const fault: Fault = { point: { by: "launcher", program: id, row, nth }, act };
          found.push({
            fault,
            name: `${steps[0].name} > ${name} #${nth} (${call}): ${nameOf(act)}`,
          });
        }
      }
    }
  }
  return found;
}

/** Faults in the agent's own calls. */
export function agentFaults(seen: Seen): NamedFault[] {
  const found: NamedFault[] = [];
  for (const [call, times] of Object.entries(seen.calls)) {
    for (let nth = 1; nth <= Math.min(times, CALL_TIMES); nth++) {
      for (const act of actsOf(call, halvedOfAgent)) {
        if (isUnreal(call, nameOf(act))) continue;
        found.push({
          fault: { point: { by: "agent", call, nth }, act },
          name: `agent ${call} #${nth}: ${nameOf(act)}`,
        });
      }
    }
  }
  return found;
}
