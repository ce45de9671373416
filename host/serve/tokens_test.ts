import assert from "node:assert/strict";
import { makeToken, Tokens } from "./tokens.ts";

Deno.test("a token is its holder's, and no other text is anybody's", () => {
  const [one, two] = [makeToken("one"), makeToken("two")];
  const tokens = new Tokens(`# mine\n\n${one.line}\n${two.line.replace("}", ',"priority":3}')}\n`);
  assert.deepEqual(tokens.holderOf(one.token), { name: "one" });
  assert.deepEqual(tokens.holderOf(two.token), { name: "two", priority: 3 });
  for (const other of ["", one.token.slice(0, -1), `${one.token} `, makeToken("one").token]) {
    assert.equal(tokens.holderOf(other), null);
  }
  assert.match(one.token, /^sp_[\w-]{43}$/);
  assert.ok(!one.line.includes(one.token));
});

Deno.test("a line that is no token is named", () => {
  const { line } = makeToken("one");
  const refuses = (text: string, why: RegExp) => assert.throws(() => new Tokens(text), why);
  refuses("nonsense", /Line 1 is no token/);
  refuses(`\n${line.replace("sha256", "sha1")}`, /Line 2 .*"sha/);
  refuses(`${line}\n${line}`, /Line 2: "one" is named twice/);
  refuses(line.replace("}", ',"timeout_ms":0}'), /"timeout_ms": it must be an integer of at least/);
  assert.throws(() => makeToken("a b"), /letters, digits/);
});
