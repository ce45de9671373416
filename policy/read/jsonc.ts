// Reads JSON with comments, strictly, and remembers where every value stands.
//
// jsonc-parser's `parse` is lenient: it swallows duplicate keys and goes on after an error. A
// policy must mean one thing only, so this goes through `visit` and refuses both. Comments are the
// only addition to JSON; a trailing comma is an error.

import { type ParseErrorCode, visit } from "jsonc-parser";
import { type Position, Problems } from "./problem.ts";

/** The way to a value: keys and indexes from the root. */
export type Path = readonly (string | number)[];

/** A value and the positions of everything in it. */
export class Source {
  readonly #positions: ReadonlyMap<string, Position>;

  constructor(readonly value: unknown, positions: ReadonlyMap<string, Position>) {
    this.#positions = positions;
  }

  /** Where the key or the element at the end of `path` stands, or else what contains it. */
  at(path: Path): Position {
    for (let length = path.length; length > 0; length--) {
      const position = this.#positions.get(JSON.stringify(path.slice(0, length)));
      if (position) return position;
    }
    return { line: 1, column: 1 };
  }
}

// ParseErrorCode is a const enum, which isolated modules can't read.
const faults: Readonly<Record<number, string>> = {
  1: "Cannot read this: not a JSON value",
  2: "Cannot read this number",
  3: "Cannot find a property name: put it in double quotes, and no comma before a closing brace",
  4: "Cannot find a value here: no comma may stand before a closing bracket or brace",
  5: "Cannot find a colon after the property name",
  6: "Cannot find a comma between two values",
  7: "Cannot find the closing brace",
  8: "Cannot find the closing bracket",
  9: "Cannot read what follows the end of the policy: remove it",
  11: "Cannot find the end of this comment",
  12: "Cannot find the end of this string",
  13: "Cannot find the end of this number",
  14: "Cannot read this \\u escape: give four hexadecimal digits",
  15: 'Cannot read this escape: JSON knows \\" \\\\ \\/ \\b \\f \\n \\r \\t \\u',
  16: "Cannot read this character: write control characters as escapes",
};

type Container = { kind: "object"; value: Record<string, unknown>; key: string } | {
  kind: "array";
  value: unknown[];
};

/**
 * Parses `text`.
 *
 * @throws PolicyError with every syntax error and duplicate key
 */
export function readJsonc(text: string): Source {
  const problems = new Problems();
  const positions = new Map<string, Position>();
  const stack: Container[] = [];
  let root: unknown;

  const path = (): (string | number)[] =>
    stack.map((c) => c.kind === "object" ? c.key : c.value.length - 1);
  const place = (value: unknown, line: number, column: number): void => {
    const top = stack.at(-1);
    if (!top) {
      root = value;
    } else if (top.kind === "array") {
      top.value.push(value);
      positions.set(JSON.stringify(path()), { line, column });
    } else {
      top.value[top.key] = value;
    }
  };

  visit(text, {
    onObjectBegin: (_offset, _length, line, column) => {
      const value: Record<string, unknown> = Object.create(null);
      place(value, line + 1, column + 1);
      stack.push({ kind: "object", value, key: "" });
    },
    onObjectProperty: (key, _offset, _length, line, column) => {
      const top = stack.at(-1) as Container & { kind: "object" };
      if (key in top.value) {
        problems.add(
          { line: line + 1, column: column + 1 },
          `Cannot use the key "${key}" twice: remove one of the two`,
        );
      }
      top.key = key;
      positions.set(JSON.stringify(path()), { line: line + 1, column: column + 1 });
    },
    onObjectEnd: () => void stack.pop(),
    onArrayBegin: (_offset, _length, line, column) => {
      const value: unknown[] = [];
      place(value, line + 1, column + 1);
      stack.push({ kind: "array", value });
    },
    onArrayEnd: () => void stack.pop(),
    onLiteralValue: (value, _offset, _length, line, column) => place(value, line + 1, column + 1),
    onError: (code: ParseErrorCode, _offset, _length, line, column) =>
      problems.add({ line: line + 1, column: column + 1 }, faults[code] ?? "Cannot read this"),
  });
  problems.throwIfAny();
  return new Source(root, positions);
}
