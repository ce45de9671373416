// The id of the code that runs, so that a binary, an image and a bug report can be matched.
//
// `deno task compile` writes the SHA-256 of the bundled code in the place of this one string; it
// must stand in the program exactly once.

/** First 16 hexadecimal digits of the bundled agent's SHA-256, or that it runs from its source. */
export const buildId = "built-from-source";
