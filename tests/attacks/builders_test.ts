// Code that attacks while it is built: it reads nothing of the machine, starts nothing that stays, and
// leaves nothing.
//
// Each channel is tried with a file that the client put first. There the word must come out: the
// channel works, and only what it was pointed at is not there.

import assert from "node:assert/strict";
import { projectRoot, startAgent, type TestAgent } from "../helpers/agent.ts";
import { assertSettles, censusAtRest } from "../helpers/census.ts";
import { type Client, connect, runNext } from "../helpers/job.ts";
import { file, type Need, root, testNeeding } from "../helpers/need.ts";
import { type Channel, channels, learned } from "./builder_channels.ts";

const compilers: Record<string, Need> = {
  c: file("/usr/bin/gcc"),
  cpp: file("/usr/bin/g++"),
  go: file("/usr/bin/go"),
  rust: file("/usr/bin/rustc"),
};

/** An agent, and an identifier that only files of the machine and the agent's environment hold. */
async function started() {
  const word = `w${crypto.randomUUID().replaceAll("-", "")}`;
  const agent = await startAgent({ env: { SALLYPORT_SECRET: word } });
  const files: string[] = [];
  for (const directory of ["/root", "/tmp", "/var/tmp"]) {
    files.push(await Deno.makeTempFile({ dir: directory, prefix: "sallyport-secret-" }));
    await Deno.writeTextFile(files.at(-1)!, `${word}\n`);
    await Deno.chmod(files.at(-1)!, 0o644);
  }
  const client = await connect(agent.target);
  return {
    ...{ agent, client, word, files },
    async [Symbol.asyncDispose]() {
      for (const path of files) await Deno.remove(path);
      await client.close();
      await agent[Symbol.asyncDispose]();
    },
  };
}

async function holdChannel({ language, code }: Channel, agent: TestAgent, client: Client, it: {
  word: string;
  files: string[];
}): Promise<void> {
  const planted = `p${it.word}`;
  await client.put("planted", `${planted}\n`);
  assert.match(await learned(client, language, code("planted")), new RegExp(planted), "no channel");
  const processes = ["1", "2", "self", String(agent.pid)].map((pid) => `/proc/${pid}/environ`);
  for (const path of [...it.files, "/etc/shadow", ...processes]) {
    const said = await learned(client, language, code(path));
    assert.ok(!said.includes(it.word), `${path}: ${said}`);
    assert.ok(!said.includes("root:"), `${path}: ${said}`);
  }
}

for (const [language, need] of Object.entries(compilers)) {
  testNeeding([need, root], `builders: ${language} reads nothing of the machine`, async (t) => {
    await using it = await started();
    for (const channel of channels.filter((each) => each.language === language)) {
      await t.step(channel.name, () => holdChannel(channel, it.agent, it.client, it));
    }
    assert.equal(it.agent.stderr(), "");
  });
}

testNeeding([compilers.c], "builders: endless output ends, and leaves nothing", async () => {
  await using agent = await startAgent({ entry: "tests/helpers/hasty_agent.ts" });
  await using client = await connect(agent.target);
  const endless: Record<string, [code: string, ends: RegExp]> = {
    "an object without end": [
      '__asm__(".fill 0x100000000, 1, 1");\nint main() {}',
      /^exited [1-9]|limit|timeout/,
    ],
    "warnings without end": [
      '__asm__(".rept 1000000000\\n.warning \\"x\\"\\n.endr");\nint main() {}',
      /^exited [1-9]|limit|timeout/,
    ],
  };
  await runNext(client, "sh");
  await client.reset();
  await new Promise((resolve) => setTimeout(resolve, 500));
  const before = await censusAtRest(agent.pid);
  for (const [name, [code, ends]] of Object.entries(endless)) {
    const { status, build } = await client.run({ language: "c", code }).result;
    assert.equal(status, "build", name);
    assert.match(`${build!.status} ${build!.exit_code}`, ends, name);
    await runNext(client, "sh");
  }
  await client.reset();
  await assertSettles(agent.pid, before);
});

