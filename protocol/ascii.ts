// Short texts of ASCII, to bytes and from them.
//
// Most lines of the protocol are such. The runtime's own coders are made for long texts: between
// two requests their code leaves the processor's caches, and then each call costs more than all
// this.

/** Characters up to which a text counts as short. */
const SHORT = 1024;

/** The text, or undefined if it is not a short one of ASCII. */
export function asciiText(bytes: Uint8Array): string | undefined {
  if (bytes.length > SHORT) return undefined;
  for (let i = 0; i < bytes.length; i++) if (bytes[i] > 0x7f) return undefined;
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}

/** The bytes, or undefined if it is not a short text of ASCII. */
export function asciiBytes(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length > SHORT) return undefined;
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return undefined;
    bytes[i] = unit;
  }
  return bytes;
}
