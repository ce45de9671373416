// A stream of bytes as lines of text.

/** Each line, without its end. What follows the last line's end is left out. */
export async function* lines(bytes: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let held = "";
  for await (const chunk of bytes) {
    held += decoder.decode(chunk, { stream: true });
    const whole = held.split("\n");
    held = whole.pop()!;
    yield* whole;
  }
}
