// What a job sees of the guest's /etc and of /proc/sys is what is listed, by whatever route, and none
// of it can be written. With the layer "view" off, the same routes reach what is not listed.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { isAtOrBelow } from "../../linux/path_pattern.ts";
import { policy } from "../../policy/generated/policy.ts";
import { identityFiles } from "../../sandbox/identity.ts";
import { ownSettings, settingNames, UUID } from "../../sandbox/sys_view.ts";
import { startAgent } from "../helpers/agent.ts";
import { type Client, connect, runJob, text } from "../helpers/job.ts";
import { file, root, testNeeding } from "../helpers/need.ts";
import { absent, looks, routes, writes } from "./etc_cases.ts";

const python = file("/usr/bin/python3");
const machineId = file("/etc/machine-id");

/** Runs a program of etc_cases.ts with `words`, under the widest profile. Returns what it prints. */
async function ask<T>(client: Client, code: string, words: readonly string[]): Promise<T> {
  const job = await runJob(client, {
    language: "python",
    profile: "workspace",
    code,
    stdin: { text: JSON.stringify(words) },
    timeout_ms: 20_000,
  });
  assert.equal(job.result.exit_code, 0, JSON.stringify(job.result) + text(job.stderr));
  return JSON.parse(text(job.stdout));
}

const isListed = (path: string) =>
  [...policy.etc, ...Object.keys(identityFiles(0))].some((listed) => isAtOrBelow(path, listed));

/** Whether a path leads to something listed. */
const isAbove = (path: string) =>
  [...policy.etc].some((listed) => listed.startsWith(`${path}/`)) || path === "/etc";

testNeeding(
  [python, root, machineId],
  `etc: ${routes.length} routes to what is not listed`,
  async (t) => {
    await using whole = await startAgent();
    await using weak = await startAgent({ flags: ["--without", "view"] });
    await using wholeClient = await connect(whole.target);
    await using weakClient = await connect(weak.target);
    const id = (await Deno.readTextFile("/etc/machine-id")).trim();
    for (const { name, code, succeeds } of routes) {
      await t.step(name, async () => {
        const ends = await ask<string>(wholeClient, absent + code, []);
        assert.doesNotMatch(ends, new RegExp(id), "it reads the machine's id");
        assert.match(ends, /^E[A-Z]+$/);
        const came = await ask<string>(weakClient, absent + code, []);
        assert.equal(came.includes(id), succeeds, `without the layer: ${came}`);
      });
    }
  },
);

interface Found {
  readonly path: string;
  readonly kind: string;
  readonly hash?: string;
}

testNeeding([python], "etc: a job finds what is listed, as the guest has it", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  const found = await ask<Found[]>(client, looks, ["/etc"]);
  assert.ok(found.length > 10, `${found.length} found`);
  const own = identityFiles(Deno.uid() === 0 ? 1000 : 0);
  for (const { path, kind, hash } of found) {
    assert.ok(isListed(path) || isAbove(path), `${path} is not listed`);
    if (kind !== "file") continue;
    const bytes = path in own
      ? new TextEncoder().encode(own[path])
      : await Deno.readFile(path).catch(() => null);
    const expected = bytes === null ? "EACCES" : createHash("sha256").update(bytes).digest("hex");
    assert.equal(hash, expected, `${path} is another file`);
  }
  const names = [...Deno.readDirSync("/etc")].map(({ name }) => `/etc/${name}`);
  const seen = new Set(found.map(({ path }) => path));
  for (const path of names.filter(isListed)) {
    // What the agent leaves out here it names with --check; all of Debian's is world-readable.
    assert.ok(seen.has(path), `${path} is listed, and missing`);
  }
  const gone = names.filter((path) => !seen.has(path));
  console.log(`${found.length} files and directories seen; ${gone.length} names of /etc are not`);
});

testNeeding([python], "etc: nothing that is seen there can be changed", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  const found = await ask<Found[]>(client, looks, ["/etc", "/proc/sys"]);
  const each = found.filter(({ path }) => path.split("/").length <= 4).map(({ path }) => path);
  const tried = await ask<Record<string, string[]>>(client, writes, each);
  let count = 0;
  for (const [attempt, came] of Object.entries(tried)) {
    count += came.length;
    assert.deepEqual(came.filter((each) => !/ E[A-Z]+$/.test(each)), [], attempt);
  }
  assert.ok(count >= each.length * 4);
  console.log(`${count} attempts on ${each.length} paths`);
});

testNeeding([python], "etc: /proc/sys has the settings that are listed", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  const listed = [...Object.keys(settingNames), ...Object.keys(ownSettings), UUID]
    .map((name) => `/proc/sys/${name}`);
  const found = (await ask<Found[]>(client, looks, ["/proc/sys"]))
    .filter(({ kind }) => kind === "file").map(({ path }) => path);
  assert.deepEqual(found.filter((path) => !listed.includes(path)), []);
  for (const path of listed) {
    const here = path.startsWith("/proc/sys/kernel/") ||
      await Deno.stat(path).then(() => true, () => false);
    if (here) assert.ok(found.includes(path), `${path} is listed, and missing`);
  }
  const code = "import json\nread = lambda name: open('/proc/sys/kernel/' + name).read()\n" +
    "print(json.dumps([read('hostname'), read('random/uuid') == read('random/uuid'), " +
    "read('osrelease')]))";
  const release = await Deno.readTextFile("/proc/sys/kernel/osrelease");
  assert.deepEqual(await ask(client, code, []), ["sandbox\n", false, release]);
});

testNeeding([python], "etc: without the layer, a job finds the rest of /proc/sys", async () => {
  await using agent = await startAgent({ flags: ["--without", "view"] });
  await using client = await connect(agent.target);
  const found = await ask<Found[]>(client, looks, ["/proc/sys/kernel"]);
  assert.ok(found.some(({ path }) => path === "/proc/sys/kernel/random/boot_id"));
});
