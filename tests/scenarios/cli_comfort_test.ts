// What a person expects of a command line: code from anywhere, a default target, a doctor, a proxy,
// completions.

import assert from "node:assert/strict";
import { FakeAgent } from "../../controller/testing/fake_agent.ts";
import { spawnCommand } from "../../controller/testing/command.ts";
import { connect } from "../../controller/client.ts";
import { closeFd } from "../../linux/fd.ts";
import { listenUnix } from "../../linux/socket.ts";
import { untilReady } from "../../scripts/ready.ts";
import { root } from "../../scripts/tools/paths.ts";
import { agentCommand, rootlessFlags } from "../../scripts/tools/source_agent.ts";
import { startAgent } from "../helpers/agent.ts";
import { text } from "../helpers/job.ts";
import { file, testNeeding } from "../helpers/need.ts";

const python = file("/usr/bin/python3");
const bash = file("/bin/bash");

async function inDirectory(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "sallyport-cli-" });
  try {
    await body(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

testNeeding(
  [python],
  "cli: code from the command line, a pipe, and a file without extension",
  async () => {
    await using agent = await startAgent();
    const run = (words: string[], stdin?: string) =>
      spawnCommand(["-t", agent.target, "run", ...words], { stdin }).ended;
    const given = await run(["-c", "import sys; print(sys.argv[1:], sys.stdin.read())", "a"], "in");
    assert.deepEqual([given.code, given.stdout], [0, "['a'] in\n"]);
    const piped = await run(["-l", "sh"], "echo piped");
    assert.deepEqual([piped.code, piped.stdout], [0, "piped\n"]);
    await inDirectory(async (directory) => {
      await Deno.writeTextFile(
        `${directory}/tool`,
        "#!/usr/bin/env python3\nprint('first line')\n",
      );
      const { stdout, stderr } = await run([`${directory}/tool`]);
      assert.deepEqual([stdout, stderr], ["first line\n", ""]);
    });
  },
);

Deno.test("cli: the target of a file of the user's, where nothing else says one", async () => {
  await using agent = await startAgent();
  await inDirectory(async (home) => {
    await Deno.mkdir(`${home}/sallyport`);
    await Deno.writeTextFile(`${home}/sallyport/target`, `# mine\n${agent.target}\n`);
    const env = { XDG_CONFIG_HOME: home };
    assert.match((await spawnCommand(["ping"], { env }).ended).stdout, /^pong/);
    const other = await spawnCommand(["ping"], { env: { ...env, SALLYPORT_TARGET: "unix:/no" } })
      .ended;
    assert.match(other.stderr, /unix:\/no/, "the environment comes first");
    const doctor = await spawnCommand(["doctor"], { env }).ended;
    assert.match(doctor.stdout, new RegExp(`said by ${home}/sallyport/target`));
  });
});

Deno.test("cli: the doctor finds the agent, or says what is missing", async () => {
  await using agent = await startAgent();
  const well = await spawnCommand(["doctor", "-t", agent.target]).ended;
  assert.equal(well.code, 0, well.stdout + well.stderr);
  for (const step of [/is a socket of user 0, mode \d+/, /is ready/, /protocol 1$/m, /it offers/]) {
    assert.match(well.stdout, step);
  }
  await inDirectory(async (directory) => {
    const left = `${directory}/left.sock`;
    closeFd(listenUnix(left));
    await Deno.writeTextFile(`${directory}/file`, "");
    using silent = Deno.listen({ transport: "unix", path: `${directory}/silent.sock` });
    void (async () => {
      for await (const conn of silent) conn.close();
    })().catch(() => {});
    const ill: [string, RegExp][] = [
      ["/run/agent.sock", /^FAULT +Cannot read target .*it was said by --target$/m],
      [`unix:${directory}/none.sock`, /^FAULT +there is no ".*none.sock": no agent has listened/m],
      [`unix:${directory}/no/where.sock`, /^FAULT +there is no directory ".*\/no"$/m],
      [`unix:${directory}/file`, /^FAULT +".*file" is there, but it is no socket$/m],
      [`unix:${left}`, /^FAULT +nobody listens there: it is left over .*ECONNREFUSED/m],
      [`unix:${directory}/silent.sock`, /^FAULT +/m],
    ];
    for (const [target, says] of ill) {
      const { code, stdout, stderr } = await spawnCommand(["doctor", "-t", target]).ended;
      assert.match(stdout, says, stderr);
      assert.deepEqual([code, stderr], [1, ""]);
    }
  });
});

Deno.test("cli: an agent that says ready and then nothing is not waited for", async () => {
  await using agent = FakeAgent.start((connection) => connection.end());
  const said = /"0.0.0-fake" said that it is ready, and then nothing for 10 s: it may be stopped/;
  const commands = ["ping", "info", "doctor"].map(async (name) => {
    const { code, stdout, stderr } = await spawnCommand([name, "-t", agent.target]).ended;
    assert.match(name === "doctor" ? stdout : stderr, said);
    assert.ok(code > 0, `${name}: ${code}`);
  });
  await Promise.all(commands);
});

testNeeding(
  [python],
  "cli: a proxy joins a Unix socket to a target, and leaves nothing",
  async () => {
    await using agent = await startAgent();
    await inDirectory(async (directory) => {
      const path = `${directory}/proxy.sock`;
      const proxy = spawnCommand(["proxy", "-t", agent.target, "--listen", `unix:${path}`]);
      for (let tries = 0; tries < 200; tries++) {
        if (await Deno.stat(path).then(() => true, () => false)) break;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      const clients = await Promise.all([1, 2].map(() => connect(`unix:${path}`)));
      const bytes = new Uint8Array(3 << 20).map((_, i) => i);
      await clients[0].put("data", bytes);
      assert.deepEqual(await clients[0].get("data"), bytes);
      const { output } = await clients[1].run({ language: "python", code: "print(6*7)" }).result;
      assert.equal(text(output.stdout), "42\n");
      for (const client of clients) await client[Symbol.asyncDispose]();
      proxy.kill("SIGTERM");
      const { code, stderr } = await proxy.ended;
      assert.deepEqual([code, stderr.split("\n").length], [0, 2], stderr);
      await assert.rejects(Deno.lstat(path), Deno.errors.NotFound);
    });
  },
);

testNeeding([bash], "cli: bash completes commands, options and files", async () => {
  const { stdout: script } = await spawnCommand(["completions", "bash"]).ended;
  const complete = async (...words: string[]) => {
    const program = `${script}
COMP_WORDS=(sallyport ${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length}
_sallyport; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await new Deno.Command("/bin/bash", { args: ["-c", program] }).output();
    return text(stdout).trim().split("\n");
  };
  assert.deepEqual(await complete("re"), ["reset"]);
  assert.deepEqual(await complete("run", "--time"), ["--timeout"]);
  assert.deepEqual(await complete("run", "--timeout", "5s", "--mem"), ["--memory"]);
  assert.deepEqual(await complete("-t", "x", "info", "--js"), ["--json"]);
  assert.deepEqual(await complete("completions", "f"), ["fish"]);
  assert.ok((await complete("run", "/etc/host")).includes("/etc/hosts"));
  const { stdout: checked } = await new Deno.Command("/bin/bash", {
    args: ["-n", "-c", script],
    stdout: "piped",
  }).output();
  assert.equal(text(checked), "");
});

Deno.test("cli: every shell's completions know every option, and --version says which", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, stdout } = await spawnCommand(["completions", shell]).ended;
    assert.equal(code, 0);
    for (const word of ["timeout", "open-files", "restored", "listen", "doctor", "proxy"]) {
      assert.ok(stdout.includes(word), `${shell}: ${word}`);
    }
  }
  assert.match((await spawnCommand(["--version"]).ended).stdout, /^sallyport \d+\.\d+\.\d+\n$/);
  assert.match((await spawnCommand(["reset", "--help"]).ended).stdout, /^Throw .*\n\nUsage: /);
});

testNeeding([python], "cli: SIGTERM cancels the run, and the exit code says it", async () => {
  await using agent = await startAgent();
  const words = ["-c", "print('up', flush=True)\nwhile True: pass"];
  const running = spawnCommand(["-t", agent.target, "run", "--no-stdin", ...words]);
  await running.saw("up\n");
  running.kill("SIGTERM");
  const { code, stderr } = await running.ended;
  assert.deepEqual([code, stderr], [143, "sallyport: cancelled\n"]);
});

/** Starts an agent whose standard error a shell redirects, and waits until it answers. */
async function agentSaying(redirected: string, socket: string): Promise<Deno.ChildProcess> {
  const words = [...agentCommand(), "--listen", `unix:${socket}`, ...rootlessFlags];
  const line = words.map((word) => `'${word}'`).join(" ");
  const child = new Deno.Command("/bin/bash", {
    args: ["-c", `exec ${line} ${redirected}`],
    cwd: root,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let ended = false;
  void child.status.then(() => ended = true);
  await (await untilReady(`unix:${socket}`, () => ended)).close();
  return child;
}

testNeeding([bash], "cli: an agent says when it is ready and how to reach it", async () => {
  await inDirectory(async (directory) => {
    const [log, socket] = [`${directory}/log`, `${directory}/a.sock`];
    // Into a file as from a script or a service; to a reader that has gone; to nowhere.
    for (const redirected of [`2> ${log}`, "2> >(exit)", "2>&-"]) {
      const agent = await agentSaying(redirected, socket);
      try {
        assert.match((await spawnCommand(["-t", `unix:${socket}`, "ping"]).ended).stdout, /^pong/);
      } finally {
        agent.kill("SIGTERM");
        await agent.status;
        await Deno.remove(socket);
      }
    }
    // The line is made for being copied.
    const said = await Deno.readTextFile(log);
    assert.equal(said, `sallyport: ready; a client reaches it with --target unix:${socket}\n`);
  });
});
