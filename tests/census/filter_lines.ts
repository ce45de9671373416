// The syscalls that the filters of a process allow, as the kernel has them: read from the process,
// and run over every number and over the boundary values of every rule's arguments.

import { type Call, decode, type Instruction, interpret } from "../../policy/compile/bpf.ts";
import { POLICY_FILE } from "../../policy/files.ts";
import { ACTION, ARCH_TOKEN } from "../../policy/libseccomp/constants.ts";
import { checkPolicy } from "../../policy/read/check.ts";
import { readPolicy } from "../../policy/read/read_policy.ts";
import { callsToTry } from "../../policy/verify/verify.ts";
import { syscallName, thisArch } from "../../linux/syscall_numbers.ts";
import { projectRoot } from "../helpers/agent.ts";
import { compile } from "../helpers/fixture.ts";

/** The program that prints them, compiled for this machine. */
export function filterPrinter(): Promise<string> {
  return compile(`${projectRoot}tests/census/filters_of.c`);
}

/** What it printed. */
export function readFilters(text: string): Instruction[][] {
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => decode(Uint8Array.fromHex(line)));
}

/** The filters of a process. Throws where the kernel does not tell them. */
export async function filtersOf(pid: number): Promise<Instruction[][]> {
  const program = await filterPrinter();
  const { success, stdout, stderr } = await new Deno.Command(program, { args: [`${pid}`] })
    .output();
  if (!success) {
    throw new Error(`Cannot read the filters of ${pid}: ${new TextDecoder().decode(stderr)}`);
  }
  return readFilters(new TextDecoder().decode(stdout));
}

/** A line for each call that the filters let through, for some or for all of its arguments. */
export async function filterLines(profile: string, filters: Instruction[][]): Promise<string[]> {
  const set = checkPolicy(readPolicy(await Deno.readTextFile(POLICY_FILE)))
    .find(({ name }) => name === profile)!;
  const passes = (call: Call) =>
    filters.every((filter) => interpret(filter, call) >>> 0 === ACTION.ALLOW >>> 0);
  const tried = new Map<number, Set<boolean>>();
  for (const call of callsToTry(set, thisArch)) {
    if (call.token !== ARCH_TOKEN[thisArch]) continue;
    if (!tried.has(call.number)) tried.set(call.number, new Set());
    tried.get(call.number)!.add(passes(call));
  }
  return [...tried].filter(([, answers]) => answers.has(true)).map(([number, answers]) => {
    const some = answers.has(false) ? ", by its arguments" : "";
    return `syscall ${syscallName(thisArch, number)} allowed${some}`;
  });
}
