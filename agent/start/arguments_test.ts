import assert from "node:assert/strict";
import { readArguments } from "./arguments.ts";

const read = (...words: string[]) => readArguments(words, { listen: "text", check: "flag" });

Deno.test("a value stands behind = or in the next word, and may be given again", () => {
  const { texts, flags } = read("--listen=a=b", "--check", "--listen", "c", "--listen=");
  assert.deepEqual(texts.get("listen"), ["a=b", "c", ""]);
  assert.deepEqual([...flags], ["check"]);
});

Deno.test("nothing given is nothing", () => {
  const { texts, flags } = read();
  assert.equal(texts.size + flags.size, 0);
});

for (
  const [words, message] of [
    [["--nonsense"], 'Cannot use "--nonsense": there is no such option'],
    [["vsock:5000"], 'Cannot use "vsock:5000": there is no such option'],
    [["-c"], 'Cannot use "-c": there is no such option'],
    [["--"], 'Cannot use "--": there is no such option'],
    [["--constructor=1"], 'Cannot use "--constructor=1": there is no such option'],
    [["--check=yes"], 'Cannot use "--check=yes": "--check" takes no value'],
    [["--listen"], 'Cannot use "--listen": its value is missing'],
    [["--listen", "--check"], 'Cannot use "--listen": its value is missing'],
  ] as [string[], string][]
) {
  Deno.test(`"${words.join(" ")}" is refused`, () => {
    assert.throws(() => read(...words), (error: Error) => error.message.startsWith(message));
  });
}
