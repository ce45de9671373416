// The service as its operator has it: a process that is drained, that logs, and that reads tokens.

import assert from "node:assert/strict";
import { makeToken } from "../../host/serve/tokens.ts";
import { agentsIn } from "./agents_in.ts";
import { leavesNothing } from "./leaves_nothing.ts";
import { runOf, startServe } from "./serve_program.ts";
import { overHttp, refusalOf } from "./serve_stage.ts";
import { until } from "../helpers/until.ts";

const sh = (code: string, more: object = {}) => ({ language: "sh", code, ...more });

Deno.test(
  "SIGTERM drains: what runs ends, what waits and comes is refused, nothing is left",
  overHttp,
  () =>
    leavesNothing(async (directory) => {
      const program = await startServe(directory, ["--grace", "20", "--recycling", "never"]);
      assert.equal((Deno.statSync(program.socket).mode ?? 0) & 0o777, 0o600);
      const runs = program.ask("/v1/runs", runOf(sh("sleep 1; echo whole")));
      const running = async () => (await (await program.ask("/v1/machines")).json()).running;
      while (await running() !== 1) await pause(10);
      const waits = program.ask("/v1/runs", runOf(sh("true")));
      await pause(50);
      program.process.kill("SIGTERM");
      assert.deepEqual(await refusalOf(await waits), {
        ...{ status: 503, code: "draining", field: undefined, began: "no" },
      });
      const late = await refusalOf(await program.ask("/v1/runs", runOf(sh("true"))));
      assert.equal(late.code, "draining");
      assert.equal((await refusalOf(await program.ask("/readyz"))).code, "not_ready");
      assert.equal((await (await runs).json()).stdout.content, "whole\n");
      const { code, stdout, stderr } = await program.end();
      assert.equal(code, 0, stderr);
      assert.match(stderr, /Ended; 0 runs were cut off/);
      const log = stdout.trim().split("\n").map((line) => JSON.parse(line));
      assert.ok(log.every((line) => Object.keys(line).join() === "at,token,route,status,ms,bytes"));
      assert.ok(!stdout.includes("whole") && !stdout.includes("sleep"), "it logs what runs");
      const statuses = log.filter(({ route }) => route === "POST /v1/runs").map((one) =>
        one.status
      );
      assert.deepEqual(statuses.toSorted(), [200, 503, 503]);
    }),
);

Deno.test(
  "what outlives the grace is cut off, and told that it began",
  overHttp,
  () =>
    leavesNothing(async (directory) => {
      const program = await startServe(directory, ["--grace", "1", "--recycling", "never"]);
      const runs = program.ask("/v1/runs", runOf(sh("sleep 25")));
      while ((await (await program.ask("/v1/machines")).json()).running !== 1) await pause(10);
      program.process.kill("SIGTERM");
      const { code: why, began } = await refusalOf(await runs);
      assert.deepEqual([why, began], ["lost", "yes"]);
      const { code, stderr } = await program.end();
      assert.equal(code, 1);
      assert.match(stderr, /Ended; 1 run was cut off/);
    }),
);

Deno.test(
  "a service that is killed leaves no agent, and the next one takes its place",
  overHttp,
  () =>
    leavesNothing(async (directory) => {
      const program = await startServe(directory, ["--machines", "2"]);
      program.process.kill("SIGKILL");
      await program.end();
      await until("no agent is left", () => agentsIn(directory).length === 0);
      const next = await startServe(directory, []);
      next.process.kill("SIGTERM");
      assert.equal((await next.end()).code, 0);
    }),
);

Deno.test(
  "tokens are made for a file, and read again at SIGHUP",
  overHttp,
  () =>
    leavesNothing(async (directory) => {
      const file = `${directory}/tokens`;
      const [old, added] = [makeToken("old"), makeToken("new")];
      await Deno.writeTextFile(file, old.line);
      const program = await startServe(directory, ["--tokens", file]);
      const as = async (token: string) => {
        const init = runOf(sh("true"), { authorization: `Bearer ${token}` });
        const answer = await program.ask("/v1/runs", init);
        await answer.text();
        return answer.status;
      };
      assert.deepEqual([await as(old.token), await as(added.token)], [200, 401]);
      await Deno.writeTextFile(file, added.line);
      program.process.kill("SIGHUP");
      while (await as(old.token) !== 401) await pause(20);
      assert.equal(await as(added.token), 200);
      await Deno.writeTextFile(file, "nonsense");
      program.process.kill("SIGHUP");
      await pause(200);
      assert.equal(await as(added.token), 200);
      program.process.kill("SIGTERM");
      const { code, stderr } = await program.end();
      assert.match(stderr, /The tokens stay as they were: Line 1 is no token/);
      assert.equal(code, 0);
    }),
);

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
