// Escapes that must never succeed: each attempt is refused inside, named where a filter refused it,
// and known to succeed outside.

import assert from "node:assert/strict";
import { projectRoot, startAgent, type TestAgent } from "../helpers/agent.ts";
import { compile } from "../helpers/fixture.ts";
import { connect, runJob, text } from "../helpers/job.ts";
import { cc, file, root, skip, testNeeding } from "../helpers/need.ts";
import { jobProfiles } from "../helpers/profile_languages.ts";
import { attempt, type Came, source, title } from "./forbidden_attempt.ts";
import { type Attempt, attempts } from "./forbidden_cases.ts";

const others = jobProfiles.filter((profile) => profile !== "exec");
/** An agent with a language for each profile: its own filter, and every other layer. */
const entry = "tests/helpers/profile_agent.ts";

/**
 * The only thing of these suites that a wider profile allows. It is no escape: what is started has
 * the job's filter, Landlock rules, namespaces, ids and limits, and ends with the job.
 */
const startsPrograms = new Set(["sh", "programs", "programs-jit", "workspace"]);

function assertRefused(each: Attempt, { ok, errno, job }: Awaited<ReturnType<typeof attempt>>) {
  assert.equal(ok, false, "it succeeded");
  assert.ok(errno > 0);
  if (each.denied === undefined) return;
  assert.deepEqual(
    job.result.denied.filter(({ syscall }) => syscall === each.denied),
    [{ syscall: each.denied, count: 1 }],
    JSON.stringify(job.result.denied),
  );
}

testNeeding([cc], `escape: ${attempts.length} forbidden things are refused`, async (t) => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  for (const each of attempts) {
    await t.step(title(each), async () => assertRefused(each, await attempt(client, each)));
  }
  assert.equal(agent.stderr(), "");
});

testNeeding([cc], "escape: the same things are refused under every other profile", async (t) => {
  await using agent = await startAgent({ entry });
  await using client = await connect(agent.target);
  for (const profile of others) {
    await t.step(profile, async () => {
      for (const each of attempts) {
        const came = await attempt(client, each, `as-${profile}`);
        try {
          assertRefused(each, came);
        } catch (cause) {
          throw new Error(`${title(each)}: ${(cause as Error).message}`, { cause });
        }
      }
    });
  }
  assert.equal(agent.stderr(), "");
});

const control = "escape: the same things succeed as root outside of a sandbox";
testNeeding([cc, root, file("/usr/bin/unshare")], control, async (t) => {
  const program = await compile(`${projectRoot}tests/fixtures/${source}`);
  const possible = attempts.filter(({ bare }) => bare);
  let refused = 0;
  for (const each of possible) {
    const words = [program, each.action, ...(each.argument === undefined ? [] : [each.argument])];
    if (each.bare === "private") words.unshift("/usr/bin/unshare", "-mn");
    const { stdout } = await new Deno.Command(words[0], { args: words.slice(1) }).output();
    const { ok, errno } = JSON.parse(text(stdout)) as Came;
    if (ok) continue;
    refused++;
    skip(t, `escape: ${title(each)} outside`, `this machine refuses it to root: errno ${errno}`);
  }
  assert.ok(refused <= possible.length / 3, `${refused} of ${possible.length} prove nothing here`);
});

testNeeding([cc], "escape: a second exec is refused and named", async (t) => {
  await using agent = await startAgent({ entry });
  await using client = await connect(agent.target);
  for (const profile of jobProfiles) {
    await t.step(profile, async () => {
      const { ok, job } = await attempt(client, { action: "second_exec" }, `as-${profile}`);
      assert.equal(ok, startsPrograms.has(profile), profile);
      assert.deepEqual(job.result.denied, ok ? [] : [{ syscall: "execve", count: 1 }]);
    });
  }
});

async function listener(path: string): Promise<Deno.UnixListener> {
  const server = Deno.listen({ transport: "unix", path });
  await Deno.chmod(path, 0o777);
  return server;
}

