// Resolves a profile: groups into rules, names into numbers.
//
// Everything that is wrong about a single rule is found here, because here its names are looked up;
// what two rules do to each other is found in check.ts.

import type { Path, Source } from "./jsonc.ts";
import { argumentValue, errnoValue, ValueError } from "./named_values.ts";
import type { Position, Problems } from "./problem.ts";
import type { Action, Comparison, Rule, RuleSet } from "./rules.ts";
import type { ArgumentFile, GroupFile, PolicyFile, ProfileFile } from "./schema.ts";
import { nearestName, syscallNames } from "./syscall_table.ts";

const ALLOW: Action = { kind: "allow" };
const known: ReadonlySet<string> = new Set(syscallNames());

/** Turns the parts of one policy into rules; faults go to `problems`. */
export class Expander {
  /** The names of the groups that were used so far. */
  readonly usedGroups = new Set<string>();

  constructor(
    readonly policy: PolicyFile,
    readonly source: Source,
    readonly problems: Problems,
  ) {}

  /** The rule set of one profile, without what the launcher needs. */
  profile(name: string): RuleSet {
    const path: Path = ["profiles", name];
    const file = this.policy.profiles[name];
    const rules = this.#lists(file, path, "");
    for (const [index, group] of file.groups.entries()) {
      rules.push(...this.#group(group, [], this.source.at([...path, "groups", index])));
    }
    return {
      name,
      why: file.why,
      rules,
      defaultAction: this.#defaultAction(file, path),
      newerAction: this.#newerAction(file, path),
      exec: file.exec ?? "once",
      network: file.network ?? "none",
      manyDenied: file.many_denied ?? "go-on",
    };
  }

  #group(name: string, inside: readonly string[], at: Position): Rule[] {
    this.usedGroups.add(name);
    if (inside.includes(name)) {
      const circle = [...inside.slice(inside.indexOf(name)), name].join(" -> ");
      this.problems.add(at, `Cannot include the group "${name}" in itself (${circle}): remove it`);
      return [];
    }
    const group = this.policy.groups[name];
    if (group === undefined) {
      this.problems.add(at, `Cannot find the group "${name}": define it under "groups"`);
      return [];
    }
    const path: Path = ["groups", name];
    const rules: Rule[] = group.syscalls.map((syscall, index) => {
      const where = this.source.at([...path, "syscalls", index]);
      this.#name(syscall, where);
      return { syscall, comparisons: [], action: ALLOW, group: name, why: group.why, at: where };
    });
    rules.push(...this.#lists(group, path, name));
    for (const [index, other] of group.groups.entries()) {
      const where = this.source.at([...path, "groups", index]);
      rules.push(...this.#group(other, [...inside, name], where));
    }
    return rules;
  }

  /** `allow` and `answer`, which groups and profiles share. */
  #lists(file: GroupFile | ProfileFile, path: Path, group: string): Rule[] {
    const rules: Rule[] = [];
    for (const [index, { syscall, why, args }] of file.allow.entries()) {
      const at = this.source.at([...path, "allow", index, "syscall"]);
      this.#name(syscall, at);
      for (const comparisons of this.#alternatives(args ?? [], [...path, "allow", index, "args"])) {
        rules.push({ syscall, comparisons, action: ALLOW, group, why, at });
      }
    }
    for (const [index, { syscalls, errno, why, args }] of file.answer.entries()) {
      const place = [...path, "answer", index];
      const action = this.#errno("errno", errno, [...place, "errno"]);
      const alternatives = this.#alternatives(args ?? [], [...place, "args"]);
      for (const [i, syscall] of syscalls.entries()) {
        const at = this.source.at([...place, "syscalls", i]);
        this.#name(syscall, at);
        for (const comparisons of alternatives) {
          rules.push({ syscall, comparisons, action, group, why, at });
        }
      }
    }
    return rules;
  }

  /** One list of comparisons for each combination of the values that "is" lists. */
  #alternatives(args: readonly ArgumentFile[], path: Path): Comparison[][] {
    let all: Comparison[][] = [[]];
    const seen = new Set<number>();
    for (const [i, arg] of args.entries()) {
      const at = this.source.at([...path, i, "index"]);
      if (seen.has(arg.index)) {
        this.problems.add(at, `Cannot compare argument ${arg.index} twice in one rule: use a mask`);
      }
      seen.add(arg.index);
      const values = Array.isArray(arg.is) ? arg.is : [arg.is];
      const comparisons = values.map((value) => this.#comparison(arg, value, [...path, i]));
      all = all.flatMap((list) => comparisons.map((comparison) => [...list, comparison]));
    }
    return all;
  }

  #comparison(arg: ArgumentFile, is: string | number, path: Path): Comparison {
    const value = this.#value(is, [...path, "is"]);
    if (arg.mask === undefined) return { index: arg.index, value, text: String(is) };
    const mask = this.#value(arg.mask, [...path, "mask"]);
    if ((value & ~mask) !== 0n || mask === 0n) {
      this.problems.add(
        this.source.at([...path, "is"]),
        `Cannot match "${is}" under the mask "${arg.mask}": it has bits outside of the mask`,
      );
    }
    return { index: arg.index, mask, value, text: `(${arg.mask}) = ${is}` };
  }

  #value(value: string | number, path: Path): bigint {
    return this.#try(path, () => argumentValue(value), 0n);
  }

  #defaultAction(file: ProfileFile, path: Path): Action {
    if (file.default === "kill") return { kind: "kill" };
    return this.#errno("notify", file.default.notify, [...path, "default", "notify"]);
  }

  #newerAction(file: ProfileFile, path: Path): Action {
    if (file.newer_than_table === "default") return this.#defaultAction(file, path);
    return this.#errno("errno", file.newer_than_table.errno, [
      ...path,
      "newer_than_table",
      "errno",
    ]);
  }

  #errno(kind: "errno" | "notify", name: string, path: Path): Action {
    return { kind, errno: this.#try(path, () => errnoValue(name), 1), name };
  }

  #name(syscall: string, at: Position): void {
    if (known.has(syscall)) return;
    const near = nearestName(syscall);
    const advice = near
      ? `did you mean "${near}"?`
      : "neither architecture has a call of that name";
    this.problems.add(at, `Cannot find the syscall "${syscall}": ${advice}`);
  }

  #try<T>(path: Path, action: () => T, instead: T): T {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      this.problems.add(this.source.at(path), error.message);
      return instead;
    }
  }
}
