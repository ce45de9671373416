// The line: order, turns, bounds; and against a slow model that says the rule in other words.

import assert from "node:assert/strict";
import fc from "fast-check";
import { FairQueue, type Place, type Ticket } from "./queue.ts";

function filled(...places: readonly (Place & { name: string })[]): FairQueue<string> {
  const queue = new FairQueue<string>({ waiting: 100 });
  for (const { name, ...place } of places) queue.add(name, place);
  return queue;
}

function drain(queue: FairQueue<string>): string {
  const order: string[] = [];
  for (let next = queue.take(); next !== undefined; next = queue.take()) order.push(next.item);
  return order.join(" ");
}

Deno.test("priority first, then turns of the tenants, then first come", () => {
  const queue = filled(
    { name: "a1", tenant: "a" },
    { name: "a2", tenant: "a" },
    { name: "a3", tenant: "a" },
    { name: "b1", tenant: "b" },
    { name: "urgent", tenant: "a", priority: 1 },
    { name: "c1", tenant: "c" },
    { name: "b2", tenant: "b" },
    { name: "later", tenant: "d", priority: -1 },
  );
  assert.equal(drain(queue), "urgent a1 b1 c1 a2 b2 a3 later");
  assert.equal(queue.size, 0);
});

Deno.test("a full queue, or a tenant with its share, gets null", () => {
  const queue = new FairQueue<number>({ waiting: 3, waitingOfOne: 2 });
  assert.ok(queue.add(1, { tenant: "a" }) && queue.add(2, { tenant: "a" }));
  assert.equal(queue.add(3, { tenant: "a" }), null);
  assert.ok(queue.add(4, { tenant: "b" }));
  assert.equal(queue.add(5, { tenant: "c" }), null);
  queue.take();
  assert.ok(queue.add(6, { tenant: "c" }));
  assert.throws(() => queue.add(7, { priority: NaN }), TypeError);
  assert.throws(() => new FairQueue({ waiting: 1.5 }), TypeError);
});

Deno.test("who is put back is next, even where the queue is full", () => {
  const queue = new FairQueue<string>({ waiting: 2 });
  queue.add("a1", { tenant: "a" });
  queue.add("b1", { tenant: "b" });
  const taken = queue.take()!;
  queue.add("a2", { tenant: "a" });
  queue.putBack(taken);
  assert.equal(queue.size, 3);
  assert.equal(drain(queue), "a1 b1 a2");
});

Deno.test("who left the line is not taken", () => {
  const queue = filled({ name: "a" });
  const ticket = queue.add("b") as Ticket<string>;
  assert.ok(queue.remove(ticket));
  assert.ok(!queue.remove(ticket));
  assert.equal(drain(queue), "a");
});

/** The rule, told slowly: a list of all, and the tenants in the order of their turns. */
class SlowQueue {
  readonly all: Ticket<number>[] = [];
  turns: string[] = [];

  add(ticket: Ticket<number>): void {
    const key = `${ticket.priority} ${ticket.tenant}`;
    if (!this.turns.includes(key)) this.turns.push(key);
    this.all.push(ticket);
  }

  remove(ticket: Ticket<number>): void {
    this.all.splice(this.all.indexOf(ticket), 1);
    this.turns = this.turns.filter((key) =>
      this.all.some(({ priority, tenant }) => key === `${priority} ${tenant}`)
    );
  }

  take(): Ticket<number> | undefined {
    if (this.all.length === 0) return undefined;
    const top = Math.max(...this.all.map(({ priority }) => priority));
    const key = this.turns.find((one) => one.startsWith(`${top} `))!;
    const next = this.all.find(({ priority, tenant }) => key === `${priority} ${tenant}`)!;
    this.remove(next);
    if (this.turns.includes(key)) this.turns = [...this.turns.filter((one) => one !== key), key];
    return next;
  }
}

Deno.test("any order of adding, taking and leaving gives what the rule says", () => {
  const place = fc.record({
    priority: fc.integer({ min: 0, max: 2 }),
    tenant: fc.constantFrom("a", "b", "c"),
  });
  const step = fc.oneof(place, fc.constant("take"), fc.nat(20));
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const queue = new FairQueue<number>({ waiting: 1000 });
    const slow = new SlowQueue();
    for (const [index, one] of steps.entries()) {
      if (one === "take") assert.equal(queue.take(), slow.take());
      else if (typeof one === "object") slow.add(queue.add(index, one as Place)!);
      else if (slow.all.length > 0) {
        const ticket = slow.all[one as number % slow.all.length];
        slow.remove(ticket);
        assert.ok(queue.remove(ticket));
      }
      assert.equal(queue.size, slow.all.length);
    }
  }));
});
