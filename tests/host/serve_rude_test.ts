// A service and clients that leave, that stop reading, or that send without waiting: what they asked
// for ends with them, it takes no memory to speak of, and others do not notice.

import assert from "node:assert/strict";
import { makeToken } from "../../host/serve/tokens.ts";
import { bytesOf } from "./http_attacks.ts";
import { readAll } from "./raw_http.ts";
import { overHttp, refusalOf, type ServeStage, serving } from "./serve_stage.ts";
import { until } from "../helpers/until.ts";

const [ann, bob] = [makeToken("ann"), makeToken("bob")];
const withLimits = (line: string, limits: object) =>
  JSON.stringify({ ...JSON.parse(line), ...limits });

/** A request of a run, as bytes. */
function post(token: string, request: object, ...fields: string[]): Uint8Array {
  const body = JSON.stringify(request);
  const lines = [
    ...["POST /v1/runs HTTP/1.1", "Host: h", `Authorization: Bearer ${token}`],
    ...["Content-Type: application/json", `Content-Length: ${body.length}`, ...fields],
  ];
  return bytesOf(`${lines.join("\r\n")}\r\n\r\n${body}`);
}

/** Longer than the tests wait for its end. */
const sleeps = { language: "sh", code: "sleep 29", timeout_ms: 30_000 };
const events = "Accept: text/event-stream";

/** What a client has sent when it leaves, and when that is. */
interface Leaving {
  readonly name: string;
  readonly sent: Uint8Array;
  readonly when: (stage: ServeStage) => boolean;
}

const runs = ({ serving: { pool } }: ServeStage) => pool.status().running === 1;
const waits = ({ serving: { pool } }: ServeStage) => pool.status().waiting === 1;
const whole = post(ann.token, sleeps);
const twice = Uint8Array.from([...whole, ...whole]);
const cutOff = whole.subarray(0, -3);

const leavings: readonly Leaving[] = [
  { name: "within its headers", sent: bytesOf("POST /v1/runs HTTP/1.1\r\nHo"), when: () => true },
  { name: "within its body", sent: cutOff, when: () => true },
  { name: "as it runs", sent: whole, when: runs },
  { name: "as it streams", sent: post(ann.token, sleeps, events), when: runs },
  {
    name: "as it brings back files",
    sent: post(ann.token, { ...sleeps, get: ["a"] }),
    when: runs,
  },
  // The second run is told of the end too.
  { name: "with another run behind", sent: twice, when: (stage) => runs(stage) && waits(stage) },
];

Deno.test("whoever leaves, and whenever, leaves nothing", overHttp, () => {
  const tokens = withLimits(ann.line, { concurrent_runs: 2 });
  return serving({ tokens }, async (stage) => {
    const { socket, run, serving: { pool } } = stage;
    const idle = () => pool.status().running === 0 && pool.status().waiting === 0;
    for (const { name, sent, when } of leavings) {
      const connection = await Deno.connect({ transport: "unix", path: socket });
      await connection.write(sent);
      await until(`${name}: it came as far as that`, () => when(stage));
      connection.close();
      await until(`${name}: nothing is left`, idle);
      // Its place among the token's two runs is free as well.
      const headers = { authorization: `Bearer ${ann.token}` };
      for (let count = 0; count < 2; count++) {
        const next = await run({ language: "sh", code: "echo 1" }, { headers });
        assert.equal(next.status, 200, `${name}: ${await next.text()}`);
      }
    }
  });
});

Deno.test(
  "requests sent without waiting are answered in turn, or not at all",
  overHttp,
  () =>
    serving({}, async ({ socket, ask }) => {
      const send = async (count: number) => {
        using connection = await Deno.connect({ transport: "unix", path: socket });
        const one = "GET /openapi.json HTTP/1.1\r\nHost: h\r\n\r\n";
        const last = one.replace("\r\n", "\r\nConnection: close\r\n");
        const sent = connection.write(bytesOf(one.repeat(count - 1) + last)).catch(() => {});
        const text = await readAll(connection);
        await sent;
        return text.match(/HTTP\/1\.1 200 OK/g)?.length ?? 0;
      };
      assert.equal(await send(8), 8);
      // 1,000 of them would make 17 MB of answers wait for a client of 40 KB.
      assert.ok(await send(1000) <= 8);
      assert.equal((await ask("/healthz")).status, 200);
    }),
);

Deno.test(
  "a stream that nobody reads takes no memory",
  overHttp,
  () =>
    serving({ limits: { stallMs: 20_000 } }, async ({ socket, serving: { pool }, run }) => {
      const line = "x=0123456789; for i in 1 2 3 4 5 6 7 8 9 10; do x=$x$x; done";
      const code = `${line}; i=0; while [ $i -lt 5000 ]; do echo $x; i=$((i + 1)); done`;
      const before = Deno.memoryUsage().rss;
      using slow = await Deno.connect({ transport: "unix", path: socket });
      const flood = { language: "sh", code, timeout_ms: 30_000 };
      await slow.write(post("", flood, events));
      const running = () => pool.status().running === 1;
      await until("it runs", running);
      // If nothing kept it back, its 51 MB would be here, and it at its end.
      for (let tries = 0; tries < 40 && running(); tries++) {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      assert.ok(running(), "its output was taken without a reader");
      const grown = (Deno.memoryUsage().rss - before) / 1e6;
      assert.ok(grown < 100, `${grown} MB`);
      slow.close();
      const next = await run({ language: "sh", code: "echo 1" });
      assert.equal(next.status, 200, await next.text());
    }),
);

Deno.test("one token's slow requests take nothing from another's", overHttp, () => {
  const limits = { concurrent_runs: 1, runs_per_minute: 3 };
  const tokens = `${withLimits(ann.line, limits)}\n${withLimits(bob.line, limits)}`;
  return serving({ tokens }, async ({ socket, run, ask, serving: { pool } }) => {
    const as = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
    const sh = (code: string, more: object = {}) => ({ language: "sh", code, ...more });
    {
      using slow = await Deno.connect({ transport: "unix", path: socket });
      await slow.write(cutOff);
      const full = async () => {
        const answer = await run(sh(":"), as(ann.token));
        const { code } = answer.status === 200 ? { code: "ran" } : await refusalOf(answer);
        return code === "too_many";
      };
      await until("the slow request has its holder's only place", full);
      assert.equal((await run(sh(":"), as(bob.token))).status, 200);
    }
    // Another's run and one that never was are told apart by nobody.
    const runs = run(sh("sleep 0.5", { id: "secret" }), as(bob.token));
    await until("bob's runs", () => pool.status().running === 1);
    const cancel = (id: string) => ask(`/v1/runs/${id}`, { method: "DELETE", ...as(ann.token) });
    const [real, none] = await Promise.all(
      [cancel("secret"), cancel("nobody")].map(async (one) =>
        (await (await one).text()).replace(/secret|nobody/g, "ID")
      ),
    );
    assert.equal(real, none);
    assert.equal((await (await runs).json()).status, "exited");
    for (const path of ["/v1/machines", "/metrics"]) {
      const told = await (await ask(path, as(ann.token))).text();
      assert.doesNotMatch(told, /bob|secret/, "it tells of another's runs");
    }
  });
});
