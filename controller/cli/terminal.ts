// This process's own streams, for the command line.
//
// When the reader of our output goes away, that is a failure of its own kind, and no error of the run.

/** Nobody reads our output any more. */
export class BrokenOutput extends Error {
  /** What `Error.prototype.toString` begins with. */
  override readonly name = "BrokenOutput";
}

/** Writes all of `bytes`, in order. */
export async function writeOut(
  stream: Pick<typeof Deno.stdout, "write">,
  bytes: Uint8Array,
): Promise<void> {
  try {
    for (let at = 0; at < bytes.length;) at += await stream.write(bytes.subarray(at));
  } catch (cause) {
    if (cause instanceof Deno.errors.BrokenPipe) {
      throw new BrokenOutput("Cannot write: nobody reads", { cause });
    }
    throw cause;
  }
}

/** Writes a short text to standard error at once; one that nobody can read is lost. */
export function say(text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += Deno.stderr.writeSync(bytes.subarray(at));
  } catch (error) {
    const lost = error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.WouldBlock;
    if (!lost) throw error;
  }
}

/** Reads a stream to its end. */
export async function readAll(stream: typeof Deno.stdin): Promise<Uint8Array<ArrayBuffer>> {
  return await new Response(stream.readable).bytes();
}

/** A heading, in bold where standard output is a terminal and NO_COLOR (no-color.org) is not set. */
export function paint(text: string): string {
  return Deno.stdout.isTerminal() && !Deno.noColor ? `\x1b[1m${text}\x1b[0m` : text;
}
