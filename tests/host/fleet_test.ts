// Jobs that go through a fleet's queue: submitted, run on another host's machine, and waited for.

import assert from "node:assert/strict";
import { testNeeding } from "../helpers/need.ts";
import { jetstream } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { ends, fleetStaged, printed, shell } from "./fleet_stage.ts";
import { until } from "../helpers/until.ts";
import { natsServer } from "./nats_server.ts";

const needs = [natsServer];

/** Bytes of chunks in an object store. */
async function blobs(servers: string, store: string): Promise<number> {
  const nc = await connect({ servers });
  const jsm = await jetstream(nc).jetstreamManager();
  const { state } = await jsm.streams.info(`OBJ_${store}`, { subjects_filter: `$O.${store}.C.>` });
  await nc.close();
  return Object.keys(state.subjects ?? {}).length;
}

testNeeding(
  needs,
  "a job is submitted, run and waited for; its result says how it came",
  () =>
    fleetStaged(async ({ client, worker, outcome }) => {
      const { events } = await worker();
      const { id, tenant, duplicate } = await client.submit(
        shell("echo hello; echo no >&2; exit 3"),
      );
      assert.deepEqual([tenant, duplicate], ["default", false]);
      const became = await outcome(id);
      assert.equal(printed(became), "hello");
      assert.ok(became.kind === "result");
      assert.deepEqual([became.worker, became.delivery, became.result.exit_code], ["w1", 1, 3]);
      assert.equal(new TextDecoder().decode(became.result.output.stderr), "no\n");
      await until("it is told", () => events.length === 2);
      assert.deepEqual(events.map(({ type }) => type), ["begins", "ended"]);
    }),
);

testNeeding(
  needs,
  "the same id is one job, and a job that has an outcome is not run again",
  () =>
    fleetStaged(async ({ client, worker, outcome }) => {
      const first = await worker();
      const job = { ...shell("echo $$ $(date +%N)"), id: "one" };
      assert.equal((await client.submit(job)).duplicate, false);
      assert.equal((await client.submit(job)).duplicate, true);
      const said = printed(await outcome("one"));
      await until("the server forgets", async () => !(await client.submit(job)).duplicate);
      await until("it was delivered again", () => ends(first).length === 2);
      assert.deepEqual(ends(first), ["result", "known"]);
      assert.equal(first.events.filter(({ type }) => type === "begins").length, 1);
      assert.equal(printed(await outcome("one")), said);
    }, { duplicatesMs: 2000 }),
);

testNeeding(
  needs,
  "a tenant's jobs, its ids and its outcomes are its own",
  () =>
    fleetStaged(async ({ client, worker, outcome }) => {
      await worker();
      await client.submit({ ...shell("echo of a"), id: "x", tenant: "a" });
      await client.submit({ ...shell("echo of b"), id: "x", tenant: "b" });
      assert.equal(printed(await outcome("x", "a")), "of a");
      assert.equal(printed(await outcome("x", "b")), "of b");
      assert.equal(await client.look({ tenant: "c", id: "x" }), null);
    }),
);

testNeeding(
  needs,
  "names that are no token of a subject, and options that cannot be, are refused",
  () =>
    fleetStaged(async ({ client, worker }) => {
      await worker();
      for (const wrong of ["", "a.b", "*", ">", "a b", "x".repeat(65), "é"]) {
        for (const name of ["id", "tenant", "class"]) {
          await assert.rejects(
            client.submit({ ...shell("true"), [name]: wrong }),
            TypeError,
            wrong,
          );
        }
      }
      for (const deliveries of [0, -1, 1.5, 1001]) {
        await assert.rejects(client.submit({ ...shell("true"), deliveries }), TypeError);
      }
      await assert.rejects(client.submit({ run: { language: "sh" } }), TypeError);
      const args = Array.from({ length: 1000 }, () => "x".repeat(2000));
      await assert.rejects(
        client.submit({ code: "true", run: { language: "sh", args } }),
        /everything but code, files and output/,
      );
    }),
);

testNeeding(
  needs,
  "a job goes to its class of machines, and waits until there is one",
  () =>
    fleetStaged(async ({ client, worker, outcome }) => {
      const small = await worker();
      await client.submit({ ...shell("echo big"), id: "b", class: "big" });
      await client.submit({ ...shell("echo small"), id: "s" });
      assert.equal(printed(await outcome("s")), "small");
      assert.equal(await client.look({ tenant: "default", id: "b" }), null);
      await worker({ class: "big", name: "large" });
      const became = await outcome("b");
      assert.deepEqual([printed(became), became.worker], ["big", "large"]);
      assert.ok(small.events.every((event) => "job" in event && event.job.id === "s"));
    }),
);

