import assert from "node:assert/strict";
import * as fc from "fast-check";
import { findCgroup } from "./cgroup_path.ts";

const mount = (root: string, point: string, type = "cgroup2") =>
  `31 23 0:28 ${root} ${point} rw,nosuid shared:9 - ${type} cgroup2 rw,nsdelegate\n`;

for (
  const [name, own, mounts, directory] of [
    ["the root", "/", mount("/", "/sys/fs/cgroup"), "/sys/fs/cgroup"],
    ["a service", "/a/b.service", mount("/", "/sys/fs/cgroup"), "/sys/fs/cgroup/a/b.service"],
    ["a subtree that is bound", "/a/b", mount("/a", "/cg"), "/cg/b"],
    ["exactly what is bound", "/a", mount("/a", "/cg"), "/cg"],
    ["a blank in the path", "/a", mount("/", "/my\\040cg"), "/my cg/a"],
    ["beside v1", "/a", mount("/", "/v1", "cgroup") + mount("/", "/v2"), "/v2/a"],
    ["the mount that shows it", "/a/b", mount("/x", "/1") + mount("/a", "/2"), "/2/b"],
  ]
) {
  Deno.test(`own cgroup: ${name}`, () => {
    assert.deepEqual(findCgroup(`4:memory:/old\n0::${own}\n`, mounts), { own, directory });
  });
}

Deno.test("own cgroup: what is missing is said", () => {
  const v2 = mount("/", "/sys/fs/cgroup");
  assert.throws(() => findCgroup("4:memory:/\n", v2), /^Error: this kernel has no cgroup v2$/);
  assert.throws(
    () => findCgroup("0::/\n", mount("/", "/x", "tmpfs")),
    /no cgroup v2 tree is mounted/,
  );
  assert.throws(() => findCgroup("0::/ab\n", mount("/a", "/x")), /no mounted .* shows "\/ab"/);
});

Deno.test("own cgroup: no text makes it fail otherwise, or point outside its mount", () => {
  fc.assert(fc.property(fc.string(), fc.string(), (group, mounts) => {
    try {
      const { directory } = findCgroup(
        `0::/${group}`,
        `${mounts}\n${mount("/", "/sys/fs/cgroup")}`,
      );
      assert.ok(directory.startsWith("/"));
    } catch (error) {
      assert.match((error as Error).message, /^(no mounted|no cgroup|this kernel)/);
    }
  }));
});

Deno.test("findCgroup: a line that is too short is no mount", () => {
  for (const line of ["0: - cgroup2 :", "- cgroup2", "1 2 3 4 5 - cgroup2 a b"]) {
    assert.throws(() => findCgroup("0::/a\n", line), /no cgroup v2 tree is mounted/);
  }
});
