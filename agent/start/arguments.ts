// Parses command line words into options: `--name=value`, `--name value` and `--flag`.
//
// It does not use node:util's parseArgs: the first import of any node: module loads Deno's whole
// Node layer, 12 ms of the 60 ms that an agent takes to start. It must never guess: an unknown
// option is an error that names the option.

/** What an option takes: no value, or a text. Text options may be repeated. */
export type ArgumentKind = "flag" | "text";

/** The given options, by name without "--". */
export interface Arguments {
  readonly flags: ReadonlySet<string>;
  readonly texts: ReadonlyMap<string, readonly string[]>;
}

/**
 * Reads the words of a command line.
 *
 * @param kinds Every known option.
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
