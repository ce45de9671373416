// A service with real machines: runs in each way, their files, and their end.

import assert from "node:assert/strict";
import * as v from "valibot";
import { runResult } from "../../host/serve/run_schema.ts";
import { agentsIn } from "./agents_in.ts";
import { eventsOf, overHttp, refusalOf, serving } from "./serve_stage.ts";
import { until } from "../helpers/until.ts";

Deno.test(
  "a run comes back as JSON, with its output, files and machine",
  overHttp,
  () =>
    serving({}, async ({ run }) => {
      const plain = await run({
        language: "sh",
        code: "echo $1 $X; cat; exit 3",
        args: ["a"],
        env: { X: "b" },
        stdin: "in",
      });
      assert.equal(plain.status, 200);
      const result = await plain.json();
      v.assert(runResult, result);
      assert.deepEqual(
        [result.status, result.exit_code, result.stdout.content, result.machine, result.files],
        ["exited", 3, "a b\nin", "1", undefined],
      );
      const bytes = await run({
        language: "sh",
        code: { base64: btoa("cat in/a > out; printf '\\377'; ls -l in/a >&2") },
        files: [{ path: "in/a", content: { base64: "/wA=" }, mode: 0o600 }],
        get: ["out", "in/a", "none"],
      });
      const leased = await bytes.json();
      v.assert(runResult, leased);
      const { stdout, stderr, files } = leased;
      assert.deepEqual(stdout.content, { base64: "/w==" });
      assert.match(String(stderr.content), /^-rw-------/);
      assert.deepEqual(files![0], { path: "out", content: { base64: "/wA=" } });
      assert.deepEqual([files![1].path, "error" in files![2] && files![2].error.code], [
        "in/a",
        "not_found",
      ]);
    }),
);

Deno.test("a form brings files as parts", overHttp, () =>
  serving({}, async ({ ask }) => {
    const form = new FormData();
    form.set("run", JSON.stringify({ language: "sh", code: "cat a/b c" }));
    form.set("a/b", new Blob(["one "]), "x");
    form.set("c", "two");
    const response = await ask("/v1/runs", { method: "POST", body: form });
    assert.equal((await response.json()).stdout.content, "one two");
  }));

Deno.test(
  "events come in order, and output as it is written",
  overHttp,
  () =>
    serving({}, async ({ run, ask }) => {
      const code = "echo one; sleep 0.3; echo two >&2; printf '\\377'";
      for (const more of [{}, { get: ["none"] }]) {
        const headers = { accept: "text/event-stream" };
        const response = await run({ id: "mine", language: "sh", code, ...more }, { headers });
        assert.equal(response.headers.get("content-type"), "text/event-stream");
        const at: number[] = [];
        const events = [];
        for await (const event of eventsOf(response)) {
          events.push(event);
          at.push(performance.now());
        }
        const names = events.map(({ event }) => event);
        assert.deepEqual(names.slice(0, 3), ["queued", "began", "stdout"]);
        assert.deepEqual(names.slice(3, -1).toSorted(), ["stderr", "stdout"]);
        assert.equal(names.at(-1), "result");
        assert.ok(at[3] - at[2] > 150, "the output was kept back");
        const { offset, content } = events.findLast(({ event }) => event === "stdout")!.data;
        assert.deepEqual([offset, content], [4, { base64: "/w==" }]);
        const { id, status, stdout } = events.at(-1)!.data;
        assert.deepEqual([id, status, stdout], ["mine", "exited", { total: 5, dropped: 0 }]);
      }
      const refused = await run({ language: "cobol", code: "" }, {
        headers: { accept: "text/event-stream" },
      });
      const last = (await Array.fromAsync(eventsOf(refused))).at(-1)!;
      assert.deepEqual([last.event, last.data.code, last.data.began], [
        "error",
        "unknown_language",
        "no",
      ]);
      assert.equal((await ask("/healthz")).status, 200);
    }),
);

