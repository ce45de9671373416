import assert from "node:assert/strict";
import fc from "fast-check";
import { StdinWindow } from "./stdin_window.ts";

/** One step of a transfer: the client sends, the job reads, or the client hears what was taken. */
const step = fc.oneof(
  fc.record({ kind: fc.constant("send" as const), bytes: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ kind: fc.constant("read" as const), bytes: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ kind: fc.constant("hear" as const), bytes: fc.constant(0) }),
);

Deno.test("a window is never exceeded, and all that is read makes room again", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 64 }),
    fc.array(step, { maxLength: 200 }),
    (size, steps) => {
      const client = new StdinWindow(size);
      const agent = new StdinWindow(size);
      let [sent, read] = [0, 0];
      const news: number[] = [];
      for (const { kind, bytes } of steps) {
        if (kind === "send") {
          const piece = Math.min(bytes, client.room);
          client.send(piece);
          agent.send(piece); // a client that respects the window is never refused
          sent += piece;
        } else if (kind === "read") {
          read += Math.min(bytes, sent - read);
          agent.take(read);
          news.push(read);
        } else if (news.length > 0) {
          client.take(news.shift()!);
        }
        assert.ok(sent - read <= size, "what waits fits the window");
      }
      agent.take(sent);
      client.take(sent);
      assert.deepEqual([client.room, agent.room], [size, size]);
    },
  ));
});

Deno.test("a window refuses what cannot be", () => {
  const window = new StdinWindow(10);
  window.send(10);
  assert.throws(() => window.send(1), RangeError);
  assert.throws(() => window.take(11), RangeError);
  window.take(4);
  assert.throws(() => window.take(3), RangeError);
  assert.deepEqual([window.room, window.taken], [4, 4]);
  window.clear();
  assert.deepEqual([window.room, window.taken], [10, 0]);
});
