// The target, where none is said: the environment, then a file of the user's.

/** A target, and where it was said. */
export interface FoundTarget {
  readonly target: string;
  /** "--target", "SALLYPORT_TARGET" or the file's path. */
  readonly from: string;
}

/**
 * The first of `said`, SALLYPORT_TARGET and the file's first line.
 *
 * @throws {TypeError} where there is none.
 */
export function findTarget(said: string | undefined): FoundTarget {
  if (said !== undefined) return { target: said, from: "--target" };
  const variable = Deno.env.get("SALLYPORT_TARGET");
  if (variable) return { target: variable, from: "SALLYPORT_TARGET" };
  const file = targetFile();
  const line = file === undefined ? undefined : firstLine(file);
  if (line) return { target: line, from: file! };
  throw new TypeError(
    'Cannot connect: say where with "--target", with SALLYPORT_TARGET, or in ' +
      `"${file ?? "~/.config/sallyport/target"}", as in "unix:/run/sallyport.sock"`,
  );
}

/** `$XDG_CONFIG_HOME/sallyport/target`, or below ~/.config. */
function targetFile(): string | undefined {
  const home = Deno.env.get("HOME");
  const directory = Deno.env.get("XDG_CONFIG_HOME") || (home ? `${home}/.config` : undefined);
  return directory === undefined ? undefined : `${directory}/sallyport/target`;
}

function firstLine(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path).split("\n").map((line) => line.trim())
      .find((line) => line !== "" && !line.startsWith("#"));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw new TypeError(`Cannot read "${path}": ${(error as Error).message}`);
  }
}
