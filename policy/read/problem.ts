// What is wrong with a policy file, and where.
//
// A policy is written by hand, so every complaint names line and column, the fault, and a way out.
// All faults of one stage are reported together: nobody wants to run the task once per typing
// mistake.

/** A place in the policy file: both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One fault. `message` starts with a capital letter and says after a colon what to do. */
export interface Problem extends Position {
  readonly message: string;
}

/** The policy can't be used; `problems` are in the order of the file. */
export class PolicyError extends Error {
  override readonly name = "PolicyError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[], file = "policy.jsonc") {
    const ordered = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
    super(ordered.map((p) => `${file}:${p.line}:${p.column}: ${p.message}`).join("\n"));
    this.problems = ordered;
  }
}

/** Collects the faults of one stage. */
export class Problems {
  readonly #found: Problem[] = [];

  add(at: Position, message: string): void {
    this.#found.push({ line: at.line, column: at.column, message });
  }

  /** Throws a PolicyError when anything was added. */
  throwIfAny(): void {
    if (this.#found.length > 0) throw new PolicyError(this.#found);
  }
}
