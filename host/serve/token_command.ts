// `deno task host token [--operator] NAME [FILE]`: makes a token, and shows it this once.

import { parseArgs } from "node:util";
import { makeToken, Tokens } from "./tokens.ts";

const usage = `Usage: deno task host token [--operator] NAME [FILE]

  Prints a new token. Its line for the file of tokens is added to FILE, or printed too.

  --operator  its holder also sees the machines and the metrics`;

/** Makes one. Returns the exit code. */
export async function tokenCommand(args: readonly string[]): Promise<number> {
  const { operator, names: [name, file, ...more] } = parsed(args);
  if (name === undefined || more.length > 0) {
    console.error(usage);
    return 1;
  }
  try {
    const { token, line } = makeToken(name, operator);
    if (file !== undefined) await add(file, line);
    console.log(token);
    if (file === undefined) console.log(line);
    return 0;
  } catch (error) {
    console.error(`Cannot make the token: ${(error as Error).message}`);
    return 1;
  }
}

/** No names where the arguments are wrong. */
function parsed(args: readonly string[]): { operator: boolean; names: readonly string[] } {
  try {
    const options = { operator: { type: "boolean", default: false } } as const;
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    return { operator: values.operator, names: positionals };
  } catch {
    return { operator: false, names: [] };
  }
}

/** Adds a line, if the file is one of tokens, and has no such name. */
async function add(file: string, line: string): Promise<void> {
  const before = await Deno.readTextFile(file).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
  const start = before === "" || before.endsWith("\n") ? "" : "\n";
  new Tokens(`${before}${start}${line}`);
  await Deno.writeTextFile(file, `${start}${line}\n`, { append: true, mode: 0o600 });
}
