// A syscall program in readable form: one step a line, like strace(1) output before the run.

import { type Argument, Flow, type Program } from "./program.ts";

/**
 * The listing of a program: each step's name, its call and where its result goes. The steps of a
 * forked process are indented.
 */
export function listing(program: Program): string {
  const flows = new Map<Flow, number>();
  const lines = program.steps.filter(({ call }) => call !== "end").map((step) => {
    const { store, must } = step.options;
    const args = step.args.map((argument) => describe(program, flows, argument)).join(", ");
    const result = store instanceof Flow ? ` = result ${flowNumber(flows, store)}` : "";
    const loose = must === false ? "   (may fail)" : "";
    const indent = "  ".repeat(step.depth);
    return `${indent}${
      step.name.padEnd(44 - indent.length)
    } ${step.call}(${args})${result}${loose}`;
  });
  return lines.join("\n") + "\n";
}

function describe(program: Program, flows: Map<Flow, number>, argument: Argument): string {
  if (argument instanceof Flow) return `result ${flowNumber(flows, argument)}`;
  const note = program.noteAt(Number(argument));
  if (note !== undefined) return note;
  if (argument === -100) return "AT_FDCWD";
  return argument > 0xffff ? `0x${argument.toString(16)}` : `${argument}`;
}

function flowNumber(flows: Map<Flow, number>, flow: Flow): number {
  if (!flows.has(flow)) flows.set(flow, flows.size + 1);
  return flows.get(flow)!;
}
