// The id of the running code, so that a binary, an image and a bug report can be matched.
//
// `deno task compile` replaces this string with the SHA-256 of the bundled code. The string must
// occur exactly once in the program.

/**
 * First 16 hexadecimal digits of the bundled agent's SHA-256, or a note that it runs from source.
 */
export const buildId = "built-from-source";
