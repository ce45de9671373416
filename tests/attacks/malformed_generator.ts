// Makes malformed requests of the newer kinds from a seed, always the same ones from the same seed.
//
// Each is an honest request with one or two faults, or one that may be right after all.

import { randomOf } from "../helpers/random.ts";
import { extraNames, noMessages, wrongValues } from "./malformed_values.ts";

/** One request. */
export interface Generated {
  /** Bytes to send: the line, and its body if it has one. */
  readonly send: string;
  /**
   * The fields of which one must be named, or the whole message ("") where none can be. Undefined:
   * the request may be right.
   */
  readonly faults?: readonly string[];
  /** The id that its answer must carry. */
  readonly id?: number;
  /** Whether it starts a job. */
  readonly runs?: boolean;
}

/** A little less than the agent takes. */
const LONGEST_LINE = 69_000;

type Pairs = [name: string, value: unknown][];

/** Honest requests: fields that must be there, and fields that may. */
const kinds: Readonly<
  Record<string, { must: Record<string, unknown>; may: Record<string, unknown> }>
> = {
  mkdir: { must: { path: "d/e" }, may: { mode: 0o755 } },
  link: { must: { path: "d/l", target: "../x" }, may: {} },
  remove: { must: { path: "nothing" }, may: { recursive: true } },
  list: { must: {}, may: { path: "d", recursive: true, cursor: "0:" } },
  put: { must: { path: "in/f", bytes: 3 }, may: { mode: 0o644 } },
  get: { must: { path: "in/f" }, may: {} },
  run: {
    must: { language: "sh", code: ":" },
    may: {
      ...{ cwd: ".", profile: "strict", args: ["a"], env: { A: "1" }, stdin: { text: "" } },
      ...{ timeout_ms: 5000, wait_ms: 1000, keep: true, limits: { cpu_ms: 1000 }, stream: false },
      usage: false,
    },
  },
};

/** Names that are right, though they look otherwise. */
const odd = [
  "__proto__",
  "constructor",
  "..a",
  "-rf",
  "🎈",
  "\ufeffa",
  "a b",
  "a\nb",
  "\\xff",
  "*",
  "d",
  "in",
];

/** An endless source of requests. */
export class Generator {
  readonly #random: () => number;

  /** @param languages Those that the agent offers. */
  constructor(seed: number, readonly languages: readonly string[]) {
    this.#random = randomOf(seed);
  }

  /** The next request; `id` is the one it carries, unless that is its fault. */
  next(id: number): Generated {
    const roll = this.#below(100);
    if (roll < 5) return { send: `${this.#pick(noMessages)}\n`, faults: ["", "type"] };
    if (roll < 15) return this.#honest(id);
    if (roll < 18) return this.#tooDeep(id);
    const kind = this.#pick(Object.keys(kinds));
    const pairs = this.#request(kind, id);
    const faults = [this.#spoil(kind, pairs)];
    if (this.#below(4) === 0) faults.push(this.#spoil(kind, pairs));
    const sources = pairs.filter(([name]) => ["code", "entry", "bytes"].includes(name));
    if (kind === "run" && sources.length > 1) faults.push("");
    // A line that is too long would end the connection.
    if (new TextEncoder().encode(line(pairs)).length > LONGEST_LINE) return this.next(id);
    return this.#made(kind, pairs, faults.includes("id") ? undefined : id, faults);
  }

  #below(limit: number): number {
    return (this.#random() * 2 ** 32) % limit;
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[this.#below(items.length)];
  }

  #request(kind: string, id: number): Pairs {
    const { must, may } = kinds[kind];
    const some = Object.entries(may).filter(() => this.#below(2) === 0);
    const pairs: Pairs = [["type", kind], ["id", id], ...Object.entries(must), ...some];
    if (kind === "run") set(pairs, "language", this.#pick(this.languages));
    return pairs;
  }

  /** Makes one fault. Returns the field that it is in. */
  #spoil(kind: string, pairs: Pairs): string {
    const { must, may } = kinds[kind];
    const how = this.#below(10);
    if (how === 0) {
      const name = this.#pick(extraNames);
      pairs.splice(1 + this.#below(pairs.length), 0, [name, this.#pick([1, null, "x", {}])]);
      return name;
    }
    if (how === 1 && Object.keys(must).length > 0) {
      const name = this.#pick(Object.keys(must));
      remove(pairs, name);
      if (name !== "code") return name;
      // Of code, bytes and entry one must be there: that is a rule of the whole message.
      for (const other of ["entry", "bytes"]) remove(pairs, other);
      return "";
    }
    if (how === 2 && kind !== "put") {
      // A body where none belongs, or a second source of code.
      set(pairs, "bytes", 3);
      if (kind !== "run") return "bytes";
      set(pairs, "code", ":");
      if (this.#below(2) === 0) set(pairs, "entry", "in/f");
      return "";
    }
    const fields = ["id", ...Object.keys(must), ...Object.keys(may)].filter((name) =>
      name in wrongValues
    );
    const name = kind === "run" && this.#below(12) === 0 ? "entry" : this.#pick(fields);
    if (name === "entry") remove(pairs, "code");
    set(pairs, name, this.#pick(wrongValues[name]));
    return name;
  }

  #honest(id: number): Generated {
    const path = Array.from({ length: 1 + this.#below(3) }, () => this.#pick(odd)).join("/");
    const kind = this.#pick(["mkdir", "link", "remove", "list", "put", "get", "run"]);
    const pairs = this.#request(kind, id);
    if (kind !== "run") set(pairs, "path", path);
    else {
      set(pairs, "language", "sh");
      set(pairs, "env", Object.fromEntries([[this.#pick(odd), "x"]]));
    }
    const cursors = [
      "0:",
      "9223372036854775807:",
      `${"9".repeat(19)}:`,
      "1:",
      "4611686018427387904:",
    ];
    if (kind === "list") set(pairs, "cursor", this.#pick(cursors));
    return this.#made(kind, pairs, id);
  }

  #tooDeep(id: number): Generated {
    const pairs = this.#request(this.#pick(Object.keys(kinds)), id);
    let value: unknown = 1;
    for (let depth = 17 + this.#below(60); depth > 0; depth--) value = { a: value };
    pairs.push([this.#pick(["env", "path", "limits", "deep"]), value]);
    return { send: `${line(pairs)}\n`, faults: [""] };
  }

  #made(kind: string, pairs: Pairs, id?: number, faults?: string[]): Generated {
    const body = pairs.some(([name, value]) => name === "bytes" && value === 3) ? "abc" : "";
    return { send: `${line(pairs)}\n${body}`, id, faults, runs: kind === "run" && !faults };
  }
}

function line(pairs: Pairs): string {
  return `{${pairs.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)}}`;
}

function remove(pairs: Pairs, name: string): void {
  const at = pairs.findIndex(([other]) => other === name);
  if (at >= 0) pairs.splice(at, 1);
}

function set(pairs: Pairs, name: string, value: unknown): void {
  remove(pairs, name);
  pairs.push([name, value]);
}
