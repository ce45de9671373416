// Turns the answers of every syscall number into lines of the census: which call reaches the
// kernel, and which is refused without the agent being notified.
//
// Nearly all numbers are refused and notified. They have no line, so a call that was added to a
// profile is a new line.

import { type Arch, syscallName } from "../../linux/syscall_numbers.ts";
import type { Result } from "../../controller/run.ts";

const EPERM = 1, ENOSYS = 38;

/** The lines for what the walker printed: "call NUMBER ANSWER ANSWER". */
export function callLines(
  lines: readonly string[],
  arch: Arch,
  denied: Result["denied"],
): string[] {
  const notified = new Set(denied.map(({ syscall }) => syscall));
  return lines.flatMap((line) => {
    const [, number, ...answers] = line.split(" ");
    const name = syscallName(arch, Number(number));
    const each = answers.map((answer) => verdict(Number(answer), notified.has(name)));
    if (each.every((word) => word === "notified")) return [];
    const known = name.includes(" ") ? "newer than the tables" : name;
    // One of the arguments decides: policy/generated tells which.
    if (each.includes("allowed")) {
      return [`syscall ${known} allowed${each[0] === each[1] ? "" : ", by its arguments"}`];
    }
    return [`syscall ${known} refused silently: ${[...new Set(each)].join(" and ")}`];
  });
}

function verdict(answer: number, notified: boolean): string {
  if (answer === -EPERM) return notified ? "notified" : "EPERM";
  if (answer === -ENOSYS) return "ENOSYS";
  return "allowed";
}