testNeeding(
  needs,
  "what the agent refuses is an outcome, and not tried again",
  () =>
    fleetStaged(async ({ client, worker, outcome }) => {
      await worker();
      await client.submit({ code: "x", run: { language: "cobol" }, id: "r" });
      const became = await outcome("r");
      assert.ok(became.kind === "refused", became.kind);
      assert.match(became.why, /language/);
      const files = [{ path: "../x", content: "" }];
      await client.submit({ ...shell("true"), files, id: "f" });
      assert.equal((await outcome("f")).kind, "refused");
    }),
);

testNeeding(
  needs,
  "code, files and output larger than a message come through whole",
  () =>
    fleetStaged(async ({ client, worker, outcome, server }) => {
      await worker();
      const filler = `# ${"x".repeat(98)}\n`.repeat(20_000); // 2 MB
      const data = crypto.getRandomValues(new Uint8Array(65_536));
      const file = new Uint8Array(3_000_000).map((_, index) => data[index % 65_536]);
      // Not faster than an agent keeps for a reader that is late for a moment (`output_bytes`).
      const code = `${filler}for from in 1 1000001 2000001
do tail -c +$from data.bin | head -c 1000000; sleep 0.5; done
sha256sum < data.bin >&2`;
      const files = [{ path: "data.bin", content: file }];
      await client.submit({ ...shell(code), files, id: "large" });
      const became = await outcome("large");
      assert.ok(became.kind === "result", JSON.stringify(became));
      const { stdout, stderr } = became.result.output;
      assert.deepEqual([stdout.length, became.result.stdout.dropped], [file.length, 0]);
      const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", file)).toHex();
      assert.ok(new TextDecoder().decode(stderr).startsWith(sum));
      assert.ok(stdout.every((byte, index) => byte === file[index]));
      await until(
        "the code is gone from the object store",
        async () => await blobs(server.url, "sallyport-jobs-default") === 0,
      );
    }),
);

testNeeding(
  needs,
  "a result keeps the beginning of the output, and says what it does not",
  () =>
    fleetStaged(async ({ client, worker, outcome }) => {
      await worker({ keepBytes: 1000 });
      const code = "i=0; while [ $i -lt 1000 ]; do echo 123456789; i=$((i+1)); done";
      await client.submit({ ...shell(code), id: "k" });
      const became = await outcome("k");
      assert.ok(became.kind === "result");
      const { output, stdout } = became.result;
      assert.deepEqual([output.stdout.length, stdout.total, stdout.dropped], [1000, 10_000, 9000]);
    }),
);

testNeeding(
  needs,
  "output can be watched as it comes, and from its beginning later",
  () =>
    fleetStaged(async ({ client, worker }) => {
      await worker();
      const job = { tenant: "default", id: "w" };
      const code = "for i in 1 2 3; do echo $i; sleep 0.3; done; echo end >&2";
      await client.submit({ ...shell(code), ...job });
      const began = Date.now();
      const pieces: [string, string, number][] = [];
      for await (const { stream, bytes } of client.watch(job)) {
        pieces.push([stream, new TextDecoder().decode(bytes), Date.now() - began]);
      }
      const said = pieces.map(([stream, text]) => `${stream} ${text}`);
      assert.deepEqual(said, ["stdout 1\n", "stdout 2\n", "stdout 3\n", "stderr end\n"]);
      assert.ok(pieces[2][2] - pieces[0][2] > 400, "it came at once");
      const later = await Array.fromAsync(client.watch(job), ({ offset }) => offset);
      assert.deepEqual(later, [0, 2, 4, 0]);
    }),
);

testNeeding(
  needs,
  "a result is gone after its time",
  () =>
    fleetStaged(async ({ client, worker, outcome }) => {
      await worker();
      await client.submit({ ...shell("echo brief"), id: "t" });
      assert.equal(printed(await outcome("t")), "brief");
      await until(
        "it is gone",
        async () => await client.look({ tenant: "default", id: "t" }) === null,
      );
    }, { outcomeTtlMs: 1000 }),
);
