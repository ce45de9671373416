// Names of files as the kernel has them: bytes, which are not always text.

/** A name or a path: text, or the bytes that a job chose. */
export type Name = string | Uint8Array;

const encoder = new TextEncoder();
const lossy = new TextDecoder();
// A name may begin with U+FEFF, which a decoder otherwise takes away.
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of a name, or undefined if it is not UTF-8. */
export function textOfName(name: Uint8Array): string | undefined {
  try {
    return strict.decode(name);
  } catch {
    return undefined;
  }
}

/** A name that is not UTF-8, as text: each byte that is not ASCII, and each backslash, as "\xNN". */
export function escapedName(name: Uint8Array): string {
  return Array.from(name, (byte) => {
    if (byte < 0x80 && byte !== 0x5c) return String.fromCharCode(byte);
    return `\\x${byte.toString(16).padStart(2, "0")}`;
  }).join("");
}

/** A name for a listing of steps. */
export function shownName(name: Name): string {
  return JSON.stringify(typeof name === "string" ? name : lossy.decode(name));
}

/** The path of `name` in `directory`. */
export function nameBelow(directory: Name, name: Name): Uint8Array {
  const [above, below] = [bytesOf(directory), bytesOf(name)];
  const path = new Uint8Array(above.length + 1 + below.length);
  path.set(above);
  path[above.length] = 0x2f;
  path.set(below, above.length + 1);
  return path;
}

function bytesOf(name: Name): Uint8Array {
  return typeof name === "string" ? encoder.encode(name) : name;
}
