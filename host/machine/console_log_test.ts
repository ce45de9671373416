import assert from "node:assert/strict";
import { ConsoleLog } from "./console_log.ts";

Deno.test("console: keeps the last 64 KiB and gives its last lines", () => {
  const log = new ConsoleLog();
  for (let i = 0; i < 10_000; i++) log.add(`line ${i}\r\n\r\n`);
  assert.equal(log.text.length, 64 * 1024);
  assert.deepEqual(log.lines(2), ["line 9998", "line 9999"]);
});

Deno.test("console: a panic is told once, also when it comes in pieces", () => {
  const told: string[] = [];
  const log = new ConsoleLog(undefined, (line) => told.push(line));
  log.add("[    1.0] Kernel pan");
  log.add("ic - not syncing: No init");
  assert.deepEqual(told, []);
  log.add(" found.\r\n[    1.1] Kernel panic - not syncing: again\n");
  assert.deepEqual(told, ["[    1.0] Kernel panic - not syncing: No init found."]);
  assert.equal(log.fatal, told[0]);
});

Deno.test("console: an agent's last line is told, other lines are not", () => {
  const log = new ConsoleLog();
  log.add('{"level":"info"}\nKernel panicked? no\n');
  assert.equal(log.fatal, null);
  log.add('{"level":"fatal","error":"Error","message":"Cannot"}\n');
  assert.match(log.fatal!, /Cannot/);
});

Deno.test("console: a character that is cut in two is whole again", async () => {
  const log = new ConsoleLog();
  const bytes = new TextEncoder().encode("é\n");
  await log.follow(ReadableStream.from([bytes.subarray(0, 1), bytes.subarray(1)]));
  assert.equal(log.text, "é\n");
});
