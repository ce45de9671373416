// Command line words to options: `--name=value`, `--name value` and `--flag`.
//
// Not node:util's parseArgs: the first import of any node: module loads Deno's whole layer for
// Node, 12 ms of an agent's start of 60. It must never guess: what is not an option of the list is
// an error that names it.

/** What an option takes: nothing, or a text; a text may be given several times. */
export type ArgumentKind = "flag" | "text";

/** What was given, by the name without its "--". */
export interface Arguments {
  readonly flags: ReadonlySet<string>;
  readonly texts: ReadonlyMap<string, readonly string[]>;
}

/**
 * Reads the words of a command line.
 *
 * @param kinds Every option there is.
 * @throws Error that names the word.
 */
export function readArguments(
  words: readonly string[],
  kinds: Readonly<Record<string, ArgumentKind>>,
): Arguments {
  const flags = new Set<string>();
  const texts = new Map<string, string[]>();
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    const [, name, given] = /^--([a-z-]+)(?:=(.*))?$/s.exec(word) ?? [];
    if (name === undefined || !Object.hasOwn(kinds, name)) {
      throw new Error(`Cannot use "${word}": there is no such option (see --help)`);
    }
    if (kinds[name] === "flag") {
      if (given !== undefined) throw new Error(`Cannot use "${word}": "--${name}" takes no value`);
      flags.add(name);
      continue;
    }
    const text = given ?? words[++i];
    if (text === undefined || (given === undefined && text.startsWith("--"))) {
      throw new Error(`Cannot use "--${name}": its value is missing`);
    }
    texts.set(name, [...texts.get(name) ?? [], text]);
  }
  return { flags, texts };
}
