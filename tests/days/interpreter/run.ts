// Runs a notebook as a code interpreter does: cell after cell in one sandbox that is kept, files
// uploaded before a cell and fetched after it. Says where a cell did not do as it must.

import type { Client, Result } from "../../../controller/client.ts";
import type { Cell, Notebook } from "./notebook.ts";

/** What a notebook took. */
export interface Played {
  readonly notebook: Notebook;
  /** Milliseconds of all its cells, transfers of files among them. */
  readonly ms: number;
  readonly slowestMs: number;
  readonly peakBytes: number;
  readonly denied: ReadonlySet<string>;
  /** What is not as it must be: one text for each difference. */
  readonly faults: readonly string[];
}

const decoder = new TextDecoder();

/** "PNG 640x480" of such a file. */
export function pngSize(bytes: Uint8Array): string {
  const signature = String.fromCharCode(...bytes.subarray(0, 8));
  if (signature !== "\x89PNG\r\n\x1a\n") return `no PNG: ${JSON.stringify(signature)}`;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return `PNG ${view.getUint32(16)}x${view.getUint32(20)}`;
}

/** Whether `said` is `expected`; "…" at its end or in its first line leaves that side open. */
export function agrees(said: string, expected: string): boolean {
  if (expected.startsWith("…\n")) return said.endsWith(expected.slice(2));
  if (expected.endsWith("…")) return said.startsWith(expected.slice(0, -1));
  return said === expected;
}

/** The first of `lines` that does not come, in order; "…" ends one that only begins so. */
function missingLine(said: string, lines: readonly string[]): string | undefined {
  const rest = said.split("\n");
  return lines.find((line) => {
    const at = rest.findIndex((one) => agrees(one, line));
    rest.splice(0, at + 1);
    return at < 0;
  });
}

/** Output as a notebook can show it: no blanks at the ends of lines, and a last newline. */
function shown(text: string): string {
  const lines = text.replaceAll(/[ \t]+$/gm, "");
  return lines === "" || lines.endsWith("\n") ? lines : `${lines}\n`;
}

async function filesOf(client: Client, { options }: Cell): Promise<string[]> {
  const faults: string[] = [];
  for (const [path, expected] of Object.entries(options.get ?? {})) {
    const bytes = await client.get(path);
    const said = path.endsWith(".png") ? pngSize(bytes) : decoder.decode(bytes);
    if (!agrees(said, expected)) faults.push(`${path} is ${JSON.stringify(said.slice(0, 300))}`);
  }
  return faults;
}

function faultsOf({ options, stdout, stderr }: Cell, result: Result): string[] {
  const faults: string[] = [];
  const { status, exit_code, signal, limit } = result;
  const ended = `${status} ${limit ?? exit_code ?? signal}`;
  if (ended !== (options.ends ?? "exited 0")) faults.push(`it ended by ${ended}`);
  const [said, errors] = [result.output.stdout, result.output.stderr].map((bytes) =>
    decoder.decode(bytes)
  );
  if (!agrees(shown(said), stdout)) faults.push(`it printed ${JSON.stringify(said.slice(-2000))}`);
  const missing = missingLine(errors, stderr);
  if (missing !== undefined || (stderr.length === 0 && errors !== "")) {
    faults.push(`it said on standard error, without ${missing}: ${errors.slice(-2000)}`);
  }
  const denied = result.denied.map(({ syscall }) => syscall).join(", ");
  if (denied !== (options.denied ?? []).join(", ")) faults.push(`it was refused: ${denied}`);
  const { dropped } = result.stdout;
  if (dropped !== (options.dropped ?? 0)) faults.push(`${dropped} bytes were dropped`);
  return faults;
}

/** Runs a notebook in a new sandbox. `timeoutMs` is for cells that say none: the policy's default. */
export async function play(
  client: Client,
  notebook: Notebook,
  timeoutMs?: number,
): Promise<Played> {
  const { name, language, cells } = notebook;
  await client.reset();
  const faults: string[] = [];
  const denied = new Set<string>();
  let [ms, slowestMs, peakBytes] = [0, 0, 0];
  for (const cell of cells) {
    const { put = {}, profile, timeout_ms = timeoutMs, memory_bytes } = cell.options;
    const began = performance.now();
    for (const [path, text] of Object.entries(put)) await client.put(path, text);
    const limits = memory_bytes === undefined ? undefined : { memory_bytes };
    const request = { language, profile, timeout_ms, limits, keep: true };
    const result = await client.run({ ...request, code: cell.code }).result;
    const found = faultsOf(cell, result);
    if (found.length === 0) found.push(...await filesOf(client, cell));
    faults.push(...found.map((fault) => `${name}:${cell.line}: ${fault}`));
    const took = performance.now() - began;
    ms += took;
    slowestMs = Math.max(slowestMs, took);
    peakBytes = Math.max(peakBytes, result.memory_peak_bytes);
    for (const { syscall } of result.denied) denied.add(syscall);
  }
  return { notebook, ms, slowestMs, peakBytes, denied, faults };
}
