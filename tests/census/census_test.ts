// What jobs, the agent and its launchers reach is what the golden lists say; and what is added to
// it is noticed, line by line.

import assert from "node:assert/strict";
import { startAgent } from "../helpers/agent.ts";
import { cc, file, root, testNeeding } from "../helpers/need.ts";
import { check, golden } from "./check.ts";
import { censusAgent, COMMON, findAll, lookAtRest, walkProfiles } from "./found.ts";
import { difference, goldenLines, goldenText, listed, refuseStrays } from "./golden.ts";
import { readGroups } from "./groups.ts";

const x86: { missing(): string | null } = {
  missing: () => Deno.build.arch === "x86_64" ? null : "the golden lists are of x86_64",
};

testNeeding([cc, root, x86], "census: nothing is reached but what the lists say", async () => {
  const groups = readGroups();
  const found = await findAll(groups);
  const text = await check(groups, found);
  assert.equal(text, undefined, `${text}\n"deno task census --write" renews the lists`);
  const lines = Object.values(found).reduce((sum, list) => sum + list.length, 0);
  console.log(`${Object.keys(found).length} lists, ${lines} lines found`);
});

testNeeding(
  [cc, root, x86, file("/srv"), file("/etc/debian_version")],
  "census: one more path, call and descriptor are three differences",
  async () => {
    const groups = readGroups();
    const entry = "tests/census/altered_agent.ts";
    await using agent = await startAgent({ ...censusAgent, entry, allowAll: true });
    const outside = listed(groups.groups, (await lookAtRest(agent.pid)).agent);
    assert.deepEqual(difference(await golden("agent"), outside), {
      added: ["descriptor /etc/debian_version read x1"],
      gone: [],
    });
    assert.throws(() => refuseStrays(groups.groups, outside), /In no group.*\n.*debian_version/);
    const { lua } = await walkProfiles(agent.target, groups, ["lua"]);
    const expected = [...await golden(COMMON), ...await golden("lua")];
    assert.deepEqual(difference(expected, listed(groups.groups, lua)), {
      added: ["directory /srv 0755", "mount /srv ro,nosuid,nodev", "syscall tee allowed"],
      gone: [],
    });
  },
);

Deno.test("census: every group has a reason, and the first that has a line is its group", () => {
  const groups = `{ "trees": [], "groups": {
    "a": { "why": "the reason of the first", "lines": ["file /{x,y} r*"], "optional": true },
    "b": { "why": "the reason of the second", "lines": ["file *"] }
  } }`;
  const { groups: read } = readGroups(groups);
  assert.deepEqual(listed(read, ["file /z", "file /x rw", "file /z", "other"]), [
    "file /z",
    "other",
  ]);
  assert.throws(() => refuseStrays(read, ["other"]), /other/);
  const text = goldenText(read, "T.", ["file /z"]);
  assert.deepEqual(goldenLines(text), ["file /z"]);
  assert.match(text, /# b: the reason of the second\nfile \/z/);
  assert.throws(() => readGroups('{ "trees": [], "groups": { "a": { "lines": [] } } }'), /no why/);
});

Deno.test("census: only a call that this kernel lacks may be gone", () => {
  const lacking = "syscall cachestat refused silently: ENOSYS";
  const nothing = { added: [], gone: [] };
  assert.deepEqual(difference(["syscall cachestat allowed"], [lacking]), nothing);
  assert.deepEqual(difference([lacking], ["syscall cachestat allowed"]), {
    added: ["syscall cachestat allowed"],
    gone: [lacking],
  });
  assert.deepEqual(difference(["file /a"], []), { added: [], gone: ["file /a"] });
});
