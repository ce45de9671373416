// Projects in a sandbox of the guest: directories, links, long listings, many files there and back,
// and programs that are in the sandbox already.

import assert from "node:assert/strict";
import { getDirectory, putDirectory, RequestError } from "../../../controller/client.ts";
import { sha256 } from "../../../scripts/tools/digest.ts";
import { type Scenario, text, withClient } from "../guest/scenario.ts";

/** A listing is longer than a reply may be, so that it comes in pages: `agent/serve/listing.ts`. */
const PAGE_BYTES = 40_000;

/**
 * A project of so many files. Each takes some twenty milliseconds there and back when the guest is
 * emulated.
 */
export function projectOf(count: number): Scenario {
  return {
    name: `files: a project of ${count} files goes in, is run, and comes back byte for byte`,
    run: async (stage) => {
      const directory = await Deno.makeTempDir({ prefix: "sallyport-project-" });
      try {
        const project = `${directory}/project`;
        await makeProject(project, count);
        await withClient(stage, async (client) => {
          const sent = await putDirectory(client, project, "work/project");
          assert.deepEqual([sent.files, sent.skipped], [count + 2, []]);
          const run = client.run({
            ...{ language: "python", entry: "work/project/main.py", cwd: "work", keep: true },
            ...{ args: ["an argument"], timeout_ms: 20_000 },
          });
          const { output } = await run.result;
          const told = "42 /sandbox/work/project/main.py /sandbox/work an argument\n";
          assert.equal(text(output.stdout) + text(output.stderr), told);
          const got = await getDirectory(client, "work/project", `${directory}/back`);
          assert.deepEqual([got.files, got.skipped], [count + 2, []]);
        });
        assert.deepEqual(await described(`${directory}/back`), await described(project));
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    },
  };
}

/** In the order they are run. */
export const projectScenarios: readonly Scenario[] = [
  {
    name: "files: put, mkdir, link and remove, and what a link refuses",
    run: (stage) =>
      withClient(stage, async (client) => {
        await client.put("src/pkg/mod.py", "x = 1\n", { mode: 0o600 });
        await client.mkdir("a/b/c", { mode: 0o700 });
        await client.link("a/l", "../src/pkg");
        const shown = (await client.list(undefined, { recursive: true })).map((entry) =>
          `${entry.name} ${entry.kind === "symlink" ? entry.target : entry.mode.toString(8)}`
        );
        assert.deepEqual(shown, [
          ...["a 755", "a/b 755", "a/b/c 700", "a/l ../src/pkg"],
          ...["src 755", "src/pkg 755", "src/pkg/mod.py 600"],
        ]);
        const forbidden = (error: unknown) =>
          error instanceof RequestError && error.code === "forbidden_path";
        await assert.rejects(client.put("a/l/x", ""), forbidden);
        await assert.rejects(client.remove("a"), forbidden);
        await client.remove("a", { recursive: true });
        assert.equal(
          text(await client.get("src/pkg/mod.py")),
          "x = 1\n",
          "the link's target stays",
        );
        assert.deepEqual((await client.list()).map(({ name }) => name), ["src"]);
      }),
  },
  {
    name: "files: a listing of many pages has each name once",
    run: (stage) =>
      withClient(stage, async (client) => {
        const code = "import os\nfor i in range(800):\n" +
          " if i % 100 == 0: os.makedirs(f'd/{i // 100}')\n" +
          " open(f'd/{i // 100}/{i}-' + 'x' * 80, 'w').close()";
        const options = { language: "python", keep: true, timeout_ms: 30_000 };
        assert.equal((await client.run({ ...options, code }).result).exit_code, 0);
        const entries = await client.list("d", { recursive: true });
        assert.ok(JSON.stringify(entries).length > 2 * PAGE_BYTES);
        assert.equal(entries.length, 808);
        assert.equal(new Set(entries.map(({ name }) => name)).size, 808);
      }),
  },
  projectOf(100),
  {
    name: "kept: a second run finds the first one's files, and a third without it does not",
    run: (stage) =>
      withClient(stage, async (client) => {
        const run = async (code: string, keep: boolean) =>
          text((await client.run({ language: "sh", code, keep }).result).output.stdout);
        assert.equal(
          await run("echo one > kept; echo $$ > /tmp/kept; echo first", true),
          "first\n",
        );
        assert.equal(await run("read x < kept; read y < /tmp/kept; echo $x", true), "one\n");
        await client.reset();
        assert.equal(
          await run("test -e kept || test -e /tmp/kept || echo nothing", false),
          "nothing\n",
        );
      }),
  },
];

/** Files of all sizes, some of them programs, names that are not simple, and a link. */
async function makeProject(project: string, count: number): Promise<void> {
  const folders = [
    "with space",
    "emoji 🎈",
    ".dot",
    "-dash",
    "é",
    "tab\t",
    "quote'\"",
    "a".repeat(200),
  ];
  for (let i = 0; i < count; i++) {
    const folder = `${project}/pkg${i % 10}/${folders[i % folders.length]}`;
    await Deno.mkdir(folder, { recursive: true });
    const bytes = crypto.getRandomValues(new Uint8Array(i % 50 === 0 ? 60_000 : i));
    await Deno.writeFile(`${folder}/f${i}`, bytes, { mode: i % 2 ? 0o644 : 0o755 });
  }
  await Deno.writeTextFile(`${project}/helper.py`, "def answer(): return 42\n");
  await Deno.writeTextFile(
    `${project}/main.py`,
    "import helper, os, sys\nprint(helper.answer(), sys.argv[0], os.getcwd(), *sys.argv[1:])\n",
  );
  await Deno.symlink("helper.py", `${project}/same.py`);
}

/** Every entry with its kind, mode and content. */
async function described(directory: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(directory)) {
    const path = `${directory}/${name}`;
    if (isSymlink) lines.push(`${name} -> ${await Deno.readLink(path)}`);
    else if (isDirectory) lines.push(...(await described(path)).map((line) => `${name}/${line}`));
    else {
      const { mode } = await Deno.stat(path);
      lines.push(`${name} ${mode} ${await sha256(await Deno.readFile(path))}`);
    }
  }
  return lines.sort();
}
