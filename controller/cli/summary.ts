// A result, in words for a person.
//
// Pure: from a result to lines.

import type { ResultReply } from "../../protocol/protocol.ts";
import { formatDuration, formatSize } from "./quantities.ts";

/** How a run, or a build, ended. */
export type Ended =
  & Pick<ResultReply, "status" | "exit_code" | "signal" | "limit">
  & Pick<ResultReply, "step" | "errno">;

/**
 * How a run ended, in a few words: "exited with 0", "ended by SIGSEGV", "stopped at its limit:
 * memory".
 */
export function outcome(result: Ended & Pick<ResultReply, "build">): string {
  switch (result.status) {
    case "exited":
      return `exited with ${result.exit_code}`;
    case "signaled":
      return `ended by ${result.signal}`;
    case "timeout":
      return "stopped: it ran out of time";
    case "limit":
      return `stopped at its limit: ${result.limit}`;
    case "cancelled":
      return "cancelled";
    case "build":
      return `not run: its build ${outcome(result.build!)}`;
    case "failed":
      return `not started: ${result.step ?? "unknown step"}: ${result.errno ?? "unknown error"}`;
  }
}

/** What a run used, for `--summary`. */
export function summary(result: ResultReply): string[] {
  const lines = [
    `${outcome(result)} after ${formatDuration(result.wall_ms)}`,
    `cpu     ${formatDuration(result.cpu_user_ms)} user, ${
      formatDuration(result.cpu_system_ms)
    } system`,
    `memory  ${formatSize(result.memory_peak_bytes)} peak (${result.memory_source})`,
    `output  ${stream("stdout", result.stdout)}, ${stream("stderr", result.stderr)}`,
  ];
  if (result.denied.length > 0) lines.push(`denied  ${deniedCalls(result)}`);
  const marks = Object.entries(result.timing)
    .map(([name, ms]) => `${name.replace(/_ms$/, "").replaceAll("_", " ")} ${formatDuration(ms)}`);
  if (marks.length > 0) lines.push(`timing  ${marks.join(", ")}`);
  return lines;
}

/**
 * What may be why a program failed, for a person who asked for no summary. Null for a program that
 * ended well: most do without what they are denied.
 */
export function deniedHint(result: ResultReply): string | null {
  if (result.denied.length === 0 || result.exit_code === 0) return null;
  return `denied: ${deniedCalls(result)}; a wider --profile may allow it, see \`info\``;
}

function deniedCalls({ denied, denied_more }: ResultReply): string {
  const calls = denied.map(({ syscall, count }) => `${syscall} (${count})`);
  return calls.join(", ") + (denied_more ? " and more" : "");
}

function stream(name: string, { total, dropped }: ResultReply["stdout"]): string {
  const lost = dropped === 0 ? "" : ` (${formatSize(dropped)} lost)`;
  return `${formatSize(total)} ${name}${lost}`;
}
