// A service before clients that are wrong or hostile: no machine dies, nothing is answered with 500,
// and the next run works.

import assert from "node:assert/strict";
import { MalformedRequests } from "./malformed_requests.ts";
import { randomOf } from "../helpers/random.ts";
import { readAll, sendRaw, statusOf } from "./raw_http.ts";
import { overHttp, refusalOf, serving } from "./serve_stage.ts";
import { until } from "../helpers/until.ts";
import { valid } from "./valid_run.ts";

/** What may be answered; 200 where it was right after all. */
const documented = new Set([200, 202, 400, 401, 403, 404, 405, 408, 409, 413, 415, 417, 431]);

Deno.test("2,000 malformed requests are refused, and the next run works", overHttp, async () => {
  const seed = Number(Deno.env.get("SALLYPORT_SEED") ?? 1);
  const booted: string[] = [];
  const pool = {
    size: 2,
    onEvent: ({ type }: { type: string }) => {
      if (type === "booting") booted.push(type);
    },
  };
  await serving(
    { pool, limits: { headerMs: 400, bodyMs: 400, idleMs: 400 } },
    async ({ socket, run }) => {
      const right = await run(JSON.parse(valid()));
      assert.equal(right.status, 200, await right.text());
      const requests = new MalformedRequests(randomOf(seed));
      const statuses = new Map<number, number>();
      const unexpected: string[] = [];
      const send = async () => {
        for (let count = 0; count < 125; count++) {
          const { kind, bytes } = requests.next();
          const { status, text } = await sendRaw(socket, bytes);
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
          if (documented.has(status)) continue;
          const sent = new TextDecoder().decode(bytes.subarray(0, 600));
          unexpected.push(`${kind}: ${text.slice(0, 400)}\n  to ${sent}`);
        }
      };
      await Promise.all(Array.from({ length: 16 }, send));
      console.log(`seed ${seed}:`, Object.fromEntries([...statuses].toSorted(([a], [b]) => a - b)));
      assert.deepEqual(unexpected, []);
      assert.ok((statuses.get(400) ?? 0) > 800, "most were not refused");
      const next = await (await run({ language: "sh", code: "echo fine" })).json();
      assert.equal(next.stdout.content, "fine\n");
      assert.equal(booted.length, 2, "a machine was replaced");
    },
  );
});

Deno.test(
  "a body that is too large is refused, said or not",
  overHttp,
  () =>
    serving({ limits: { bodyBytes: 100_000 } }, async ({ socket, run, ask }) => {
      const code = "#".repeat(200_000);
      assert.deepEqual(await refusalOf(await run({ language: "sh", code })), {
        ...{ status: 413, code: "too_large", field: undefined, began: "no" },
      });
      // In pieces, without a length, and without an end.
      const head = "POST /v1/runs HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
      const piece = `2710\r\n${"#".repeat(10_000)}\r\n`.repeat(15);
      const { status } = await sendRaw(socket, new TextEncoder().encode(head + piece));
      assert.equal(status, 413);
      // The agent's own limit is told in its words.
      const large = await refusalOf(await run({ language: "sh", code: "#".repeat(70_000) }));
      assert.deepEqual([large.status, large.code, large.began], [413, "too_large", "no"]);
      assert.equal((await ask("/healthz")).status, 200);
    }),
);

Deno.test(
  "clients that send slowly are cut off",
  overHttp,
  () =>
    serving({ limits: { headerMs: 400, bodyMs: 2500 } }, async ({ socket, run }) => {
      const request = "POST /v1/runs HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n";
      const trickle = async (first: string) => {
        using connection = await Deno.connect({ transport: "unix", path: socket });
        const start = performance.now();
        const answer = readAll(connection);
        await connection.write(new TextEncoder().encode(first));
        for (let at = 0; at < 40; at++) {
          await new Promise((resolve) => setTimeout(resolve, 100));
          const sent = await connection.write(new TextEncoder().encode("a")).catch(() => null);
          if (sent === null) break;
        }
        return { status: statusOf(await answer), ms: performance.now() - start };
      };
      const mostMs = (first: string) => first.endsWith("{") ? 4500 : 2200;
      for (const first of [request, `${request}Content-Length: 1000\r\n\r\n{`, "GET /"]) {
        const { status, ms } = await trickle(first);
        assert.equal(status, 408, first);
        assert.ok(ms < mostMs(first), `it took ${ms} ms`);
      }
      assert.equal((await run({ language: "sh", code: ":" })).status, 200);
    }),
);

Deno.test(
  "a client that reads nothing keeps no machine",
  overHttp,
  () =>
    serving({ limits: { stallMs: 500 } }, async ({ socket, run, serving: { pool } }) => {
      using slow = await Deno.connect({ transport: "unix", path: socket });
      const body = JSON.stringify({
        ...{ language: "sh", code: "while :; do echo 0123456789012345678901234567890; done" },
        timeout_ms: 20_000,
      });
      const lines = ["POST /v1/runs HTTP/1.1", "Host: h", "Accept: text/event-stream"];
      const more = ["Content-Type: application/json", `Content-Length: ${body.length}`];
      await slow.write(
        new TextEncoder().encode(`${[...lines, ...more].join("\r\n")}\r\n\r\n${body}`),
      );
      await until("a run has a machine", () => pool.status().running === 1);
      const start = performance.now();
      const next = await run({ language: "sh", code: "echo mine" });
      assert.equal((await next.json()).stdout.content, "mine\n");
      assert.ok(performance.now() - start < 8000, "the machine was kept");
    }),
);

Deno.test(
  "connections are bounded, and those that are left make room",
  overHttp,
  () =>
    serving({ limits: { connections: 4 } }, async ({ socket, ask }) => {
      await (await ask("/healthz")).text(); // keeps one
      const open = [];
      for (let count = 0; count < 3; count++) {
        open.push(await Deno.connect({ transport: "unix", path: socket }));
      }
      const asks = new TextEncoder().encode("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
      assert.equal((await sendRaw(socket, asks)).status, 0, "a fifth was served");
      for (const connection of open) connection.close();
      await new Promise((resolve) => setTimeout(resolve, 100));
      const closing = new TextEncoder().encode(
        "GET /healthz HTTP/1.1\r\nConnection: close\r\nHost: h\r\n\r\n",
      );
      assert.equal((await sendRaw(socket, closing)).status, 200);
    }),
);
