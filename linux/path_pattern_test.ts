import assert from "node:assert/strict";
import * as fc from "fast-check";
import { expandPattern, isAtOrBelow } from "./path_pattern.ts";

Deno.test("a pattern stands for names, and for what is below them", () => {
  const yes = ["/etc/python3", "/etc/python3.11", "/etc/python3.11/x/y"];
  for (const path of yes) assert.ok(isAtOrBelow(path, "/etc/python3*"), path);
  for (const path of ["/etc/python2", "/etc/xpython3", "/etc", "/etc/a/python3"]) {
    assert.ok(!isAtOrBelow(path, "/etc/python3*"), path);
  }
  assert.ok(isAtOrBelow("/etc/java-17-openjdk/x", "/etc/java-*-openjdk"));
  assert.ok(!isAtOrBelow("/etc/java-17/openjdk", "/etc/java-*-openjdk"), "a slash is no letter");
  assert.ok(!isAtOrBelow("/etc/ldXsoXcache", "/etc/ld.so.cache"), "a dot is a dot");
});

Deno.test("a name is matched as a regular expression would", () => {
  const letters = fc.array(fc.constantFrom("a", "b", "*"), { maxLength: 8 });
  const names = fc.array(fc.constantFrom("a", "b"), { maxLength: 10 });
  fc.assert(
    fc.property(letters, names, (pattern, name) => {
      const expected = new RegExp(`^${pattern.join("").replaceAll("*", ".*")}$`).test(
        name.join(""),
      );
      assert.equal(isAtOrBelow(`/${name.join("")}`, `/${pattern.join("")}`), expected);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("a pattern finds the names that there are, and links as links", () => {
  const directory = Deno.makeTempDirSync();
  try {
    for (const name of ["b1", "b2", "c"]) Deno.mkdirSync(`${directory}/${name}`);
    Deno.symlinkSync("/nowhere", `${directory}/b1/x.d`);
    Deno.symlinkSync("b1", `${directory}/b3`);
    const found = (pattern: string) =>
      expandPattern(directory + pattern).map((path) => path.slice(directory.length));
    assert.deepEqual(found("/b*"), ["/b1", "/b2", "/b3"]);
    assert.deepEqual(found("/*/x.d"), ["/b1/x.d", "/b3/x.d"]);
    assert.deepEqual(found("/b1/*.d"), ["/b1/x.d"]);
    assert.deepEqual([found("/d*"), found("/c/x"), found("/b1/x.d/*")], [[], [], []]);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});