testNeeding(
  [cc, root, file("/usr/bin/python3")],
  "escape: sockets of the guest cannot be reached",
  async (t) => {
    await using agent: TestAgent = await startAgent({ entry });
    await using client = await connect(agent.target);
    const assertAllRefused = async (each: Attempt) => {
      for (const profile of jobProfiles) {
        const { ok } = await attempt(client, each, `as-${profile}`);
        assert.equal(ok, false, `it succeeded under ${profile}`);
      }
    };
    const name = `sallyport-${crypto.randomUUID()}`;
    for (const path of [`/tmp/${name}`, `/run/${name}`, `/dev/shm/${name}`]) {
      await t.step(path, async () => {
        using _server = await listener(path);
        try {
          await assertAllRefused({ action: "unix_connect", argument: path });
        } finally {
          await Deno.remove(path);
        }
      });
    }
    await t.step("the agent's own", async () => {
      await assertAllRefused({ action: "unix_connect", argument: agent.path });
    });
    await t.step("an abstract one", async () => {
      const script = "import socket,sys,time\ns=socket.socket(socket.AF_UNIX)\n" +
        "s.bind('\\0'+sys.argv[1])\ns.listen()\nprint(1,flush=True)\ntime.sleep(30)";
      let reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
      const server = new Deno.Command("/usr/bin/python3", {
        args: ["-c", script, name],
        stdout: "piped",
      }).spawn();
      try {
        reader = server.stdout.getReader();
        await reader.read();
        const program = await compile(`${projectRoot}tests/fixtures/${source}`);
        const outside = await new Deno.Command(program, { args: ["abstract_connect", name] })
          .output();
        assert.equal(JSON.parse(text(outside.stdout)).ok, true, "outside it connects");
        await assertAllRefused({ action: "abstract_connect", argument: name });
      } finally {
        server.kill("SIGKILL");
        await server.status;
        await reader?.cancel();
      }
    });
  },
);

testNeeding([cc, root], "escape: the agent and other processes cannot be signalled", async (t) => {
  await using agent = await startAgent({ entry });
  await using client = await connect(agent.target);
  for (const pid of [1, agent.pid, Deno.pid]) {
    await t.step(`process ${pid}`, async () => {
      for (const profile of jobProfiles) {
        const each = { action: "kill_pid", argument: String(pid) };
        const { ok } = await attempt(client, each, `as-${profile}`);
        assert.equal(ok, false, `it could under ${profile}`);
      }
    });
  }
});

testNeeding([cc], "escape: files of one run are not there in the next", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  const leave =
    "for d in . /tmp /dev/shm; do echo secret > $d/left || exit 1; done; ls -A . /tmp /dev/shm";
  const first = await runJob(client, { language: "sh", code: leave });
  assert.equal(first.result.exit_code, 0, text(first.stderr));
  assert.equal(text(first.stdout).split("left").length, 4);
  const second = await runJob(client, { language: "sh", code: "ls -A . /tmp /dev/shm" });
  assert.equal(text(second.stdout), ".:\nmain.sh\n\n/dev/shm:\n\n/tmp:\n");
});

testNeeding([cc], "escape: a symbolic link does not lead get, put or list out", async () => {
  await using agent = await startAgent();
  await using client = await connect(agent.target);
  const code =
    "ln -s /etc/passwd file; ln -s /etc directory; ln -s .. up; mkdir sub; ln -s ../.. sub/up";
  const job = await runJob(client, { language: "sh", code, keep: true });
  assert.equal(job.result.exit_code, 0, text(job.stderr));
  for (const path of ["file", "directory/passwd", "up/etc/passwd", "sub/up/etc/passwd"]) {
    await assert.rejects(client.get(path), { code: /forbidden_path|not_found/ }, path);
    await assert.rejects(client.put(path, "owned"), { code: /forbidden_path|not_found/ }, path);
  }
  for (const path of ["directory", "up", "sub/up"]) {
    await assert.rejects(client.list(path), { code: /forbidden_path|not_found/ }, path);
  }
  assert.ok((await Deno.readTextFile("/etc/passwd")).startsWith("root:"));
});
