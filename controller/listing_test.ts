import assert from "node:assert/strict";
import { ListingProgress } from "./listing.ts";

const entry = { name: "x", kind: "file", size: 1, mode: 1 } as const;

Deno.test("a listing: pages that bring something new, and a last one", () => {
  const progress = new ListingProgress();
  for (const cursor of ["1:", "2:", "1.5:a"]) progress.take({ entries: [entry], cursor });
  progress.take({ entries: [] });
});

Deno.test("a listing: it has only so many entries and characters", () => {
  const progress = new ListingProgress();
  const half = Array.from({ length: 1 << 19 }, () => entry);
  progress.take({ entries: half, cursor: "1:" });
  progress.take({ entries: half, cursor: "2:" });
  assert.throws(() => progress.take({ entries: [entry] }), /more than 1048576 entries/);
  const long = { ...entry, kind: "symlink", name: "", target: "x".repeat(32 << 20) } as const;
  const wide = new ListingProgress();
  wide.take({ entries: [long], cursor: "1:" });
  assert.throws(() => wide.take({ entries: [long] }), /more than 67108864 characters/);
});
