// Names that a job may choose, which are any bytes: each is listed, fetched where a request can say
// it, and removed with the directory above it.

import assert from "node:assert/strict";
import { getDirectory } from "../../controller/client.ts";
import { startAgent } from "../helpers/agent.ts";
import { type Client, connect, runJob, text } from "../helpers/job.ts";
import { file, testNeeding } from "../helpers/need.ts";

const python = file("/usr/bin/python3");

/** Text, or what stands in a listing for bytes that are none; "#" becomes a number. */
const texts: readonly string[] = [
  "plain#",
  "-rf#",
  "--#",
  "..foo#",
  "...#",
  ".#",
  "line\nend#",
  "\x1b[2J#",
  "\ufeffmark#",
  "🎈#",
  "é#",
  "e\u0301#",
  "\\xff#",
  " #",
  "'\"$(x)`#",
  "*#?[",
  `${"x".repeat(250)}#`,
];
const bytes: readonly string[] = [
  "\\xff#",
  "\\xff\\x5c\\xfe#",
  "\\xe2\\x82#",
  "\\xed\\xa0\\x80#",
  "\\xc0\\xaf#",
  "\n\\x80#",
  `${"\\xff".repeat(250)}#`,
];

/** Makes `count` entries of every kind in "n": files, directories with such a file, links. */
const makes = (count: number) => `
import os, re
texts = ${JSON.stringify(texts)}
raws = [re.sub(rb'\\\\x(..)', lambda m: bytes([int(m[1], 16)]), t.encode()) for t in ${
  JSON.stringify(bytes)
}]
names = [t.encode() for t in texts] + raws
os.mkdir('n'); os.chdir('n')
for i in range(${count}):
    name = names[i % len(names)].replace(b'#', b'%04d' % i)[-255:]
    if i % 5 == 3:
        os.mkdir(name); open(os.path.join(name, name), 'w').close()
    elif i % 5 == 4: os.symlink(names[i % 7] if i % 2 else raws[i % 7], name)
    else: open(name, 'w').close()
`;

interface Made {
  readonly name: string;
  readonly kind: string;
  readonly escaped: boolean;
}

/** What `makes` made, as it should be listed. */
function made(count: number): Made[] {
  const names = [...texts, ...bytes];
  return Array.from({ length: count }, (_, i) => ({
    name: names[i % names.length].replace("#", String(i).padStart(4, "0")),
    kind: i % 5 === 3 ? "directory" : i % 5 === 4 ? "symlink" : "file",
    escaped: i % names.length >= texts.length,
  }));
}

const sorted = (lines: string[]) => lines.toSorted();

async function make(client: Client, count: number): Promise<Made[]> {
  const job = await runJob(client, {
    language: "python",
    code: makes(count),
    keep: true,
    timeout_ms: 20_000,
  });
  assert.equal(job.result.exit_code, 0, text(job.stderr));
  return made(count);
}

testNeeding([python], "names: 10,000 of every kind are listed, and removed", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  const all = await make(client, 10_000);
  const shown = (name: string, kind: string, escaped?: boolean) =>
    `${escaped ? "bytes" : "text"} ${kind} ${name}`;
  const listed = await client.list("n");
  assert.deepEqual(
    sorted(listed.map(({ name, kind, escaped }) => shown(name, kind, escaped))),
    sorted(all.map(({ name, kind, escaped }) => shown(name, kind, escaped))),
  );
  for (const { kind, name, target } of listed) {
    if (kind === "symlink") assert.equal(target === undefined, isRaw(all, name), name);
  }
  // What is in a directory whose name no request can say is not shown; the directory is.
  const inner = all.filter(({ kind, escaped }) => kind === "directory" && !escaped);
  const deep = await client.list("n", { recursive: true });
  assert.deepEqual(
    sorted(deep.filter(({ name }) => name.includes("/")).map(({ name }) => name)),
    sorted(inner.map(({ name }) => `${name}/${name}`)),
  );
  // One at a time, wherever a request can say the name.
  for (const { name, kind } of all.filter(({ escaped }) => !escaped).slice(0, 300)) {
    await client.remove(`n/${name}`, { recursive: kind === "directory" });
  }
  assert.equal((await client.list("n")).length, 10_000 - 300);
  await assert.rejects(client.remove("n"), /must be empty, or removed with "recursive"/);
  await client.remove("n", { recursive: true });
  assert.deepEqual((await client.list()).map(({ name }) => name), ["main.py"]);
});

/** Whether the link of that name has a text that is not UTF-8: an even number. */
function isRaw(all: readonly Made[], name: string): boolean {
  return all.findIndex((each) => each.name === name) % 2 === 0;
}

testNeeding(
  [python],
  "names: getDirectory fetches what can be named, and says what not",
  async () => {
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    const all = await make(client, 120);
    const to = await Deno.makeTempDir();
    try {
      const { skipped } = await getDirectory(client, "n", `${to}/n`);
      const [bare, raw] = [true, false].map((fits) =>
        all.filter(({ kind, escaped }, i) =>
          fits === (!escaped && (kind !== "symlink" || i % 2 === 1))
        )
          .map(({ name }) => name)
      );
      assert.deepEqual(sorted(skipped.filter((name) => !name.includes("/"))), sorted(raw));
      assert.deepEqual(
        sorted([...Deno.readDirSync(`${to}/n`)].map(({ name }) => name)),
        sorted(bare),
      );
    } finally {
      await Deno.remove(to, { recursive: true });
    }
  },
);

testNeeding([python], "names: what lies deeper than a path may be long", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  const code = "import os\n" +
    "os.mkdir('deep'); os.chdir('deep')\n" +
    "for i in range(600):\n" +
    "    name = b'\\xff' * 30 if i > 300 else b'd' * 20\n" +
    "    os.mkdir(name); os.mkdir('closed', 0); os.chdir(name); open('file', 'w').close()";
  const job = await runJob(client, { language: "python", code, keep: true });
  assert.equal(job.result.exit_code, 0, text(job.stderr));
  const to = await Deno.makeTempDir();
  try {
    const { files, skipped } = await getDirectory(client, "deep", `${to}/deep`);
    assert.deepEqual([files, skipped.length], [48, 1], "as deep as a path may be, and no more");
  } finally {
    await Deno.remove(to, { recursive: true });
  }
  await client.remove("deep", { recursive: true });
  assert.deepEqual((await client.list()).map(({ name }) => name), ["main.py"]);
});
