// Reads a command's words against its table, and says what is wrong with them in a person's words.

import { parseArgs, type ParseArgsConfig } from "node:util";
import type { Option, Options } from "./commands.ts";
import { didYouMean } from "./nearest.ts";

/** The values of the options that were given. */
export type Values<Table extends Options> = {
  readonly [Name in keyof Table]?: Table[Name] extends { type: "boolean" } ? boolean
    : Table[Name] extends { multiple: true } ? readonly string[]
    : string;
};

/** An example of each kind of value. */
const examples: Readonly<Record<string, string>> = {
  DURATION: "5s",
  SIZE: "64M",
  NUMBER: "4",
  TARGET: "unix:/run/sallyport.sock",
  CODE: "print(1)",
  ADDRESS: "127.0.0.1:8000",
};

/** The options among words, in the form that parseArgs gives them. */
export function tokensOf(words: readonly string[], options: Options) {
  return parseArgs({ args: [...words], options: shapes(options), strict: false, tokens: true })
    .tokens;
}

/**
 * Reads words that are all options.
 *
 * @param command The command's name, for the errors.
 * @throws {TypeError} for the first word that is none, or is not as it must be.
 */
export function readOptions<Table extends Options>(
  command: string,
  words: readonly string[],
  options: Table,
): Values<Table> {
  const found: Record<string, unknown> = {};
  for (const token of tokensOf(words, options)) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      throw new TypeError(`Cannot read "${token.value}": "${command}" takes no such word`);
    }
    const { name, rawName, value, inlineValue } = token;
    const option: Option | undefined = options[name];
    if (option === undefined) {
      const near = didYouMean(name, Object.keys(options), (word) => `--${word}`);
      throw new TypeError(`Cannot read "${rawName}": "${command}" has no such option${near}`);
    }
    if (option.type === "boolean") {
      if (inlineValue) throw new TypeError(`Cannot read "${rawName}=${value}": it takes no value`);
      found[name] = true;
      continue;
    }
    // parseArgs takes the next word even where it is an option; nobody means that.
    if (value === undefined || (!inlineValue && isOption(value, options))) {
      const kind = option.value!;
      const example = examples[kind] ?? kind;
      throw new TypeError(
        `Cannot read "${rawName}": it takes a ${kind}, as in "${rawName} ${example}"`,
      );
    }
    if (option.multiple) found[name] = [...(found[name] as string[] ?? []), value];
    else if (found[name] !== undefined && found[name] !== value) {
      throw new TypeError(
        `Cannot read "${rawName} ${value}": "${rawName} ${found[name]}" was said before`,
      );
    } else found[name] = value;
  }
  return found as Values<Table>;
}

function isOption(word: string, options: Options): boolean {
  if (word.startsWith("--")) return Object.hasOwn(options, word.slice(2).split("=")[0]);
  return word.length === 2 && word[0] === "-" &&
    Object.values(options).some(({ short }) => short === word[1]);
}

function shapes(options: Options): NonNullable<ParseArgsConfig["options"]> {
  return Object.fromEntries(
    Object.entries(options).map(([name, { type, short, multiple }]) => [
      name,
      { type, ...(short === undefined ? {} : { short }), ...(multiple ? { multiple } : {}) },
    ]),
  );
}
