// The beginning and the end of a stream of output, as text: what a model reads of it.
//
// A stream may have many megabytes, and a model's window has not. The middle is what is least
// missed: programs say at the beginning what they do, and at the end how it went.

/** Most characters that are kept of each end. */
export const endCharacters = 16_384;

/** Takes bytes and keeps both ends of their text. Bytes that are no UTF-8 become U+FFFD. */
export class KeptText {
  readonly #decoder = new TextDecoder();
  #head = "";
  #tail = "";
  #left = 0;

  /** Takes a piece. Returns its text; a character that is cut comes with the next piece. */
  push(bytes: Uint8Array): string {
    const text = this.#decoder.decode(bytes, { stream: true });
    this.#keep(text);
    return text;
  }

  /** Whether something of the middle is missing. */
  get truncated(): boolean {
    return this.#left > 0;
  }

  /** The text, when all has come. */
  end(): string {
    this.#keep(this.#decoder.decode());
    if (!this.truncated) return this.#head + this.#tail;
    return `${this.#head}\n[${this.#left} characters are left out here]\n${this.#tail}`;
  }

  #keep(text: string): void {
    const room = endCharacters - this.#head.length;
    this.#head += text.slice(0, room);
    this.#tail += text.slice(room);
    const over = this.#tail.length - endCharacters;
    if (over <= 0) return;
    this.#left += over;
    this.#tail = this.#tail.slice(over);
  }
}
