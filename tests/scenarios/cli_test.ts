// The command line with a real agent: what a person types, and what is printed.

import assert from "node:assert/strict";
import { spawnCommand, type Spawned } from "../../controller/testing/command.ts";
import { startAgent, type TestAgent } from "../helpers/agent.ts";
import { file, testNeeding } from "../helpers/need.ts";

const python = file("/usr/bin/python3");
const sh = file("/bin/sh");

/** Runs one command against an agent; `-` as FILE reads `stdin`. */
function sallyport(agent: TestAgent, words: string[], stdin?: string): Promise<Spawned> {
  return spawnCommand(["--target", agent.target, ...words], { stdin }).ended;
}

testNeeding([python], "cli: a Python program with arguments, environment and input", async () => {
  await using agent = await startAgent();
  const path = await Deno.makeTempFile({ suffix: ".py" });
  await Deno.writeTextFile(
    path,
    "import os, sys\n" +
      "print(sys.argv[1:], os.environ['WHO'])\n" +
      "sys.stderr.write(sys.stdin.read().upper())\n" +
      "sys.exit(3)\n",
  );
  try {
    const words = ["run", "--language", "python", "--env", "WHO=né", path, "-a", "b c"];
    const { code, stdout, stderr } = await sallyport(agent, words, "through\n");
    assert.deepEqual([code, stdout, stderr], [3, "['-a', 'b c'] né\n", "THROUGH\n"]);
  } finally {
    await Deno.remove(path);
  }
});

testNeeding([sh], "cli: the exit code says how a program ended", async () => {
  await using agent = await startAgent();
  const ways: [string[], string, number][] = [
    [[], "exit 7", 7],
    [[], "kill -SEGV $$", 139],
    [["--timeout", "300ms"], "while :; do :; done", 124],
    [["--timeout", "200ms"], "trap '' TERM; while :; do :; done", 124],
    [["--output", "64K"], "while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done", 123],
    [["--memory", "1T"], "exit 0", 125],
    [["--memory", "1023G"], "exit 0", 126],
  ];
  for (const [words, code, expected] of ways) {
    const ended = await sallyport(agent, ["run", "-l", "sh", ...words, "-"], code);
    assert.equal(ended.code, expected, `${code}: ${ended.stderr}`);
  }
  const refused = await sallyport(agent, ["run", "-l", "cobol", "-"], "x");
  assert.equal(refused.code, 126);
  assert.match(refused.stderr, /language/);
});

testNeeding([sh], "cli: --json prints one object, --summary what was used", async () => {
  await using agent = await startAgent();
  const json = await sallyport(agent, ["run", "-l", "sh", "--json", "-"], "echo out; echo err >&2");
  const { status, exit_code, output } = JSON.parse(json.stdout);
  assert.deepEqual([status, exit_code, output], ["exited", 0, {
    stdout: "out\n",
    stderr: "err\n",
  }]);
  const summary = await sallyport(agent, ["run", "-l", "sh", "-s", "-"], "echo out");
  assert.equal(summary.stdout, "out\n");
  assert.match(
    summary.stderr,
    /exited with 0 after [\d.]+ m?s\n.*cpu .*\n.*memory .*\n.*4 B stdout/,
  );
});

