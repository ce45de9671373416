// Many jobs while workers are killed, the server is restarted and a worker is cut off: every job
// gets exactly one outcome, and the right one.
//
// 100 jobs; SALLYPORT_FLEET_JOBS=2000 makes it 2,000, and SALLYPORT_SEED another storm.

import assert from "node:assert/strict";
import { jetstream } from "@nats-io/jetstream";
import { FleetClient } from "../../host/fleet/client.ts";
import { DeadLetters } from "../../host/fleet/dead_letters.ts";
import { buckets, streams } from "../../host/fleet/names.ts";
import { projectRoot } from "../helpers/agent.ts";
import { testNeeding } from "../helpers/need.ts";
import { randomOf } from "../helpers/random.ts";
import { printed, shell, smallSettings } from "./fleet_stage.ts";
import { until } from "../helpers/until.ts";
import type { FleetWorkerOptions } from "./fleet_worker.ts";
import { leavesNothing } from "./leaves_nothing.ts";
import { natsServer, natsServerIn } from "./nats_server.ts";
import { TcpRelay } from "./tcp_relay.ts";

const jobs = Number(Deno.env.get("SALLYPORT_FLEET_JOBS") ?? 100);
const seed = Number(Deno.env.get("SALLYPORT_SEED") ?? 1);
/** Jobs that kill their worker every time. */
const KILLERS = 2;
const settings = { ...smallSettings, ackWaitMs: 3000 };

/** A worker's process that is started again whenever it ends. Disposing lets it end. */
class Restarted implements AsyncDisposable {
  deaths = 0;
  #over = false;
  #child: Deno.ChildProcess | undefined;
  readonly #going: Promise<void>;

  constructor(readonly options: FleetWorkerOptions) {
    this.#going = this.#go();
  }

  kill(): void {
    this.#child?.kill("SIGKILL");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    this.#child?.kill("SIGTERM");
    await this.#going;
  }

  async #go(): Promise<void> {
    const module = `${projectRoot}tests/host/fleet_worker.ts`;
    while (!this.#over) {
      this.#child = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--no-check", module, JSON.stringify(this.options)],
        cwd: projectRoot,
        stdin: "null",
        stdout: "null",
        stderr: "inherit",
      }).spawn();
      const { success } = await this.#child.status;
      this.#child = undefined;
      if (!success) this.deaths++;
    }
  }
}

testNeeding(
  [natsServer],
  "a storm: every job has exactly one outcome, and the right one",
  () =>
    leavesNothing(async (directory) => {
      const random = randomOf(seed);
      await using ends = new AsyncDisposableStack();
      const server = ends.use(natsServerIn(directory));
      await server.start();
      const relay = ends.use(new TcpRelay(server.port));
      const workers = ["a", "b", "c"].map((name) =>
        ends.use(
          new Restarted({
            server: name === "c" ? `nats://127.0.0.1:${relay.port}` : server.url,
            ...{ name, root: `${directory}/${name}`, size: 2, settings },
          }),
        )
      );
      const client = ends.use(await FleetClient.connect({ servers: server.url }, settings));
      await until(
        "the server is prepared",
        () => client.submit({ ...shell("true"), id: "first" }).then(() => true, () => false),
      );

      const began = performance.now();
      const ids = Array.from({ length: jobs }, (_, index) => `job-${index}`);
      const killers = Array.from({ length: KILLERS }, (_, index) => `kills-${index}`);
      let done = 0;
      const outcomes = Promise.all([...ids, ...killers].map(async (id) => {
        const outcome = await client.wait({ tenant: "default", id });
        done++;
        return outcome;
      }));
      const submitting = (async () => {
        for (const id of ids) await client.submit({ ...shell(`echo ${id}`), id, deliveries: 20 });
        for (const id of killers) await client.submit({ ...shell("true"), id, deliveries: 2 });
      })();

      let cutAt = 0;
      const cut = () => {
        relay.cut();
        cutAt = Date.now();
      };
      const mend = async () => { // not before its jobs were given to others
        await until("the cut was long enough", () => Date.now() > cutAt + 2 * settings.ackWaitMs);
        relay.mend();
      };

      // What happens, and once how many jobs are done.
      const acts: [number, () => unknown][] = [
        [0.25, () => server.stop("SIGKILL").then(server.start)],
        [0.6, () => server.stop("SIGTERM").then(server.start)],
        [0.4, () => cut()],
        [0.75, () => mend()],
      ];
      const kills = jobs >= 1000 ? 20 : 5;
      for (let count = 0; count < kills; count++) {
        const victim = workers[Math.floor(random() * workers.length)];
        acts.push([random() * 0.95, () => victim.kill()]);
      }
      for (const [part, act] of acts.toSorted(([one], [other]) => one - other)) {
        await until(`${part} of the jobs are done`, () => done >= part * jobs, 120_000);
        await act();
      }
      await submitting;
      await until("all are done", () => done === jobs + KILLERS, 120_000);
      const all = await outcomes;
      const tookMs = performance.now() - began;

      assert.deepEqual(all.slice(0, jobs).map(printed), ids);
      assert.deepEqual(all.slice(jobs).map(({ kind }) => kind), killers.map(() => "dead"));
      const letters = new DeadLetters(client.nc);
      await until(
        "the dead letters are there",
        async () => (await letters.newest(100)).length >= KILLERS,
      );
      const dead = await letters.newest(100);
      assert.deepEqual(dead.map(({ id }) => id).toSorted(), killers);
      const jsm = await jetstream(client.nc).jetstreamManager();
      // Each write that was accepted has a number: there was one for each job, and no second one.
      const { state } = await jsm.streams.info(`KV_${buckets.outcomes}`);
      assert.deepEqual([state.messages, state.last_seq], [jobs + KILLERS + 1, state.messages]);
      await until(
        "the queue is empty",
        async () => (await jsm.streams.info(streams.jobs)).state.messages === 0,
      );

      const again = all.slice(0, jobs).reduce((sum, { delivery }) => sum + delivery - 1, 0);
      const deaths = workers.reduce((sum, worker) => sum + worker.deaths, 0);
      assert.ok(deaths >= kills, `${deaths} deaths`);
      console.log(
        `fleet storm, seed ${seed}: ${jobs} jobs, ${jobs} results, ${dead.length} dead letters in ` +
          `${(tookMs / 1000).toFixed(1)} s; ${deaths} workers died, the server twice; ` +
          `${again} deliveries again`,
      );
    }),
);
