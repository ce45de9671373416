// Projects in a sandbox: directories, links, removal, long listings, and programs that are there
// already. What a job left behind may be anything.

import assert from "node:assert/strict";
import { getDirectory, putDirectory } from "../../controller/client.ts";
import { startAgent } from "../helpers/agent.ts";
import { connect, runJob, text } from "../helpers/job.ts";
import { cc, file, testNeeding } from "../helpers/need.ts";
import { fixture } from "../helpers/fixture.ts";
import { Wire } from "../helpers/wire.ts";

const python = file("/usr/bin/python3");

/** A client of a new agent; both end with the test. */
async function started() {
  const agent = await startAgent();
  const client = await connect(agent.target);
  return {
    client,
    async [Symbol.asyncDispose]() {
      await client.close();
      await agent[Symbol.asyncDispose]();
    },
  };
}

const names = (entries: { name: string }[]) => entries.map(({ name }) => name);

Deno.test("files: put makes the directories above, mkdir and link as well", async () => {
  await using it = await started();
  const { client } = it;
  const deep = Array.from({ length: 60 }, (_, i) => `d${i}`).join("/");
  await client.put("src/pkg/mod.py", "x = 1\n");
  await client.put(`${deep}/f`, "deep");
  await client.mkdir("a/b/c", { mode: 0o700 });
  await client.mkdir("a/b/c"); // one that is there stays
  await client.link("a/links/l", "../../src");
  await client.link("a/links/l", "../b"); // replaced
  assert.equal(text(await client.get(`${deep}/f`)), "deep");
  const shown = (await client.list("a", { recursive: true })).map((entry) =>
    [entry.name, entry.kind, entry.kind === "symlink" ? entry.target : entry.mode.toString(8)].join(
      " ",
    )
  );
  assert.deepEqual(shown, [
    "b directory 755",
    "b/c directory 700",
    "links directory 755",
    "links/l symlink ../b",
  ]);
  const refusals: [() => Promise<unknown>, string, RegExp][] = [
    [() => client.put("src/pkg/mod.py/x", ""), "not_found", /must not lead through a file/],
    [() => client.mkdir("src/pkg/mod.py"), "not_found", /must not lead through a file/],
    [() => client.put("src/pkg", ""), "not_found", /must be a regular file/],
    [() => client.put("a/links/l/x", ""), "forbidden_path", /must not lead through a link/],
    [() => client.mkdir("a/links/l/x"), "forbidden_path", /must not lead through a link/],
    [() => client.link("src/pkg", "x"), "forbidden_path", /must not be there already/],
    [() => client.get("nothing"), "not_found", /must be the path of a file that is there/],
    [() => client.list("nothing"), "not_found", /must be the path/],
    [() => client.remove("nothing"), "not_found", /must be the path/],
    [() => client.remove("a"), "forbidden_path", /must be empty, or removed with "recursive"/],
    [() => client.remove("a/links/l/c"), "forbidden_path", /must not lead through a link/],
  ];
  for (const [call, code, message] of refusals) {
    await assert.rejects(call, (error: Error & { code?: string }) => {
      assert.equal(error.code, code, String(call));
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("files: remove takes a file, a link and not its target, an empty directory, a tree", async () => {
  await using it = await started();
  const { client } = it;
  await client.put("keep/f", "kept");
  await client.put("t/x", "");
  await client.link("t/l", "../keep");
  await client.mkdir("t/empty");
  for (let i = 0; i < 130; i++) await client.put(`t/many/${i % 7}/f${i}`, "x");
  await client.remove("t/l");
  await client.remove("t/x");
  await client.remove("t/empty");
  assert.deepEqual(names(await client.list("t")), ["many"]);
  await client.link("t/many/3/out", "../../../keep");
  await client.remove("t", { recursive: true });
  assert.deepEqual(names(await client.list(undefined, { recursive: true })), ["keep", "keep/f"]);
});

testNeeding([python], "files: 20,000 files are listed, one time each", async () => {
  await using it = await started();
  const { client } = it;
  const code = [
    "import os",
    "for i in range(20000):",
    "    if i % 100 == 0: os.makedirs(f'd{i // 2000}/e{i // 100}')",
    "    open(f'd{i // 2000}/e{i // 100}/f{i}', 'w').close()",
    "for i in range(3000): open(f'flat-{i}-' + 'x' * 100, 'w').close()",
  ].join("\n");
  const job = await runJob(client, { language: "python", code, keep: true, timeout_ms: 20_000 });
  assert.equal(job.result.exit_code, 0, text(job.stderr));
  const flat = names(await client.list());
  assert.equal(flat.length, 10 + 3000 + 1, "directories, files, main.py");
  assert.equal(new Set(flat).size, flat.length);
  const all = await client.list(undefined, { recursive: true });
  assert.equal(all.filter(({ kind }) => kind === "file").length, 23_001);
  assert.equal(new Set(names(all)).size, all.length);
  await client.remove("d3", { recursive: true });
  assert.equal((await client.list(undefined, { recursive: true })).length, all.length - 2021);
});

testNeeding([python], "files: a tree that a job made to hurt is listed and removed", async () => {
  await using it = await started();
  const { client } = it;
  const code = [
    "import os, socket",
    "os.makedirs('hurt'); os.chdir('hurt')",
    "os.mkfifo('fifo')",
    "socket.socket(socket.AF_UNIX).bind('socket')",
    "os.symlink('.', 'loop'); os.symlink('/', 'root'); os.symlink('../..', 'up'); os.symlink('x' * 4000, 'long')",
    "open('line\\nend\\x1b[2J', 'w').close()",
    "open(b'\\xff\\xfe', 'w').close()",
    "os.mkdir('closed', 0)",
    "for i in range(200): os.mkdir('d' * 20); os.chdir('d' * 20)",
  ].join("\n");
  const job = await runJob(client, { language: "python", code, keep: true });
  assert.equal(job.result.exit_code, 0, text(job.stderr));
  const all = await client.list("hurt", { recursive: true });
  const kinds = Object.fromEntries(all.map(({ name, kind }) => [name, kind]));
  assert.deepEqual(
    ["fifo", "socket", "loop", "root", "up", "closed", "line\nend\x1b[2J"].map((n) => kinds[n]),
    ["other", "other", "symlink", "symlink", "symlink", "directory", "file"],
  );
  assert.equal(all.find(({ name }) => name === "long")?.target?.length, 4000);
  assert.ok(!all.some(({ name }) => name.startsWith("root/") || name.startsWith("loop/")));
  const deepest = Math.max(...all.map(({ name }) => name.length));
  assert.ok(deepest > 900 && deepest < 1050, `goes as deep as a path may: ${deepest}`);
  await assert.rejects(client.get("hurt/fifo"), { code: "not_found" });
  await using directory = await temporary();
  const { skipped } = await getDirectory(client, "hurt", directory.path);
  assert.deepEqual(
    ["fifo", "socket", "root", "up", "long", "\\xff\\xfe"].filter((n) => !skipped.includes(n)),
    ["long"],
  );
  await client.remove("hurt", { recursive: true });
  assert.deepEqual(names(await client.list()), ["main.py"]);
});

testNeeding(
  [python],
  "files: a project of 1,000 files goes in, runs, and comes back as it was",
  async () => {
    await using it = await started();
    const { client } = it;
    await using directory = await temporary();
    const project = `${directory.path}/project`;
    const special = [
      "with space",
      "emoji 🎈",
      ".dot",
      "-dash",
      "é",
      "tab\t",
      "quote'\"",
      "a".repeat(200),
    ];
    for (let i = 0; i < 1000; i++) {
      const folder = `${project}/pkg${i % 10}/${special[i % special.length]}`;
      await Deno.mkdir(folder, { recursive: true });
      await Deno.writeTextFile(`${folder}/f${i}.txt`, String(i), { mode: i % 2 ? 0o644 : 0o755 });
    }
    await Deno.writeTextFile(`${project}/helper.py`, "def answer(): return 42\n");
    await Deno.writeTextFile(
      `${project}/main.py`,
      "import helper, sys\nprint(helper.answer(), sys.argv)\n",
    );
    await Deno.symlink("helper.py", `${project}/same.py`);
    const sent = await putDirectory(client, project, "proj");
    assert.deepEqual([sent.files, sent.skipped], [1002, []]);
    const job = await runJob(client, {
      language: "python",
      entry: "proj/main.py",
      args: ["x"],
      keep: true,
    });
    assert.deepEqual([text(job.stdout), text(job.stderr)], ["42 ['proj/main.py', 'x']\n", ""]);
    const back = `${directory.path}/back`;
    const got = await getDirectory(client, "proj", back);
    assert.deepEqual([got.files, got.skipped], [1002, []]);
    assert.deepEqual(await described(back), await described(project));
  },
);

testNeeding([python], "files: modules, PYTHONPATH, cwd and the name of the program", async () => {
  await using it = await started();
  const { client } = it;
  await client.put("helper.py", "name = 'helper'\n");
  await client.put("lib/other.py", "name = 'other'\n");
  await client.put("work/data.txt", "data");
  const code = "import helper, other, os, sys\n" +
    "print(helper.name, other.name, open('data.txt').read(), os.getcwd(), __file__, sys.argv[0])";
  const job = await runJob(client, {
    language: "python",
    code,
    cwd: "work",
    env: { PYTHONPATH: "/sandbox/lib" },
    keep: true,
  });
  assert.equal(
    text(job.stdout) + text(job.stderr),
    "helper other data /sandbox/work /sandbox/main.py /sandbox/main.py\n",
  );
  const again = await runJob(client, { language: "python", code, keep: true });
  assert.match(text(again.stderr), /No module named 'other'/, "nothing is left of cwd and env");
  const missing = await runJob(client, { language: "python", code, cwd: "nowhere", keep: true });
  const { status, step, errno } = missing.result;
  assert.deepEqual([status, step, errno], ["failed", "go to the directory", "ENOENT"]);
});

testNeeding([cc], "files: a program of more than a request holds is put and run", async () => {
  await using it = await started();
  const { client } = it;
  const { code } = await fixture("next.c");
  const large = new Uint8Array(2 << 20);
  large.set(code);
  await client.put("bin/prog", large, { mode: 0o755 });
  const job = await runJob(client, { language: "exec", entry: "bin/prog", keep: true });
  assert.equal(text(job.stdout), "next\n", JSON.stringify(job.result));
  await client.put("bin/other", code);
  const refused = await runJob(client, { language: "exec", entry: "bin/other", keep: true });
  assert.deepEqual(
    [refused.result.status, refused.result.step, refused.result.errno],
    ["failed", "run the program", "EACCES"],
  );
});

Deno.test("files: a cursor that was made up lists the client's own sandbox, or is refused", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  await client.put("a/b", "");
  using wire = await Wire.connect(agent.path);
  await wire.message(); // ready
  for (
    const [cursor, recursive, type] of [
      ["0:", false, "files"],
      ["9223372036854775807:", false, "files"],
      ["0.0:a", true, "files"],
      ["0.0:a", false, "error"],
      ["0.0:..", true, "error"],
      ["0:a", true, "error"],
      ["0.0.0:a//b", true, "error"],
      ["99999999999999999999:", false, "error"],
    ] as const
  ) {
    await wire.say({ type: "list", cursor, recursive });
    const reply = await wire.message();
    assert.equal(reply?.type, type, cursor);
    assert.deepEqual(reply?.entries ?? [], [], "its own sandbox is empty");
  }
});

async function temporary() {
  const path = await Deno.makeTempDir();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** Every entry with its kind, mode and content. */
async function described(directory: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const { name, isDirectory, isSymlink } of Deno.readDir(directory)) {
    const path = `${directory}/${name}`;
    if (isSymlink) lines.push(`${name} -> ${await Deno.readLink(path)}`);
    else if (isDirectory) lines.push(...(await described(path)).map((line) => `${name}/${line}`));
    else lines.push(`${name} ${(await Deno.stat(path)).mode} ${await Deno.readTextFile(path)}`);
  }
  return lines.sort();
}
