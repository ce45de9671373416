// A service before an attacker, with and without a token: every row of the tables has the one answer
// that it may have, which tells nothing of this host, and the service goes on as before.

import assert from "node:assert/strict";
import { accessLine } from "../../host/serve/access_log.ts";
import { makeToken } from "../../host/serve/tokens.ts";
import { bodyAttacks } from "./body_attacks.ts";
import { httpAttacks } from "./http_attacks.ts";
import { sendRaw } from "./raw_http.ts";
import { overHttp, serving } from "./serve_stage.ts";

const ann = makeToken("ann", true);
const { sha256 } = JSON.parse(ann.line);
const tokens = JSON.stringify({ ...JSON.parse(ann.line), timeout_ms: 1000 });

/** How many at once: those that wait for a time limit would else take long. */
const LANES = 12;

Deno.test("every attack has the one answer that it may have", overHttp, async () => {
  const booted: string[] = [];
  const onEvent = ({ type }: { type: string }) => {
    if (type === "booting") booted.push(type);
  };
  const limits = { headerMs: 7000, bodyMs: 7000, idleMs: 7000 };
  await serving({ tokens, limits, pool: { onEvent } }, async ({ socket, ask, run, answered }) => {
    const headers = { authorization: `Bearer ${ann.token}` };
    const rows = [...httpAttacks(ann.token, sha256), ...bodyAttacks(ann.token)];
    const faults: string[] = [];
    let next = 0;
    const lane = async () => {
      while (next < rows.length) {
        const { name, bytes, status, says = /^/ } = rows[next++];
        const { status: got, text } = await sendRaw(socket, bytes);
        const answers = text.match(/^HTTP\/1\.1 (?!100)/gm)?.length ?? 0;
        const leaks = text.includes("/tmp/") || /\bat .*:\d+:\d+|file:\/\//.test(text);
        if (got === status && answers === 1 && says.test(text) && !leaks) continue;
        faults.push(`${name}: ${answers} answers, not ${status} with ${says}: ${text.slice(-300)}`);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    assert.deepEqual(faults, []);
    console.log(`${rows.length} attacks`);

    const after = await run({ language: "sh", code: "echo fine" }, { headers });
    assert.equal((await after.json()).stdout.content, "fine\n");
    assert.equal(booted.length, 1, "a machine was replaced");
    // What is told of them is made of the service's own words.
    const metrics = await (await ask("/metrics", { headers })).text();
    const series = metrics.match(/^sallyport_http_requests_total\{.*$/gm)!;
    const known = /^\S+\{route="(-|(GET|POST|DELETE) \/[a-z0-9./:]+)",status="\d{3}"\} \d+$/;
    for (const line of series) assert.match(line, known);
    assert.ok(series.length < 30, `${series.length} series`);
    for (const one of answered) {
      const line = accessLine(one, new Date());
      assert.match(line, /^\{"at":"[\dT:.Z-]+","token":"(ann)?","route":"[A-Za-z0-9 /.:-]+",/);
      assert.doesNotMatch(line, /[^\x20-\x7e]/);
    }
  });
});
