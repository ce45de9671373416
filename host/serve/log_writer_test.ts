// The log's writer: lines in their order, readers that stand still, and readers that have gone.

import assert from "node:assert/strict";
import { LogWriter } from "./log_writer.ts";

/** A reader that takes at most `most` bytes at once, when it is let. */
class Reader {
  text = "";
  readonly writes: number[] = [];
  goes = Promise.withResolvers<void>();

  constructor(readonly most: number) {}

  async write(bytes: Uint8Array): Promise<number> {
    await this.goes.promise;
    const taken = bytes.subarray(0, this.most);
    this.writes.push(taken.length);
    this.text += new TextDecoder().decode(taken);
    return taken.length;
  }
}

Deno.test("lines are written together, whole and in their order", async () => {
  const reader = new Reader(7);
  reader.goes.resolve();
  const log = new LogWriter(reader);
  for (let count = 0; count < 5; count++) log.line(`line ${count}`);
  assert.equal(reader.text, "");
  await log.flush(5000);
  log.line("last");
  await log.flush(5000);
  assert.equal(reader.text, "line 0\nline 1\nline 2\nline 3\nline 4\nlast\n");
  assert.equal(reader.writes[0], 7);
});

Deno.test("a reader that stands still costs lines, and nothing else", async () => {
  const reader = new Reader(1 << 20);
  const log = new LogWriter(reader);
  const line = "x".repeat(1000);
  for (let count = 0; count < 5000; count++) log.line(line);
  await log.flush(1);
  log.line(line);
  reader.goes.resolve();
  await log.flush(5000);
  const lines = reader.text.trimEnd().split("\n");
  const kept = lines.filter((one) => one === line).length;
  assert.ok(kept > 900 && kept < 1100, `${kept} lines were kept`);
  const dropped = lines.filter((one) => one !== line).map((one) => JSON.parse(one).dropped_lines);
  assert.equal(dropped.reduce((sum, count) => sum + count, kept), 5001);
});

Deno.test("a reader that has gone changes nothing", async () => {
  const log = new LogWriter({ write: () => Promise.reject(new Error("EPIPE")) });
  log.line("one");
  await log.flush(5000);
  log.line("two");
  await log.flush(5000);
});
