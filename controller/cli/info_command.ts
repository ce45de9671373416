// `sallyport info`, `ping` and `reset`: what is at the other end, and a fresh start for it.

import type { InfoReply } from "../../protocol/protocol.ts";
import { connect } from "../client.ts";
import { answered } from "./answered.ts";
import { formatDuration, formatSize } from "./quantities.ts";

/** Prints what the agent is, offers and enforces. */
export async function infoCommand(target: string, json: boolean): Promise<number> {
  await using client = await connect(target);
  const { type: _, id: _id, ...info } = await answered(client, client.info());
  console.log(json ? JSON.stringify(info) : describeInfo(info).join("\n"));
  return 0;
}

/** Prints how long a sign of life took. */
export async function pingCommand(target: string): Promise<number> {
  await using client = await connect(target);
  console.log(`pong after ${formatDuration(await answered(client, client.ping()))}`);
  return 0;
}

/**
 * Has the prepared sandbox thrown away; after a snapshot was restored, clock and randomness too.
 */
export async function resetCommand(target: string, restored: boolean): Promise<number> {
  await using client = await connect(target);
  await client.reset({ restored });
  return 0;
}

/** An `info` for a person. */
export function describeInfo(info: Omit<InfoReply, "type" | "id">): string[] {
  const lines = [`agent ${info.agent}, protocol ${info.protocol}`, "languages:"];
  for (const { name, level, profiles, warm } of info.languages) {
    lines.push(`  ${name.padEnd(20)}${level.padEnd(8)}${profiles.join(", ")}`);
    if (warm === undefined) continue;
    const cost = `${formatSize(warm.memory_bytes)}, ${formatDuration(warm.cpu_ms)} of CPU time`;
    const missing = warm.missing.length === 0 ? "" : `; not found: ${warm.missing.join(", ")}`;
    lines.push(`${"".padEnd(22)}while it waits: ${cost}${missing}`);
  }
  if (info.prepared !== undefined) lines.push(`sandboxes ready ahead: ${preparedText(info)}`);
  lines.push("limits:");
  for (const [name, limit] of Object.entries(info.limits)) {
    const value = typeof limit === "number"
      ? quantity(name, limit)
      : `${quantity(name, limit.default)}, at most ${quantity(name, limit.max)}`;
    lines.push(`  ${name.replace(/_(ms|bytes)$/, "").replaceAll("_", " ").padEnd(20)}${value}`);
  }
  lines.push("hardening:");
  for (const { layer, on, why } of info.hardening) {
    lines.push(`  ${layer.padEnd(20)}${on ? "on" : "off"}${why === undefined ? "" : `: ${why}`}`);
  }
  return lines;
}

function preparedText(
  { prepared, prepared_each: each }: Pick<InfoReply, "prepared" | "prepared_each">,
) {
  if (each === undefined) return String(prepared);
  const cost = `${formatSize(each.memory_bytes)}, made in ${formatDuration(each.make_ms)}`;
  return `${prepared}, each of ${cost}`;
}

function quantity(name: string, value: number): string {
  if (name.endsWith("_ms")) return formatDuration(value);
  if (name.endsWith("_bytes")) return formatSize(value);
  return String(value);
}
