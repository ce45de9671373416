// The command lines: a worker as a process, and what a submitter types.

import assert from "node:assert/strict";
import { projectRoot } from "../helpers/agent.ts";
import { testNeeding } from "../helpers/need.ts";
import {} from "./fleet_stage.ts";
import { until } from "../helpers/until.ts";
import { leavesNothing } from "./leaves_nothing.ts";
import { natsServer, natsServerIn } from "./nats_server.ts";

const decoder = new TextDecoder();
const command = (module: string, words: readonly string[], env: Record<string, string> = {}) =>
  new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", module, ...words],
    cwd: projectRoot,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });

/** Runs `deno task fleet`: its exit code, what it printed, and what it said. */
async function fleet(server: string, ...words: string[]): Promise<[number, string, string]> {
  const env = { SALLYPORT_NATS: server };
  const { code, stdout, stderr } = await command("host/fleet/main.ts", words, env).output();
  return [code, decoder.decode(stdout).trim(), decoder.decode(stderr).trim()];
}

/** Runs the program of docs/fleet.md against this server and class. Returns what it prints. */
async function paperProgram(directory: string, server: string, className: string) {
  const text = await Deno.readTextFile(`${projectRoot}docs/fleet.md`);
  const shown = /```\n(import \{ FleetClient \}[^]*?)```/.exec(text)![1];
  const program = shown
    .replace("./host/", `file://${projectRoot}host/`)
    .replace("nats://127.0.0.1:4222", server)
    .replace("run: {", `class: "${className}", run: {`);
  await Deno.writeTextFile(`${directory}/paper.ts`, program);
  const words = ["--config", `${projectRoot}deno.json`, `${directory}/paper.ts`];
  const { stdout, stderr } = await command(words[0], words.slice(1)).output();
  return decoder.decode(stdout).trim() || decoder.decode(stderr);
}

testNeeding(
  [natsServer],
  "a worker and a submitter, each from its command line",
  () =>
    leavesNothing(async (directory) => {
      await using server = natsServerIn(directory);
      await server.start();
      const program = `${directory}/hello.sh`;
      await Deno.writeTextFile(program, 'echo "$1 $(cat name.txt) $GREETING"; exit 4\n');
      await Deno.writeTextFile(`${directory}/n`, "name");
      const words = ["worker", "-s", server.url, "--name", "first", "--size", "1"];
      words.push("--root", `${directory}/machines`, "--recycling", "never", "--class", "small");
      const child = command("host/main.ts", words).spawn();
      let said = "";
      const listening = (async () => {
        for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) said += text;
      })();
      try {
        await until("the worker takes jobs", () => said.includes("first takes jobs"));
        const submit = ["submit", "--class", "small", "-l", "sh"];

        const more = ["--put", `${directory}/n:name.txt`, "-e", "GREETING=hi", "--id", "one"];
        assert.deepEqual(await fleet(server.url, ...submit, ...more, program, "a"), [0, "one", ""]);
        assert.deepEqual(await fleet(server.url, "wait", "one"), [4, "a name hi", ""]);
        assert.deepEqual(await fleet(server.url, "watch", "one"), [4, "a name hi", ""]);
        assert.deepEqual(await fleet(server.url, "cancel", "one"), [0, "over", ""]);

        const inline = await fleet(server.url, ...submit, "--wait", "-c", "echo out; echo err >&2");
        assert.deepEqual(inline, [0, "out", "err"]);
        const [code, , why] = await fleet(
          server.url,
          ...submit,
          "--wait",
          "--timeout",
          "200ms",
          "-c",
          "sleep 9",
        );
        assert.deepEqual([code, why], [124, "sallyport fleet: stopped: it ran out of time"]);
        const [, json] = await fleet(server.url, "wait", "one", "--json");
        assert.equal(JSON.parse(json).result.exit_code, 4);

        await fleet(
          server.url,
          "submit",
          "--class",
          "none",
          "-l",
          "sh",
          "-c",
          "true",
          "--id",
          "two",
        );
        assert.match((await fleet(server.url, "status"))[1], /^none +default +normal +1 +0 +0$/m);
        const late = await fleet(server.url, "wait", "two", "--within", "300ms");
        assert.deepEqual(late, [125, "", 'sallyport fleet: "two" has no outcome yet']);
        assert.deepEqual(await fleet(server.url, "cancel", "two"), [0, "cancelled", ""]);

        assert.equal(
          (await fleet(server.url, "prepare", "--tenant", "new", "--blobs", "1M"))[0],
          0,
        );
        const [ok, status] = await fleet(server.url, "status");
        assert.equal(ok, 0);
        assert.match(status, /^first +small +1 +\d +\d +(-|result \d+) +\d+ s ago$/m);
        assert.match(status, /^sallyport-jobs +1 /m);
        assert.match(status, /^dead letter: none$/m);

        assert.equal(await paperProgram(directory, server.url, "small"), "first 42");

        assert.match((await fleet(server.url, "submit", "-c", "x"))[2], /say "--language"/);
        assert.match((await fleet("http://x", "status"))[2], /expected nats:/);
        assert.equal((await fleet(server.url, "dance"))[0], 125);
      } finally {
        child.kill("SIGTERM");
      }
      assert.equal((await child.status).code, 0, said);
      await listening;
      await child.stdout.cancel();
      assert.match(said, /first ends/);
      assert.deepEqual([...Deno.readDirSync(`${directory}/machines`)], []);
    }),
);
