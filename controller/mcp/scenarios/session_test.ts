// A language model's session with an agent: the official MCP client and `sallyport mcp`.

import assert from "node:assert/strict";
import { startAgent, type TestAgent } from "../../../tests/helpers/agent.ts";
import {
  httpSession,
  type McpSession,
  outcomeOf,
  startMcp,
  stdioSession,
  testMcp,
  textOf,
} from "../testing/session.ts";
import { cc, file } from "../../../tests/helpers/need.ts";

const python = file("/usr/bin/python3");

/** Writes a PNG of one pixel in the colour that its first argument says. */
const png = `
import struct, sys, zlib
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
colour = bytes.fromhex(sys.argv[1])
open("dot.png", "wb").write(b"\\x89PNG\\r\\n\\x1a\\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(b"\\0" + colour)) + chunk(b"IEND", b""))
open("no.png", "w").write("not an image")
`;

const images = ({ content }: Awaited<ReturnType<McpSession["call"]>>) =>
  content.filter((part) => part.type === "image");

/** Runs `test` in a session over either transport. */
function overBoth(
  name: string,
  test: (session: McpSession, agent: TestAgent) => Promise<void>,
): void {
  testMcp([python], `MCP over standard input and output: ${name}`, async () => {
    await using agent = await startAgent();
    await using session = await stdioSession(agent.target);
    await test(session, agent);
  });
  testMcp([python], `MCP over HTTP: ${name}`, async () => {
    await using agent = await startAgent();
    await using server = await startMcp(agent.target);
    await using session = await httpSession(server.url);
    await test(session, agent);
  });
}

overBoth("what there is, two languages, files that stay", async (session) => {
  const { tools } = await session.client.listTools();
  // As the protocol means them: what the environment is to a tool is the sandbox, and a second
  // removal adds nothing to the first. The hints of change say nothing of tools that only read.
  const changes = (destructiveHint: boolean, idempotentHint: boolean) => ({
    ...{ readOnlyHint: false, destructiveHint, idempotentHint, openWorldHint: false },
  });
  const reads = { readOnlyHint: true, openWorldHint: false };
  assert.deepEqual(Object.fromEntries(tools.map(({ name, annotations }) => [name, annotations])), {
    run_code: changes(true, false),
    write_file: changes(true, true),
    read_file: reads,
    list_files: reads,
    remove_file: changes(true, true),
    reset: changes(true, true),
  });
  const language = tools[0].inputSchema.properties!.language as { enum: string[] };
  assert(language.enum.includes("python") && language.enum.includes("sh"));
  assert.match(session.client.getInstructions()!, /Languages: python.*network/s);

  await session.call("write_file", { path: "data/in.txt", content: "3\n1\n2\n" });
  const sorted = await session.run("sh", "read -r a < data/in.txt; echo $a > first; echo sh $1", {
    args: ["one"],
  });
  assert.deepEqual([sorted.status, sorted.exit_code, sorted.stdout], ["exited", 0, "sh one\n"]);
  const code = "import sys; print(open('first').read() + input(), file=sys.stderr); sys.exit(7)";
  const read = await session.run("python", code, { stdin: "typed\n" });
  assert.deepEqual([read.exit_code, read.stdout, read.stderr], [7, "", "3\ntyped\n"]);

  const listed = await session.call("list_files", { recursive: true });
  const { files } = listed.structuredContent as { files: { path: string; size: number }[] };
  assert(files.some(({ path, size }) => path === "data/in.txt" && size === 6));
  assert.equal(textOf(await session.call("read_file", { path: "data/in.txt" })), "3\n1\n2\n");
  await session.call("remove_file", { path: "data", recursive: true });
  const gone = await session.call("read_file", { path: "data/in.txt" });
  assert(gone.isError);
  assert.match(textOf(gone), /not_found/);
  await session.call("reset");
  assert.deepEqual((await session.call("list_files")).structuredContent, { files: [], more: 0 });
});

overBoth("images that are new or changed", async (session) => {
  const draw = (colour: string) =>
    session.call("run_code", { language: "python", code: png, args: [colour] });
  const red = images(await draw("ff0000"));
  assert.deepEqual(red.map(({ mimeType }) => mimeType), ["image/png"]);
  assert.equal(images(await draw("ff0000")).length, 0);
  const blue = images(await draw("0000ff"));
  assert.equal(blue.length, 1);
  assert.notEqual(blue[0].data, red[0].data);
  const read = await session.call("read_file", { path: "dot.png" });
  assert.deepEqual(images(read).map(({ data }) => data), [blue[0].data]);
  const vector = await session.call("run_code", {
    language: "sh",
    code: "echo '<svg xmlns=\"http://www.w3.org/2000/svg\"/>' > a.svg; echo no > b.svg",
  });
  assert.deepEqual(images(vector).map(({ mimeType }) => mimeType), ["image/svg+xml"]);
  const many = await session.call("run_code", {
    language: "python",
    code: "png = open('dot.png', 'rb').read()\n" +
      "for i in range(12): open(f'{i}.png', 'wb').write(png)\n" +
      "open('large.jpg', 'wb').write(b'\\xff\\xd8\\xff' + bytes(2 << 20))",
  });
  assert.equal(images(many).length, 8);
  assert.match(textOf(many), /large\.jpg is not shown: 2097155 bytes/);
});

