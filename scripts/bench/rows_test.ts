import assert from "node:assert/strict";
import { table, verdictLines } from "./report.ts";
import { isReached, Rows } from "./rows.ts";

/** Four rounds in which a request's ACK takes `factor` times as long as the echo. */
function measured(factor: number): Rows {
  const rows = new Rows();
  for (rows.round = 0; rows.round < 4; rows.round++) {
    rows.add("ack", [factor * 0.1, factor * 0.1]);
    rows.add("ack", [0.1], "echo");
  }
  return rows;
}

Deno.test("rows: a target of a ratio is judged by the ratio, and said with its interval", () => {
  const [row] = measured(2).results();
  assert.equal(row.count, 8);
  assert.deepEqual(row.verdicts.map(({ text, reached }) => [text, reached]), [["<= 2 x", true]]);
  const text = table([row]);
  assert.match(text, /C epoll echo.*Sallyport is 2 x this \[2, 2\]; target <= 2 x: reached/);
  assert.match(verdictLines([row]), /^1 of 1 targets reached/);
});

Deno.test("rows: what was missed is said once more at the end", () => {
  const [row] = measured(2.5).results();
  assert.equal(row.verdicts[0].reached, false);
  assert.match(table([row]), /target <= 2 x: missed/);
  assert.match(verdictLines([row]), /^0 of 1 .*\nmissed: .*2\.50 x C epoll echo/);
});

Deno.test("rows: a target of a figure stands in the row itself, in the row's unit", () => {
  const rows = new Rows();
  rows.add("accept", [0.5, 1.5, 2]);
  const [row] = rows.results();
  assert.deepEqual(row.verdicts.map(({ text, reached }) => [text, reached]), [["<= 1 ms", false]]);
  assert.match(table([row]), /first connection.* 3 +1\.50 .* ms +target <= 1 ms: missed/);
});

Deno.test("rows: a peer that is not installed judges nothing", () => {
  const rows = new Rows();
  rows.add("ack", [0.1]);
  assert.deepEqual(rows.results()[0].verdicts, []);
});

Deno.test("rows: they come in the catalogue's order, whenever they were measured", () => {
  const rows = new Rows();
  rows.add("python", [1]);
  rows.add("ack", [1]);
  assert.deepEqual(rows.results().map(({ key }) => key), ["ack", "python"]);
});

Deno.test("targets: at most, at least, and nothing measured", () => {
  assert.ok(isReached({ most: 2 }, 2));
  assert.ok(!isReached({ most: 2 }, 2.01));
  assert.ok(isReached({ least: 0.5 }, 0.5));
  assert.ok(!isReached({ least: 0.5 }, 0.49));
  assert.ok(!isReached({ most: 2 }, NaN));
});
