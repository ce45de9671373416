// The policy author's story of the README, from a refused call to a rule that is kept, in a copy of the project.
//
// What the commands print must stand in the README word for word, but for how many rules there are in all.

import assert from "node:assert/strict";
import { libseccomp } from "../../policy/testing/test_seccomp.ts";
import { projectRoot } from "../helpers/agent.ts";
import { file, root, testNeeding } from "../helpers/need.ts";

const decoder = new TextDecoder();

/** The programs of the story. */
const programs = {
  "mount.py": `import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
print("mount:", libc.mount(b"none", b"/mnt", b"tmpfs", 0, None), os.strerror(ctypes.get_errno()))
`,
  "splice.py": `import os
(r, w), (a, b) = os.pipe(), os.pipe()
os.write(w, b"through")
print(os.splice(r, b, 7), os.read(a, 7))
`,
};

/** A copy of what the policy commands and the agent need, with the caches shared. */
async function copyProject(): Promise<string> {
  const copy = await Deno.makeTempDir({ prefix: "sallyport-story-" });
  await Deno.chmod(copy, 0o755);
  const parts = [
    "agent",
    "controller",
    "linux",
    "policy",
    "protocol",
    "sandbox",
    "scripts",
    "deno.json",
    "deno.lock",
  ];
  const { success, stderr } = await new Deno.Command("cp", {
    args: ["-r", ...parts.map((part) => projectRoot + part), copy],
  }).output();
  assert.ok(success, decoder.decode(stderr));
  await Deno.symlink(`${projectRoot}.cache`, `${copy}/.cache`);
  for (const [name, code] of Object.entries(programs)) {
    await Deno.writeTextFile(`${copy}/${name}`, code);
  }
  return copy;
}

async function policy(copy: string, ...args: string[]): Promise<{ code: number; out: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "scripts/policy.ts", ...args],
    cwd: copy,
    env: { NO_COLOR: "1" },
  }).output();
  return { code, out: decoder.decode(stdout) + decoder.decode(stderr) };
}

testNeeding(
  [root, libseccomp, file("/usr/bin/python3")],
  "policy story: refused, explained, learned, generated, kept",
  async () => {
    const readme = (await Deno.readTextFile(`${projectRoot}README.md`)).replaceAll(/^ {3}/gm, "");
    const inReadme = (text: string) => {
      const plain = text.trim().replaceAll(/\d{3,}/g, "N");
      assert.ok(
        readme.replaceAll(/\d{3,}/g, "N").includes(plain),
        `the README does not say:\n${text}`,
      );
    };
    const copy = await copyProject();
    try {
      const explained = await policy(copy, "explain", "python", "mount");
      inReadme(explained.out);
      const learned = await policy(copy, "learn", "python", "splice.py", "mount.py");
      inReadme(learned.out);
      const again = await policy(copy, "learn", "python", "mount.py", "splice.py");
      assert.equal(again.out, learned.out, "learning depends on the order of the programs");

      const written = await policy(copy, "learn", "python", "splice.py", "--write");
      assert.equal(written.code, 0, written.out);
      const [summary] = /^(written .*\n)+\d+ profiles.* changed, /m.exec(written.out) ?? [];
      inReadme(summary ?? `what it wrote: ${written.out}`);
      assert.match(written.out, /No rule is missing in profile "python"\n$/);
      const table = await Deno.readTextFile(`${copy}/policy/generated/python.md`);
      const row = table.split("\n").filter((line) => line.startsWith("| splice"));
      assert.equal(row.length, 1);
      inReadme(`+${row[0]}`);

      assert.equal((await policy(copy, "--check")).code, 0);
      const path = `${copy}/policy/policy.jsonc`;
      const text = await Deno.readTextFile(path);
      await Deno.writeTextFile(path, text.replace("learned from splice.py", "joins two pipes"));
      const stale = await policy(copy, "--check");
      assert.equal(stale.code, 1);
      assert.match(stale.out, /policy\/generated\/python\.md is stale/);
      assert.equal((await policy(copy)).code, 0);
      assert.equal((await policy(copy, "--check")).code, 0);
    } finally {
      await Deno.remove(copy, { recursive: true });
    }
  },
);
