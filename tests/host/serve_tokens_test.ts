// Who may ask a service, for how much, and that nobody sees or stops another's runs.

import assert from "node:assert/strict";
import { makeToken } from "../../host/serve/tokens.ts";
import { overHttp, refusalOf, type ServeStage, serving } from "./serve_stage.ts";
import { until } from "../helpers/until.ts";

const [ann, bob] = [makeToken("ann"), makeToken("bob")];
const withLimits = (line: string, limits: object) =>
  JSON.stringify({ ...JSON.parse(line), ...limits });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const sh = (code: string, more: object = {}) => ({ language: "sh", code, ...more });

Deno.test(
  "who has no token learns nothing but that the service lives",
  overHttp,
  () =>
    serving({ tokens: ann.line }, async ({ ask, run, answered }) => {
      const wrong = [
        undefined,
        "",
        "Bearer",
        `Basic ${ann.token}`,
        `Bearer ${ann.token}x`,
        ann.token,
      ];
      for (const authorization of wrong) {
        const headers = authorization === undefined ? undefined : { authorization };
        const refused = await run(sh("true"), { headers });
        assert.match(refused.headers.get("www-authenticate")!, /^Bearer /);
        assert.deepEqual((await refusalOf(refused)).code, "unauthorized");
      }
      assert.equal((await refusalOf(await ask("/v1/languages"))).status, 401);
      const languages = await ask("/v1/languages", { headers: bearer(ann.token) });
      assert.equal(languages.status, 200);
      await languages.text();
      for (const path of ["/v1/machines", "/metrics"]) {
        assert.equal((await refusalOf(await ask(path))).status, 401);
      }
      for (const path of ["/healthz", "/readyz", "/openapi.json"]) {
        const answer = await ask(path);
        assert.equal(answer.status, 200);
        await answer.text();
      }
      const good = await run(sh("echo 1"), { headers: bearer(ann.token) });
      assert.equal((await good.json()).status, "exited");
      await until("all is logged", () => answered.length === 14);
      const log = answered.map(({ route, token, status }) => `${route} ${token} ${status}`);
      assert.equal(log.filter((line) => line === "POST /v1/runs  401").length, wrong.length);
      assert.equal(log.at(-1), "POST /v1/runs ann 200");
    }),
);

Deno.test("only an operator sees what is of all holders", overHttp, () => {
  const operator = makeToken("operator", true);
  const not = withLimits(bob.line, { operator: false });
  return serving({ tokens: `${ann.line}\n${not}\n${operator.line}` }, async ({ ask }) => {
    for (const path of ["/v1/machines", "/metrics"]) {
      for (const { token } of [ann, bob]) {
        const { status, code } = await refusalOf(await ask(path, { headers: bearer(token) }));
        assert.deepEqual([status, code], [403, "not_operator"], path);
      }
      const answer = await ask(path, { headers: bearer(operator.token) });
      assert.equal(answer.status, 200, path);
      await answer.text();
    }
  });
});

Deno.test("a holder's limits hold, and are nobody else's", overHttp, () => {
  const limits = { timeout_ms: 300, memory_bytes: 50_000_000, concurrent_runs: 1 };
  const tokens = `${withLimits(ann.line, limits)}\n${bob.line}`;
  return serving({ tokens }, async ({ run, serving: { pool } }) => {
    const [a, b] = [{ headers: bearer(ann.token) }, { headers: bearer(bob.token) }];
    const over = await refusalOf(await run(sh("true", { timeout_ms: 301 }), a));
    assert.deepEqual([over.status, over.code, over.field], [403, "over_limit", "timeout_ms"]);
    const large = { limits: { memory_bytes: 50_000_001 } };
    assert.equal((await refusalOf(await run(sh("true", large), a))).field, "limits.memory_bytes");
    const cut = await (await run(sh("sleep 10"), a)).json();
    assert.equal(cut.status, "timeout");
    assert.ok(cut.wall_ms < 2000);
    const first = run(sh("sleep 0.2"), a);
    await until("a run has a machine", () => pool.status().running === 1);
    const second = await run(sh("true"), a);
    assert.equal(second.headers.get("retry-after"), "1");
    assert.equal((await refusalOf(second)).code, "too_many");
    assert.equal((await (await run(sh("true"), b)).json()).status, "exited");
    assert.equal((await (await first).json()).status, "exited");
    // A refused request gave its place back.
    assert.equal((await refusalOf(await run({ language: "sh" }, a))).code, "bad_request");
    assert.equal((await (await run(sh("true"), a)).json()).status, "exited");
  });
});

Deno.test(
  "more runs a minute than are allowed are told when to come back",
  overHttp,
  () =>
    serving({ tokens: withLimits(ann.line, { runs_per_minute: 2 }) }, async ({ run }) => {
      const headers = bearer(ann.token);
      for (let count = 0; count < 2; count++) {
        assert.equal((await (await run(sh("true"), { headers })).json()).status, "exited");
      }
      const refused = await run(sh("true"), { headers });
      const seconds = Number(refused.headers.get("retry-after"));
      assert.ok(seconds > 20 && seconds <= 30, `${seconds} s`);
      assert.deepEqual((await refusalOf(refused)).status, 429);
    }),
);

Deno.test("nobody stops another's run, and a priority goes first", overHttp, () => {
  const tokens = `${ann.line}\n${withLimits(bob.line, { priority: 1 })}`;
  return serving({ tokens }, async ({ ask, run, serving: { pool } }) => {
    const [a, b] = [{ headers: bearer(ann.token) }, { headers: bearer(bob.token) }];
    const first = run(sh("sleep 0.4", { id: "x" }), a);
    await until("a run has a machine", () => pool.status().running === 1);
    const stop = (init: RequestInit) => ask("/v1/runs/x", { ...init, method: "DELETE" });
    assert.equal((await refusalOf(await stop(b))).code, "no_run");
    const ended: string[] = [];
    const wait = async (who: string, init: RequestInit) => {
      await (await run(sh("true"), init)).json();
      ended.push(who);
    };
    const low = wait("ann", a);
    await until("one waits", () => pool.status().waiting === 1);
    const high = wait("bob", b);
    await until("two wait", () => pool.status().waiting === 2);
    await Promise.all([low, high]);
    assert.deepEqual(ended, ["bob", "ann"]);
    assert.equal((await (await first).json()).status, "exited");
  });
});

Deno.test(
  "without tokens a web page is refused",
  overHttp,
  () =>
    serving({}, async ({ ask }: ServeStage) => {
      for (
        const header of [["origin", "http://evil.test"], ["sec-fetch-site", "cross-site"]] as [
          string,
          string,
        ][]
      ) {
        const form = new FormData();
        form.set("run", JSON.stringify(sh("true")));
        const refused = await ask("/v1/runs", { method: "POST", headers: [header], body: form });
        assert.deepEqual((await refusalOf(refused)).code, "from_web_page");
      }
    }),
);