testNeeding([sh], "cli: files go in and come back", async () => {
  await using agent = await startAgent();
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${directory}/in`, "content\n");
    const words = ["--put", `${directory}/in:a`, "--get", `b:${directory}/out`, "-"];
    const { code, stderr } = await sallyport(
      agent,
      ["run", "-l", "sh", ...words],
      "rev < a > b || cat a > b",
    );
    assert.equal(code, 0, stderr);
    assert.match(await Deno.readTextFile(`${directory}/out`), /^(tnetnoc|content)\n$/);
    for (const name of ["put", "get", "ls"]) {
      const refused = await sallyport(agent, [name, `${directory}/in`]);
      assert.equal(refused.code, 125);
      assert.match(refused.stderr, /by itself.*"run --put FILE\[:PATH\]"/);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

testNeeding([sh], "cli: a file that cannot be fetched costs no result", async () => {
  await using agent = await startAgent();
  const words = ["run", "-l", "sh", "--get", "missing.png", "--get", "../etc/passwd"];
  const plain = await sallyport(agent, [...words, "-"], "echo done; exit 3");
  assert.deepEqual([plain.code, plain.stdout], [3, "done\n"]);
  assert.match(plain.stderr, /cannot fetch "missing.png": .*must be the path of a file/);
  const json = await sallyport(
    agent,
    [...words, "--json", "-"],
    "printf '\\377'; echo text >&2; exit 3",
  );
  const { exit_code, output, not_fetched } = JSON.parse(json.stdout);
  assert.deepEqual([json.code, exit_code, output], [3, 3, {
    stdout_base64: "/w==",
    stderr: "text\n",
  }]);
  assert.deepEqual(Object.keys(not_fetched), ["missing.png", "../etc/passwd"]);
});

testNeeding(
  [python],
  "cli: a directory goes in, its program runs there, a directory comes back",
  async () => {
    await using agent = await startAgent();
    const directory = await Deno.makeTempDir();
    try {
      await Deno.mkdir(`${directory}/p/lib`, { recursive: true });
      await Deno.writeTextFile(`${directory}/p/lib/helper.py`, "def word(): return 'helped'\n");
      const code = "import os, sys\nfrom lib.helper import word\nos.makedirs('o/in')\n" +
        "open('o/in/f', 'w').write(word())\nos.symlink('/etc', 'o/etc')\nprint(os.getcwd(), sys.argv)";
      await Deno.writeTextFile(`${directory}/p/go.py`, code);
      const { code: exit, stdout, stderr } = await sallyport(agent, [
        ...["run", "--put", `${directory}/p:q`, "--cwd", "q", "--get", `q/o:${directory}/back`],
        ...["--entry", "q/go.py", "x"],
      ]);
      assert.deepEqual([exit, stdout], [0, "/sandbox/q ['/sandbox/q/go.py', 'x']\n"], stderr);
      assert.equal(await Deno.readTextFile(`${directory}/back/in/f`), "helped");
      assert.match(stderr, /left out of "q\/o": "etc"/);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
);

testNeeding([sh], "cli: Ctrl-C cancels the program and everything it started", async () => {
  await using agent = await startAgent();
  const path = await Deno.makeTempFile({ suffix: ".sh" });
  await Deno.writeTextFile(path, "sleep 20 & echo up; wait");
  try {
    const command = spawnCommand(["-t", agent.target, "run", "--no-stdin", path]);
    await command.saw("up\n");
    command.kill("SIGINT");
    const { code, stderr } = await command.ended;
    assert.deepEqual([code, stderr], [130, "sallyport: cancelled\n"]);
    const next = await sallyport(agent, ["run", "-l", "sh", "-"], "echo next");
    assert.deepEqual([next.code, next.stdout], [0, "next\n"]);
  } finally {
    await Deno.remove(path);
  }
});

testNeeding([sh], "cli: a reader that leaves ends the run", async () => {
  await using agent = await startAgent();
  const path = await Deno.makeTempFile({ suffix: ".sh" });
  await Deno.writeTextFile(path, "while :; do echo line; done");
  try {
    const command = spawnCommand(["-t", agent.target, "run", "--no-stdin", path], {
      leaveAfter: 5,
    });
    const { code, stderr } = await command.ended;
    assert.equal(code, 141, stderr);
  } finally {
    await Deno.remove(path);
  }
});

testNeeding(
  [sh, file("/usr/bin/script")],
  "cli: a live line on a terminal, gone at the end",
  async () => {
    await using agent = await startAgent();
    const words = ["-t", agent.target, "run", "-l", "sh", "-"];
    const { code, stdout } = await spawnCommand(words, {
      stdin: "",
      terminal: "echo started; sleep 0.5; echo ended",
    }).ended;
    assert.equal(code, 0);
    const erase = "\x1b[2K";
    assert(stdout.includes(`${erase}ended\r\n`), JSON.stringify(stdout));
    assert.match(stdout, /\d+\.\d+ m?s {2}cpu .* process/);
    assert(stdout.endsWith("ended\r\n") || stdout.endsWith(`\r${erase}`), JSON.stringify(stdout));
  },
);

testNeeding([sh], "cli: ping, and info with every layer", async () => {
  await using agent = await startAgent();
  const ping = await sallyport(agent, ["ping"]);
  assert.match(ping.stdout, /^pong after /);
  const info = JSON.parse((await sallyport(agent, ["info", "--json"])).stdout);
  assert.equal(info.protocol, 1);
  assert(info.languages.some(({ name }: { name: string }) => name === "sh"));
  assert(info.hardening.length > 0);
  const text = (await sallyport(agent, ["info"])).stdout;
  for (const { layer } of info.hardening) assert(text.includes(layer), layer);
});