testNeeding(
  [compilers.c],
  "builders: what stands under the names of source and program",
  async (t) => {
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    const code = '#include <stdio.h>\nint main() { puts("own"); }';
    const target = await Deno.makeTempFile({ prefix: "sallyport-target-" });
    await Deno.chmod(target, 0o666);
    const targets = [target, "/bin/sh", "/etc/passwd", "elsewhere", "/tmp/elsewhere"];
    try {
      for (const name of ["main.c", "main"]) {
        for (const where of targets) {
          await t.step(`${name} is a link to ${where}`, async () => {
            await client.link(name, where);
            const said = await learned(client, "c", code);
            assert.match(said, /own\n/, "it was built, and itself was run");
            // A linker may write the program where the link leads: to a file of this sandbox.
            const { kind } = (await client.list()).find((entry) => entry.name === name)!;
            if (name === "main.c") assert.equal(kind, "file", "the link is replaced");
          });
        }
        await t.step(`${name} is a directory`, async () => {
          await client.remove(name);
          await client.mkdir(name);
          const { status } = await client.run({ language: "c", code, keep: true }).result;
          assert.match(status, name === "main" ? /^build$/ : /^failed$/);
          await client.remove(name);
        });
      }
      assert.equal(await Deno.readTextFile(target), "");
    } finally {
      await Deno.remove(target);
    }
  },
);

testNeeding(
  [file("/usr/bin/javac"), root],
  "builders: what a compiler runs has the compiler's profile",
  async () => {
    await using it = await started();
    const { agent, client, word } = it;
    await runNext(client, "sh");
    await client.reset();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const before = await censusAtRest(agent.pid);
    const code = await Deno.readTextFile(`${projectRoot}tests/fixtures/builders/Main.java`);
    assert.doesNotMatch(await learned(client, "java", code), /daemon/, "it is no processor yet");
    await client.put("META-INF/services/javax.annotation.processing.Processor", "Main\n");
    await client.put("planted", `p${word}\n`);
    await client.put(
      "paths",
      ["planted", ...it.files, "/etc/shadow", "/proc/1/environ"].join("\n"),
    );
    await client.put("written", "#!/bin/sh\necho written code ran", { mode: 0o755 });
    await client.put("agent", agent.path);
    const said = await learned(client, "java", code);
    assert.equal(said.split(`p${word}`).length, 3, `read by itself, and by a program: ${said}`);
    assert.ok(!said.replaceAll(`p${word}`, "").includes(word), said);
    assert.match(said, /^daemon: exit code 0$/m);
    for (const name of ["written", "write /usr", "write /etc", "write /dev", "write /", "agent"]) {
      assert.ok(said.includes(`${name}: refused`), `${name}: ${said}`);
    }
    assert.doesNotMatch(said, /root:|written code ran/);
    assert.match(said, /\nran\n/, "the build went through, and the program ran");
    await runNext(client, "sh");
    await client.reset();
    await assertSettles(agent.pid, before);
  },
);

testNeeding(
  [compilers.go],
  "builders: go runs no program that its source or a run left",
  async (t) => {
    await using agent = await startAgent();
    await using client = await connect(agent.target);
    const code = 'package main\nimport "os"\nfunc main() { os.Stdout.WriteString("own\\n") }\n';
    const tool = '#!/bin/sh\necho written code ran >&2\nexec "$@"\n';
    await t.step("a tool of its settings", async () => {
      const settings = "mkdir -p /tmp/.config/go; cp tool /tmp/tool\n" +
        "echo GOFLAGS=-toolexec=/tmp/tool > /tmp/.config/go/env";
      await client.put("tool", tool, { mode: 0o755 });
      await learned(client, "sh", settings);
      const said = await learned(client, "go", code);
      assert.match(said, /\/tmp\/tool: permission denied/);
      assert.doesNotMatch(said, /written code ran|own\n/);
    });
    await client.reset();
    for (const flag of ["-fplugin=/sandbox/lib.so", "-wrapper /sandbox/tool", "@/sandbox/flags"]) {
      await t.step(`flags of cgo: ${flag}`, async () => {
        await client.put("tool", tool, { mode: 0o755 });
        const cgo = `package main\n/*\n#cgo CFLAGS: ${flag}\n*/\nimport "C"\nfunc main() {}\n`;
        const said = await learned(client, "go", cgo);
        assert.match(said, /invalid flag in #cgo CFLAGS/);
        assert.doesNotMatch(said, /written code ran/);
      });
    }
  },
);
