import assert from "node:assert/strict";
import { hasTest, readSkips, readSummary, Skips, sumLine, unexpected } from "./test_report.ts";

Deno.test("summary: colours, steps and time do not matter", () => {
  const line =
    "\x1b[31mFAILED\x1b[0m | 12 passed (1 step) | 3 failed (1 step) | 1 ignored \x1b[38;5;245m(71ms)\x1b[0m";
  assert.deepEqual(readSummary(["x", line, "", "error: Test failed"], 1), {
    passed: 12,
    failed: 3,
    ignored: 1,
  });
});

Deno.test("summary: a run that says nothing and fails is a failure", () => {
  assert.deepEqual(readSummary(["error: Type checking failed"], 1), {
    passed: 0,
    failed: 1,
    ignored: 0,
  });
  assert.equal(readSummary(["ok | 4 passed | 0 failed (2ms)"], 1).failed, 1);
});

Deno.test("skips: names come from JUnit, reasons from what tests print", async () => {
  const junit = `<testsuites><testcase name="a &lt;b&gt; &amp; c" classname="x" time="0">
      <skipped/></testcase><testcase name="fine" classname="x">
      </testcase><testcase name="t &gt; step" classname="x"><skipped/></testcase></testsuites>`;
  assert.deepEqual(readSkips(junit), ["a <b> & c"]);
  assert.ok(hasTest(junit, "a <b> & c"));
  assert.ok(!hasTest(junit, "a"));
  const skips = new Skips();
  const seen: string[] = [];
  const stream = new TransformStream(skips.lines((line) => seen.push(line)));
  const writer = stream.writable.getWriter();
  const done = Array.fromAsync(stream.readable);
  const lines = "SKIPPED: a <b> & c: no cc: at all\nSKIPPED: late: one: kernel: old\n" +
    "SKIPPED: part: of one: why";
  await writer.write(lines.slice(0, 20));
  await writer.write(lines.slice(20));
  await writer.close();
  assert.equal((await done).join(""), lines);
  const joined = skips.join(["a <b> & c", "mute"], (name) => name === "late: one");
  assert.deepEqual(joined, [
    { name: "a <b> & c", why: "no cc: at all", late: false },
    { name: "mute", why: "no reason given", late: false },
    { name: "late: one", why: "kernel: old", late: true },
    { name: "part: of one", why: "why", late: true },
  ]);
  assert.deepEqual(unexpected(joined, "# known\nmute\n\nlate: one\npart: of one\n"), ["a <b> & c"]);
});

Deno.test("last line: skips only where there are some", () => {
  assert.equal(sumLine({ passed: 3, failed: 0, skipped: 0 }), "3 passed, 0 failed");
  assert.equal(sumLine({ passed: 3, failed: 1, skipped: 2 }), "3 passed, 1 failed, 2 skipped");
});
