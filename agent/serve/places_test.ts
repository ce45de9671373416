import assert from "node:assert/strict";
import fc from "fast-check";
import { type Holder, placeFor, placeRules } from "./places.ts";

const { all, ofOnePeer, keptMs } = placeRules;
const now = 1_000_000;
const busy = (peer: string): Holder => ({ peer, idle: undefined });
const silent = (peer: string, since: number): Holder => ({ peer, idle: { since, asked: false } });
const asked = (peer: string, ago: number): Holder => ({
  peer,
  idle: { since: now - ago, asked: true },
});
const times = (count: number, of: Holder) => Array.from({ length: count }, () => ({ ...of }));

Deno.test("places: one peer has its eight, and others still find one", () => {
  const eight = times(ofOnePeer, busy("a"));
  assert.equal(placeFor(eight.slice(1), "a", now), "free");
  assert.equal(placeFor(eight, "a", now), "taken");
  assert.equal(placeFor(eight, "b", now), "free");
  const full = [...eight, ...times(all - ofOnePeer, busy("b"))];
  assert.equal(placeFor(full, "b", now), "taken");
  assert.equal(placeFor(full, "c", now), "taken");
});

Deno.test("places: who never asked goes first, then who has been idle for longest", () => {
  const late = asked("a", keptMs + 1);
  const later = asked("a", keptMs + 2);
  const first = silent("a", now - 2);
  const second = silent("a", now - 1);
  const rest = times(ofOnePeer - 4, busy("a"));
  const holders = [late, second, later, first, ...rest];
  for (const expected of [first, second, later, late]) {
    assert.equal(placeFor(holders, "a", now), expected);
    holders[holders.indexOf(expected)] = asked("a", keptMs - 1);
  }
  assert.equal(placeFor(holders, "a", now), "taken");
});

Deno.test("places: a peer at its bound takes none from another", () => {
  const own = times(ofOnePeer, asked("a", 0));
  const other = times(all - ofOnePeer, silent("b", 0));
  assert.equal(placeFor([...own, ...other], "a", now), "taken");
  assert.equal(placeFor([...own, ...other], "c", now), other[0]);
});

Deno.test("places: whatever comes, nobody has more than a share, and only idle ones lose theirs", () => {
  const holder = fc.record({
    peer: fc.constantFrom("a", "b", "c"),
    idle: fc.option(
      fc.record({ since: fc.nat(now), asked: fc.boolean() }),
      { nil: undefined },
    ),
  });
  fc.assert(fc.property(fc.array(holder, { maxLength: 60 }), (coming) => {
    const placed: Holder[] = [];
    for (const one of coming) {
      const answer = placeFor(placed, one.peer, now);
      if (answer === "taken") continue;
      if (answer !== "free") {
        assert.notEqual(answer.idle, undefined);
        placed.splice(placed.indexOf(answer), 1);
      }
      placed.push(one);
      assert.ok(placed.length <= all);
      assert.ok(placed.filter(({ peer }) => peer === one.peer).length <= ofOnePeer);
    }
  }));
});
