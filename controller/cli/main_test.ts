// The command line as a process, against a fake agent: streams, exit codes, Ctrl-C.

import assert from "node:assert/strict";
import { FakeAgent, type FakeConnection } from "../testing/fake_agent.ts";
import { spawnCommand, type Spawned } from "../testing/command.ts";

const directory = Deno.makeTempDirSync({ prefix: "sallyport-cli-" });
const program = `${directory}/main.py`;
Deno.writeTextFileSync(program, "print('hello')\n");
addEventListener("unload", () => Deno.removeSync(directory, { recursive: true }));

const options = { sanitizeOps: true, sanitizeResources: true };

/** Runs one command against an agent that does `serve`. */
async function against(
  serve: (conn: FakeConnection) => Promise<void>,
  words: string[],
  stdin?: string,
): Promise<Spawned> {
  await using agent = FakeAgent.start(serve);
  return await spawnCommand(["--target", agent.target, ...words], { stdin }).ended;
}

Deno.test(
  "sallyport run: joins the streams and gives the program's exit code",
  options,
  async () => {
    const { code, stdout, stderr } = await against(
      async (conn) => {
        const { value, body } = await conn.takeRun();
        assert.equal(new TextDecoder().decode(body), "print('hello')\n");
        assert.deepEqual([value.language, value.args, value.env], ["python", ["-x", "y"], {
          A: "1",
        }]);
        assert.deepEqual([value.timeout_ms, value.limits], [2000, { memory_bytes: 1 << 26 }]);
        let input = "";
        for (let eof = false; !eof;) {
          const { value, body } = await conn.expect("stdin");
          input += new TextDecoder().decode(body);
          eof = value.eof === true;
        }
        await conn.send({ type: "stdout", offset: 0, bytes: input.length }, input);
        await conn.send({ type: "stderr", offset: 0, bytes: 4 }, "err\n");
        await conn.sendResult(value.id, { exit_code: 7 });
        await conn.end();
      },
      ["run", "-e", "A=1", "--timeout", "2s", "--memory", "64M", program, "-x", "y"],
      "passed on",
    );
    assert.deepEqual([code, stdout, stderr], [7, "passed on", "err\n"]);
  },
);

Deno.test("sallyport run: -, --json and --summary", options, async () => {
  const serve = (fields: object, body?: string) => async (conn: FakeConnection) => {
    const { value, body: code } = await conn.takeRun();
    assert.equal(new TextDecoder().decode(code), "print(1)");
    assert.equal(value.stdin, undefined);
    await conn.sendResult(value.id, { ...fields }, body);
    await conn.end();
  };
  const output = { stdout: { total: 2, dropped: 0, bytes: 2 }, bytes: 2 };
  const json = await against(
    serve(output, "1\n"),
    ["run", "-l", "python", "--json", "-"],
    "print(1)",
  );
  const object = JSON.parse(json.stdout);
  assert.deepEqual([object.status, object.exit_code], ["exited", 0]);
  assert.deepEqual(object.output, { stdout: "1\n", stderr: "" });
  assert.deepEqual([json.code, json.stderr], [0, ""]);
  const summary = await against(serve({}), ["run", "-l", "python", "-s", "-"], "print(1)");
  assert.match(summary.stderr, /^sallyport: exited with 0 after 12.5 ms\nsallyport: cpu /);
  assert.equal(summary.stdout, "");
});

Deno.test("sallyport run: an exit code for each way not to exit", options, async () => {
  const ways: [Record<string, unknown>, number, RegExp][] = [
    [{ status: "timeout" }, 124, /ran out of time/],
    [{ status: "limit", limit: "memory" }, 123, /limit: memory/],
    [{ status: "signaled", signal: "SIGSEGV" }, 139, /SIGSEGV/],
    [{ status: "failed", step: "execve", errno: "ENOENT" }, 125, /execve: ENOENT/],
  ];
  for (const [fields, expected, said] of ways) {
    const { code, stderr } = await against(async (conn) => {
      const { value } = await conn.takeRun();
      await conn.sendResult(value.id, { exit_code: undefined, ...fields });
      await conn.end();
    }, ["run", "--no-stdin", program]);
    assert.equal(code, expected);
    assert.match(stderr, said);
  }
});

