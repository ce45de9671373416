// Outside of the clone: what is installed and packed works from an empty folder, as the papers say
// it is done, and whoever may not connect is told so.

import assert from "node:assert/strict";
import { describe } from "../../controller/transport.ts";
import { bundleCode } from "../../scripts/build/bundle.ts";
import { cliPermissions } from "../../scripts/build/compile_cli.ts";
import { projectRoot, startAgent } from "../helpers/agent.ts";
import { file, root, testNeeding } from "../helpers/need.ts";
import { paper } from "../helpers/paper.ts";

const python = "/usr/bin/python3";
const decoder = new TextDecoder();

interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function say(
  [program, ...args]: readonly string[],
  options: { cwd: string; env?: Record<string, string>; stdin?: string },
): Promise<Said> {
  const child = new Deno.Command(program, {
    args,
    cwd: options.cwd,
    env: { NO_COLOR: "1", ...options.env },
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(60_000),
  }).spawn();
  if (options.stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(options.stdin));
    await writer.close();
  }
  const { code, stdout, stderr } = await child.output();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sallyport-outside-" });
  try {
    await Deno.chmod(folder, 0o755);
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const mcpTalk = [
  {
    id: 1,
    method: "initialize",
    params: {
      protocolVersion: "2025-06-18",
      capabilities: {},
      clientInfo: { name: "outside", version: "1" },
    },
  },
  { method: "notifications/initialized" },
  { id: 2, method: "tools/list" },
  {
    id: 3,
    method: "tools/call",
    params: { name: "run_code", arguments: { language: "python", code: "print(6 * 7)" } },
  },
].map((message) => JSON.stringify({ jsonrpc: "2.0", ...message }) + "\n");

testNeeding([file(python)], "outside: a sallyport that is installed, and its MCP", async () => {
  const { blocks } = await paper("docs/command_line.md");
  const line = blocks.find(({ text }) => text.includes("deno install -g"))!.text;
  await using agent = await startAgent();
  await inFolder(async (folder) => {
    const path = `${Deno.execPath().replace(/\/[^/]*$/, "")}:${Deno.env.get("PATH")}`;
    const env = { DENO_INSTALL_ROOT: folder, PATH: path };
    const installed = await say(["/bin/sh", "-c", line], { cwd: projectRoot, env });
    assert.equal(installed.code, 0, installed.stderr);
    await Deno.mkdir(`${folder}/empty`);
    await Deno.writeTextFile(`${folder}/empty/tool`, "#!/usr/bin/env python3\nprint(6 * 7)\n");
    const here = {
      cwd: `${folder}/empty`,
      env: { PATH: path, SALLYPORT_TARGET: agent.target },
    };
    const sallyport = `${folder}/bin/sallyport`;
    const ran = await say([sallyport, "run", "tool"], here);
    assert.deepEqual(ran, { code: 0, stdout: "42\n", stderr: "" });
    // It answers in order, and ends with its input: so the call is last, and is waited for.
    const child = new Deno.Command(sallyport, {
      args: ["mcp"],
      ...here,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const writer = child.stdin.getWriter();
    for (const message of mcpTalk) await writer.write(new TextEncoder().encode(message));
    let said = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      said += text;
      if (!/"id":3.*\n/.test(said)) continue;
      await writer.close();
      break;
    }
    await child.status;
    const answers = said.trim().split("\n").map((one) => JSON.parse(one).result);
    assert.equal(answers[1].tools.length, 6);
    assert.equal(answers[2].structuredContent.stdout, "42\n");
  });
});

/** Builds the wheel. Returns its path. */
async function wheelIn(folder: string): Promise<string> {
  const command = [python, "-B", `${projectRoot}clients/python/wheel.py`, folder];
  return (await say(command, { cwd: folder })).stdout.trim();
}

testNeeding([file(python)], "outside: the wheel, and its README's lines", async () => {
  await using agent = await startAgent();
  await inFolder(async (folder) => {
    const wheel = await wheelIn(folder);
    const code = "import importlib.metadata as m; print(m.metadata('sallyport').get_payload())";
    const env = { PYTHONPATH: wheel };
    const readme = (await say([python, "-B", "-c", code], { cwd: folder, env })).stdout;
    const [, lines, output] = /```python\n([^]*?)```\s+```output\n([^]*?)```/.exec(readme)!;
    const program = lines.replace("unix:/tmp/agent.sock", agent.target);
    const ran = await say([
      python,
      "-I",
      "-c",
      `import sys; sys.path.insert(0, ${JSON.stringify(wheel)})\n${program}`,
    ], {
      cwd: folder,
    });
    assert.deepEqual(ran, { code: 0, stdout: output, stderr: "" });
  });
});

const setpriv = "/usr/bin/setpriv";
const ordinary = [setpriv, "--reuid=1000", "--regid=1000", "--clear-groups", "--no-new-privs"];

testNeeding(
  [root, file(setpriv), file(python)],
  "outside: an ordinary user who may not connect is told so, and what to do",
  async () => {
    await using agent = await startAgent();
    await inFolder(async (folder) => {
      const code = await bundleCode(`${projectRoot}controller/cli/main.ts`, folder);
      await Deno.writeTextFile(`${folder}/cli.js`, code);
      await Deno.copyFile(Deno.execPath(), `${folder}/deno`);
      await Deno.chmod(`${folder}/deno`, 0o755);
      await Deno.mkdir(`${folder}/closed`, { mode: 0o700 });
      const wheel = await wheelIn(folder);
      const env = { DENO_DIR: `${folder}/cache`, PYTHONPATH: wheel, HOME: folder };
      const cli = [`${folder}/deno`, "run", "--quiet", ...cliPermissions, `${folder}/cli.js`];
      const library = "import sys, sallyport\ntry: sallyport.connect(sys.argv[1])\n" +
        "except sallyport.ConnectError as error: print(error.reason, error)";
      const both = async (path: string) => {
        const target = describe({ kind: "unix", path });
        const options = { cwd: folder, env };
        const [command, client] = await Promise.all([
          say([...ordinary, ...cli, "-t", target, "ping"], options),
          say([...ordinary, python, "-B", "-c", library, target], options),
        ]);
        return { command, client, target };
      };
      await Deno.chmod(agent.path, 0o600);
      for (const path of [agent.path, `${folder}/closed/agent.sock`]) {
        const { command, client, target } = await both(path);
        assert.deepEqual([command.code, command.stdout], [125, ""], command.stderr);
        const words = `sallyport: Cannot connect to "${target}": its permissions, or those of a `;
        assert.ok(command.stderr.startsWith(words), command.stderr);
        assert.match(command.stderr, /\(EACCES\); connect as a user that may, or .* chmod\n$/);
        assert.ok(client.stdout.startsWith(`permission Cannot connect to "${target}": EACCES`));
        assert.match(client.stdout, /may not write to the socket .*; connect as .* chmod\n$/);
      }
      // The control: once its owner lets them in, the same user is served.
      await Deno.chmod(agent.path, 0o666);
      const { command, client } = await both(agent.path);
      assert.match(command.stdout, /^pong/, command.stderr);
      assert.deepEqual([client.code, client.stdout], [0, ""], client.stderr);
    });
  },
);
