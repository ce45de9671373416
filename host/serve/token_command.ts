// `deno task host token NAME [FILE]`: makes a token, and shows it this once.

import { makeToken, Tokens } from "./tokens.ts";

const usage = `Usage: deno task host token NAME [FILE]

  Prints a new token. Its line for the file of tokens is added to FILE, or printed too.`;

/** Makes one. Returns the exit code. */
export async function tokenCommand(args: readonly string[]): Promise<number> {
  const [name, file] = args;
  if (name === undefined || name.startsWith("-") || args.length > 2) {
    console.error(usage);
    return 1;
  }
  try {
    const { token, line } = makeToken(name);
    if (file !== undefined) await add(file, line);
    console.log(token);
    if (file === undefined) console.log(line);
    return 0;
  } catch (error) {
    console.error(`Cannot make the token: ${(error as Error).message}`);
    return 1;
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
