import assert from "node:assert/strict";
import { listing } from "./listing.ts";
import { Flow, Program } from "./program.ts";

Deno.test("steps are named, strings shown, results followed and children indented", () => {
  const program = new Program("x86_64");
  const pid = new Flow();
  program.fork("fork", program.words([0], "{}"), { store: pid }, () => {
    program.step("run", "execve", [program.text("/bin/true"), 0, 0]);
  });
  program.step("wait", "wait4", [pid, 0, 0, 0], { must: false });
  program.end();
  const lines = listing(program).trimEnd().split("\n").map((line) => line.replaceAll(/ +/g, " "));
  assert.deepEqual(lines, [
    "fork clone3({}, 88) = result 1",
    ' run execve("/bin/true", 0, 0)',
    "wait wait4(result 1, 0, 0, 0) (may fail)",
  ]);
});
