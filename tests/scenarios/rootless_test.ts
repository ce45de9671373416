// An agent that an ordinary user starts: it is weaker only where it is told to be, and it reports
// what is off.

import assert from "node:assert/strict";
import { makeBundle } from "../../scripts/build/bundle.ts";
import { connect, runJob, text } from "../helpers/job.ts";
import { file, root, testNeeding } from "../helpers/need.ts";
import { agentCommand } from "../../scripts/tools/source_agent.ts";
import { projectRoot } from "../helpers/agent.ts";

const user = 1000;

/** Puts a bundled agent and a deno that any user can run into a directory of that user. */
async function prepare(directory: string): Promise<string[]> {
  const { code } = await makeBundle(`${projectRoot}agent/main.ts`, directory);
  await Deno.writeTextFile(`${directory}/agent.js`, code);
  await Deno.copyFile(Deno.execPath(), `${directory}/deno`);
  await Deno.chmod(`${directory}/deno`, 0o755);
  await Deno.chown(directory, user, user);
  const [, ...words] = agentCommand();
  return [
    "/usr/bin/setpriv",
    ...[`--reuid=${user}`, `--regid=${user}`, "--clear-groups", "--no-new-privs"],
    `${directory}/deno`,
    ...words.slice(0, -1),
    `${directory}/agent.js`,
  ];
}

testNeeding([root, file("/usr/bin/setpriv")], "rootless: an ordinary user's agent", async (t) => {
  const directory = await Deno.makeTempDir({ prefix: "sallyport-rootless-" });
  try {
    const [program, ...words] = await prepare(directory);
    const options = { cwd: directory, env: { NO_COLOR: "1", DENO_DIR: `${directory}/cache` } };
    const listen = ["--listen", `unix:${directory}/agent.sock`];

    await t.step("does not start with required layers missing, and names them", async () => {
      const command = new Deno.Command(program, { ...options, args: [...words, ...listen] });
      const { code, stderr } = await command.output();
      assert.equal(code, 1);
      assert.match(
        text(stderr),
        /"fatal".*required hardening is missing: ids .*agent-drop.*say --without ids,agent-drop"/,
      );
    });

    await t.step("runs jobs without those two, and says that they are off", async () => {
      const args = [...words, ...listen, "--without", "ids,agent-drop"];
      const child = new Deno.Command(program, { ...options, args, stdin: "null" }).spawn();
      try {
        await using client = await until(() => connect(`unix:${directory}/agent.sock`));
        const { hardening } = await client.info();
        const off = hardening.filter(({ on }) => !on).map(({ layer }) => layer);
        assert.deepEqual(off.filter((layer) => layer !== "cgroup"), ["ids", "agent-drop"]);
        const code =
          "id -u; grep -E '^(CapEff|NoNewPrivs|Seccomp):' /proc/self/status; cat /etc/shadow";
        const job = await runJob(client, { language: "sh", code });
        assert.match(text(job.stdout), /CapEff:\t0+\n/);
        assert.match(text(job.stdout), /NoNewPrivs:\t1\nSeccomp:\t2\n/);
        assert.notEqual(job.result.exit_code, 0, "what root alone may read stays unread");
        assert.deepEqual(job.left, []);
        // The launchers have the job's uid here, but must not count towards its limit of processes.
        const limits = { processes: 8 };
        const six = "for n in 1 2 3 4 5 6; do sleep 0.5 & done; wait";
        const all = await runJob(client, { language: "sh", code: six, limits });
        assert.deepEqual([all.result.status, all.result.exit_code], ["exited", 0]);
        const forks = "import os\nwhile True:\n try: os.fork()\n except BlockingIOError: pass";
        const bomb = await runJob(client, { language: "python", code: forks, limits });
        assert.deepEqual([bomb.result.status, bomb.result.limit], ["limit", "processes"]);
      } finally {
        child.kill("SIGTERM");
        await child.status;
      }
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

/** Repeats the attempt for ten seconds. */
async function until<T>(attempt: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + 10_000;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
