import assert from "node:assert/strict";
import { didYouMean, distance, nearest } from "./nearest.ts";

Deno.test("distance: letters changed, added, left out and swapped", () => {
  const pairs: [string, string, number][] = [
    ["run", "run", 0],
    ["rnu", "run", 1],
    ["timout", "timeout", 1],
    ["memorry", "memory", 1],
    ["inof", "info", 1],
    ["", "abc", 3],
    ["kitten", "sitting", 3],
  ];
  for (const [one, other, far] of pairs) {
    assert.equal(distance(one, other), far, `${one} ${other}`);
    assert.equal(distance(other, one), far, `${other} ${one}`);
  }
});

Deno.test("nearest: a near word or a longer one, else none", () => {
  const words = ["run", "info", "ping", "reset", "timeout"];
  assert.equal(nearest("runn", words), "run");
  assert.equal(nearest("time", words), "timeout");
  assert.equal(nearest("frobnicate", words), undefined);
  assert.equal(nearest("x", words), undefined);
  assert.equal(didYouMean("pign", words, (word) => `--${word}`), '; did you mean "--ping"?');
  assert.equal(didYouMean("zzzz", words), "");
});