Deno.test("sallyport: refused is 126, everything of our own is 125", options, async () => {
  const refused = await against(async (conn) => {
    const { value } = await conn.expect("run");
    await conn.send({ type: "error", code: "busy", message: "One at a time", id: value.id });
    await conn.end();
  }, ["run", "--no-stdin", program]);
  assert.deepEqual([refused.code, refused.stderr], [126, "sallyport: One at a time\n"]);
  const lost = await against(async (conn) => void await conn.takeRun(), [
    "run",
    "--no-stdin",
    program,
  ]);
  assert.equal(lost.code, 125);
  const wrong = [
    ["nothing"],
    ["run"],
    ["ping", "x"],
    ["run", `${directory}/none.py`],
    ["--what"],
    [],
  ];
  for (const words of wrong) {
    const { code, stderr } = await spawnCommand(words).ended;
    assert.equal(code, 125, words.join(" "));
    assert.notEqual(stderr, "");
  }
});

Deno.test("sallyport run: Ctrl-C cancels, a second one leaves", options, async () => {
  for (const times of [1, 2]) {
    await using agent = FakeAgent.start(async (conn) => {
      const { value } = await conn.takeRun();
      await conn.send({ type: "stdout", offset: 0, bytes: 2 }, "up");
      await conn.expect("cancel");
      await conn.send({ type: "stdout", offset: 2, bytes: 5 }, " done");
      if (times === 1) {
        await conn.sendResult(value.id, { status: "cancelled", exit_code: undefined });
      }
      await conn.end();
    });
    const command = spawnCommand(["-t", agent.target, "run", "--no-stdin", program]);
    await command.saw("up");
    command.kill("SIGINT");
    await command.saw("up done");
    if (times === 2) command.kill("SIGINT");
    const { code, stderr } = await command.ended;
    assert.deepEqual([code, stderr], [130, times === 1 ? "sallyport: cancelled\n" : ""]);
  }
});

Deno.test("sallyport: files go to the sandbox and come back", options, async () => {
  const data = `${directory}/data.bin`;
  Deno.writeFileSync(data, Uint8Array.of(0, 255, 10));
  const { code } = await against(async (conn) => {
    const put = await conn.expect("put");
    assert.deepEqual([put.value.path, put.body], ["in/a", Uint8Array.of(0, 255, 10)]);
    await conn.send({ type: "done", id: put.value.id });
    const { value } = await conn.takeRun();
    await conn.sendResult(value.id);
    const get = await conn.expect("get");
    await conn.send({ type: "file", id: get.value.id, path: "out", bytes: 2 }, "hi");
    await conn.end();
  }, ["run", "--no-stdin", "--put", `${data}:in/a`, "--get", `out:${directory}/back`, program]);
  assert.equal(code, 0);
  assert.equal(Deno.readTextFileSync(`${directory}/back`), "hi");
});

Deno.test("sallyport ping and info print what they are for", options, async () => {
  const answer = (type: string, fields: object, body?: string) => async (conn: FakeConnection) => {
    const received = await conn.next();
    await conn.send({ type, id: received!.value.id, ...fields }, body);
    await conn.end();
  };
  assert.match((await against(answer("pong", {}), ["ping"])).stdout, /^pong after [\d.]+ ms\n$/);
  const info = { agent: "1", protocol: 1, languages: [], limits: {}, hardening: [] };
  assert.deepEqual(
    JSON.parse((await against(answer("info", info), ["info", "--json"])).stdout),
    info,
  );
});

Deno.test("sallyport mcp: without its packages it says where they are", async () => {
  const { code, stdout, stderr } = await spawnCommand(["mcp", "-t", "unix:/nowhere"]).ended;
  assert.deepEqual([code, stdout], [125, ""]);
  assert.match(stderr, /in the clone it is "deno task mcp", and docs\/mcp\.md/);
});
