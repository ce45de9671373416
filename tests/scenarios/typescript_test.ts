// TypeScript with Deno, as a user writes it: what runs, what is refused and in which words.

import assert from "node:assert/strict";
import { startAgent } from "../helpers/agent.ts";
import { copyDeno, type DenoOfJobs } from "../helpers/deno_of_jobs.ts";
import { type Client, connect, runJob, text } from "../helpers/job.ts";

let deno: DenoOfJobs;
Deno.test.beforeAll(async () => {
  deno = await copyDeno();
});
Deno.test.afterAll(async () => await deno[Symbol.asyncDispose]());

async function together(test: (client: Client) => Promise<void>): Promise<void> {
  await using agent = await startAgent(deno.options);
  await using client = await connect(agent.target);
  await test(client);
}

/** Programs, what each prints, and its profile where that is not the strict one. */
const programs: Record<string, { code: string; prints: string; profile?: string }> = {
  "types, enums and a generic": {
    code: "enum Colour { Red = 1, Blue }\ninterface Named<T> { name: T }\n" +
      "const a: Named<Colour> = { name: Colour.Blue } satisfies Named<Colour>;\n" +
      "console.log(a.name, Colour[a.name], Deno.args, import.meta.main);",
    prints: '2 Blue [ "x y" ] true\n',
  },
  "files, Node's modules and top-level await": {
    code:
      'import { createHash } from "node:crypto";\nimport { readFile } from "node:fs/promises";\n' +
      'await Deno.writeTextFile("a.txt", "data");\n' +
      'console.log(await readFile("a.txt", "utf8"), createHash("md5").update("x").digest("hex"));',
    prints: "data 9dd4e461268c8034f5c8564e155c67a6\n",
  },
  "standard input, line by line": {
    code: 'import { createInterface } from "node:readline";\nlet sum = 0;\n' +
      "for await (const line of createInterface({ input: process.stdin })) sum += Number(line);\n" +
      "console.log(sum);",
    prints: "42\n",
  },
  "the sandbox's own user": {
    code: 'import os from "node:os";\nconsole.log(os.userInfo().username, os.homedir());',
    prints: "sandbox /tmp\n",
  },
  "a worker": {
    code: 'const code = "self.onmessage = ({ data }) => self.postMessage(data * 2)";\n' +
      'const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));\n' +
      'const worker = new Worker(url, { type: "module" });\nworker.postMessage(21);\n' +
      "worker.onmessage = ({ data }) => { console.log(data); worker.terminate(); };",
    prints: "42\n",
  },
  "a database in memory": {
    code: 'import { DatabaseSync } from "node:sqlite";\nconst d = new DatabaseSync(":memory:");\n' +
      'd.exec("create table t (a int); insert into t values (40), (2)");\n' +
      'console.log(d.prepare("select sum(a) as s from t").get()!.s);',
    prints: "42\n",
  },
  "a program of the guest, where the profile allows it": {
    code: 'const { stdout } = await new Deno.Command("/bin/echo", { args: ["hi"] }).output();\n' +
      "await Deno.stdout.write(stdout);",
    prints: "hi\n",
    profile: "programs",
  },
  "a server and its client, where the profile has a loopback": {
    code:
      'const s = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => new Response("ok"));\n' +
      "console.log(await (await fetch(`http://127.0.0.1:${s.addr.port}/`)).text());\nawait s.shutdown();",
    prints: "ok\n",
    profile: "workspace",
  },
};

for (const [name, { code, prints, profile }] of Object.entries(programs)) {
  Deno.test(`typescript: ${name}`, () =>
    together(async (client) => {
      const job = await runJob(client, {
        language: "typescript",
        code,
        args: ["x y"],
        stdin: { text: "40\n2\n" },
        ...(profile && { profile }),
        timeout_ms: 20_000,
      });
      assert.equal(text(job.stdout), prints, text(job.stderr) + JSON.stringify(job.result));
      assert.deepEqual([text(job.stderr), job.result.denied], ["", []]);
      assert.deepEqual([job.result.status, job.result.exit_code], ["exited", 0]);
    }));
}

/** Programs that fail, and what standard error says of each. */
const refused: Record<string, [code: string, says: RegExp]> = {
  "a package of npm": ['import "npm:chalk";', /npm/],
  "a module of the network": ['import "https://example.com/a.ts";', /--no-remote/],
  "a request over the network": ['await fetch("http://example.com/");', /dns error/],
  "a program under the strict profile": [
    'new Deno.Command("/bin/echo").outputSync();',
    /PermissionDenied/,
  ],
  "a mistake in the syntax": ["const a: = 1;", /main\.ts:1:10/],
  "an exception": [
    'function f(a: string): never { throw new Error(a); }\nf("no");',
    /main\.ts:1:38/,
  ],
};

for (const [name, [code, says]] of Object.entries(refused)) {
  Deno.test(`typescript: refused clearly: ${name}`, () =>
    together(async (client) => {
      const job = await runJob(client, { language: "typescript", code, timeout_ms: 20_000 });
      assert.deepEqual([job.result.status, job.result.exit_code], ["exited", 1]);
      assert.match(text(job.stderr), says);
    }));
}

Deno.test("typescript: a hog ends by its limit, and is told so", () =>
  together(async (client) => {
    const code = "const a: string[] = []; for (;;) a.push('x'.repeat(100) + a.length);";
    const limits = { memory_bytes: 256 << 20 };
    const job = await runJob(client, { language: "typescript", code, limits, timeout_ms: 30_000 });
    assert.deepEqual([job.result.status, job.result.limit], ["limit", "memory"]);
  }));