Deno.test(
  "closing the connection cancels a run, as it waits and as it runs",
  overHttp,
  () =>
    serving({}, async ({ run, serving: { pool, service } }) => {
      for (const accept of ["*/*", "text/event-stream"]) {
        const headers = { accept };
        const [one, two] = [new AbortController(), new AbortController()];
        const runs = dropped(
          run({ language: "sh", code: "sleep 25" }, { signal: one.signal, headers }),
        );
        await until("a run has a machine", () => pool.status().running === 1);
        const waits = dropped(
          run({ language: "sh", code: "sleep 25" }, { signal: two.signal, headers }),
        );
        await until("one waits", () => pool.status().waiting === 1);
        two.abort();
        await until("nobody waits", () => pool.status().waiting === 0);
        one.abort();
        await until("no run has a machine", () => pool.status().running === 0);
        await Promise.all([runs, waits]);
      }
      assert.equal((await (await run({ language: "sh", code: "echo 1" })).json()).machine, "1");
      assert.match(service.metrics.text(), /sallyport_runs_total\{status="cancelled"\} 4/);
    }),
);

Deno.test(
  "a request cancels a run by its id",
  overHttp,
  () =>
    serving({}, async ({ run, ask, serving: { pool } }) => {
      const runs = run({ id: "a", language: "sh", code: "sleep 25" });
      await until("a run has a machine", () => pool.status().running === 1);
      const waits = run({ id: "b", language: "sh", code: "sleep 25" });
      await until("one waits", () => pool.status().waiting === 1);
      assert.deepEqual(await refusalOf(await run({ id: "a", language: "sh", code: "" })), {
        ...{ status: 409, code: "same_id", field: undefined, began: "no" },
      });
      assert.equal((await ask("/v1/runs/b", { method: "DELETE" })).status, 202);
      assert.deepEqual(await refusalOf(await waits), {
        ...{ status: 409, code: "cancelled", field: undefined, began: "no" },
      });
      assert.equal((await ask("/v1/runs/a", { method: "DELETE" })).status, 202);
      assert.equal((await (await runs).json()).status, "cancelled");
      assert.equal((await refusalOf(await ask("/v1/runs/a", { method: "DELETE" }))).code, "no_run");
    }),
);

/** An answer that its asker aborts. */
const dropped = (asked: Promise<Response>) =>
  asked.then((response) => response.text()).catch(() => {});

Deno.test(
  "a lost machine is told, with whether the program began, and the next run works",
  overHttp,
  () =>
    serving({}, async ({ run, socket, serving: { pool } }) => {
      const directory = socket.replace("/http.sock", "");
      const killAgents = () => agentsIn(directory).forEach((pid) => Deno.kill(pid, "SIGKILL"));
      for (const more of [{}, { get: ["a"] }]) {
        await pool.ready();
        const request = { language: "sh", code: "echo 1; sleep 25", ...more };
        const runs = run(request);
        await until("a run has a machine", () => pool.status().running === 1);
        await pause(300);
        killAgents();
        const { status, code, began } = await refusalOf(await runs);
        assert.deepEqual([status, code, began], [502, "lost", "yes"]);

        await pool.ready();
        const seen = [];
        const headers = { accept: "text/event-stream" };
        for await (const { event, data } of eventsOf(await run(request, { headers }))) {
          if (event === "stdout") killAgents();
          seen.push([event, data.code, data.began]);
        }
        assert.deepEqual(seen.at(-1), ["error", "lost", "yes"]);
      }
      assert.equal((await (await run({ language: "sh", code: "echo 1" })).json()).status, "exited");
    }),
);

Deno.test(
  "input larger than all windows reaches the program whole",
  overHttp,
  () =>
    serving({}, async ({ run }) => {
      const stdin = "0123456789abcdef".repeat(200_000);
      const { stdout } = await (await run({ language: "sh", code: "wc -c", stdin })).json();
      assert.equal(Number(stdout.content), stdin.length);
    }),
);

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
