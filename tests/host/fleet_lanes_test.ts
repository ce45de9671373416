// Pulling from lanes, where a hint comes at a bad moment.

import assert from "node:assert/strict";
import type { Msg, Subscription, SubscriptionOptions } from "@nats-io/transport-node";
import { openConnection } from "../../host/fleet/connection.ts";
import type { Delivered } from "../../host/fleet/delivered.ts";
import { Lanes } from "../../host/fleet/lanes.ts";
import { type Lane, streams, subjects } from "../../host/fleet/names.ts";
import { jetstream, RetentionPolicy } from "@nats-io/jetstream";
import { testNeeding } from "../helpers/need.ts";
import { fleetStaged, printed, shell } from "./fleet_stage.ts";
import { natsServer } from "./nats_server.ts";
import { prepare } from "../../host/fleet/prepare.ts";
import { usualSettings } from "../../host/fleet/settings.ts";

const lane: Lane = { class: "c", tenant: "t", priority: "normal" };

testNeeding(
  [natsServer],
  "a hint that comes during a pull is not forgotten when the pull ends",
  () =>
    fleetStaged(async ({ server, settings }) => {
      const nc = await openConnection({ servers: server.url });
      await prepare(nc, { ...usualSettings, ...settings });
      const [subscribe, publish] = [nc.subscribe.bind(nc), nc.publish.bind(nc)];
      let hint: (error: Error | null, message: Msg) => void = () => {};
      nc.subscribe = (subject: string, options?: SubscriptionOptions): Subscription => {
        if (subject.startsWith("sallyport.hint.")) hint = options!.callback as typeof hint;
        return subscribe(subject, options);
      };
      nc.publish = (subject, ...more) => {
        publish(subject, ...more);
        if (!subject.includes(".MSG.NEXT.") || hints === 0) return;
        hints--;
        publish(subjects.jobs(lane), "job"); // the server answers the pull first: there is none
        hint(null, { subject: subjects.hint(lane) } as Msg);
      };
      let hints = 1;
      const got: Delivered[] = [];
      const lanes = await Lanes.open(nc, "c", 5000, (one) => got.push(one), () => {});
      hint(null, { subject: subjects.hint(lane) } as Msg);
      assert.equal(await lanes.pull(1), 1);
      assert.equal(new TextDecoder().decode(got[0].data), "job");
      assert.equal(await lanes.pull(1), 0, "there is no other");
      lanes.close();
      await nc.close();
    }),
);

testNeeding(
  [natsServer],
  "jobs of which the server tells nobody are found, also after the clock was set back",
  () =>
    fleetStaged(async ({ client, worker, outcome }) => {
      const jsm = await jetstream(client.nc).jetstreamManager();
      await jsm.streams.add({
        name: streams.jobs,
        subjects: ["sallyport.jobs.>"],
        retention: RetentionPolicy.Workqueue,
      });
      await worker({ lookMs: 200 });
      await client.submit({ ...shell("echo found"), id: "first" });
      assert.equal(printed(await outcome("first")), "found");
      await new Promise((resolve) => setTimeout(resolve, 600)); // it has pulled all that is there
      const { now } = Date;
      try {
        Date.now = () => now() - 3_600_000;
        await client.submit({ ...shell("echo found"), id: "second" });
        assert.equal(printed(await outcome("second")), "found");
      } finally {
        Date.now = now;
      }
    }),
);
