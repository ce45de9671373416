// Converts short ASCII texts to bytes and back.
//
// Most lines of the protocol are short ASCII. The runtime's own coders are made for long texts:
// between two requests their code leaves the processor's caches, and then each call costs more than
// the loops here.

/** The most characters a short text may have. */
const SHORT = 1024;

/** The text, or undefined if it is too long or not ASCII. */
export function asciiText(bytes: Uint8Array): string | undefined {
  if (bytes.length > SHORT) return undefined;
  for (let i = 0; i < bytes.length; i++) if (bytes[i] > 0x7f) return undefined;
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}

/** The bytes, or undefined if the text is too long or not ASCII. */
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