overBoth("ends, limits and refusals", async (session) => {
  const loop = await session.run("sh", "while :; do :; done", { timeout_ms: 300 });
  assert.equal(loop.status, "timeout");
  const denied = await session.call("run_code", {
    language: "python",
    code: "import ctypes; print(ctypes.CDLL(None).mount(0, 0, 0, 0, 0))",
  });
  assert.deepEqual(outcomeOf(denied).denied, [{ syscall: "mount", count: 1 }]);
  assert.match(textOf(denied), /refused by the sandbox: mount \(1\)/);
  const memory = await session.run("python", "x = bytearray(200 << 20)", {
    memory_bytes: 64 << 20,
  });
  assert.notEqual(memory.exit_code, 0);
  const long = await session.run("python", "print('a' * 100_000 + 'end')");
  assert(long.truncated && long.stdout.length < 40_000 && long.stdout.endsWith("end\n"));
  const refused = await session.call("write_file", { path: "../out", content: "" });
  assert(refused.isError);
  assert.match(textOf(refused), /forbidden_path/);
  const mistaken = await session.call("run_code", { language: "cobol", code: "" });
  assert(mistaken.isError);
  assert.match(textOf(mistaken), /"language"/);
});

overBoth("output as progress, and cancelling", async (session) => {
  const told: { progress: number; message?: string }[] = [];
  const code = "for i in 1 2 3; do echo $i; sleep 0.25; done";
  const result = await session.call("run_code", { language: "sh", code }, {
    onprogress: (progress) => told.push(progress),
  });
  assert.equal(outcomeOf(result).stdout, "1\n2\n3\n");
  assert.equal(told.map(({ message }) => message).join(""), "1\n2\n3\n");
  assert.deepEqual(told.map(({ progress }) => progress), [2, 4, 6]);

  const patience = new AbortController();
  const start = performance.now();
  const cancelled = session.call("run_code", {
    language: "sh",
    code: "echo begun; sleep 20",
    timeout_ms: 25_000,
  }, { signal: patience.signal, onprogress: () => patience.abort("enough") });
  await assert.rejects(cancelled, /enough/);
  assert.equal((await session.run("sh", "echo next")).stdout, "next\n");
  assert(performance.now() - start < 5000);
});

overBoth("an agent that goes away and comes back", async (session, agent) => {
  await session.call("write_file", { path: "a", content: "a" });
  const lost = session.call("run_code", { language: "sh", code: "sleep 5" }, {});
  await new Promise((resolve) => setTimeout(resolve, 300));
  agent.kill("SIGKILL");
  await agent.status;
  const answer = await lost;
  assert(answer.isError);
  assert.match(textOf(answer), /no connection.*files are gone/);
  const still = await session.call("list_files");
  assert(still.isError);
  assert.match(textOf(still), /next call tries to connect again/);
  await Deno.remove(agent.path).catch(() => {});
  await using again = await startAgent();
  await Deno.symlink(again.path, agent.path);
  assert.equal((await session.run("sh", "ls")).status, "exited");
});

testMcp([python], "MCP: no file that a run leaves behind hides its result", async () => {
  await using agent = await startAgent();
  await using session = await stdioSession(agent.target);
  const result = await session.call("run_code", {
    language: "python",
    code: png + `
import os
os.mkfifo("fifo.png"); os.symlink("/etc/passwd", "link.png"); os.symlink("dot.png", "soft.png")
os.mkdir("dir.png"); os.mkdir("closed"); open("closed/in.png", "wb").write(open("dot.png", "rb").read())
open(b"\\xff.png", "w").write("x"); open("secret.png", "w").write("x")
os.makedirs("/".join(["d" * 200] * 10)); os.chmod("secret.png", 0); os.chmod("closed", 0)
print("done")`,
    args: ["00ff00"],
  });
  assert.equal(outcomeOf(result).stdout, "done\n");
  assert(images(result).length >= 1);
});

testMcp(
  [cc],
  "MCP: what a compiler says, of a program that is built and of one that is not",
  async () => {
    await using agent = await startAgent();
    await using session = await stdioSession(agent.target);
    const code = '#warning careful\n#include <stdio.h>\nint main() { puts("ran"); }';
    const built = await session.run("c", code);
    assert.deepEqual([built.status, built.stdout], ["exited", "ran\n"]);
    assert.match(built.build!, /careful/);
    const broken = await session.call("run_code", { language: "c", code: "int main( {" });
    assert.equal(outcomeOf(broken).status, "build");
    assert.match(textOf(broken), /main\.c:1.*error.*not run: its build exited 1/s);
  },
);
