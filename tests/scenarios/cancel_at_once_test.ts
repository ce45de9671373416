// Who cancels a run right after its acknowledgement gets SIGTERM through, whatever the job has come to:
// forked just now, without a group of its own, or in the place of one that was prepared for another
// language.

import assert from "node:assert/strict";
import { startAgent } from "../helpers/agent.ts";
import { file, testNeeding } from "../helpers/need.ts";
import { Wire } from "../helpers/wire.ts";

/** Programs that sleep; the languages alternate, so that no job is prepared for the next one. */
const sleeping = { perl: "sleep 20", sh: "sleep 20", python: "import time; time.sleep(20)" };
const rounds = 120;

testNeeding(
  [file("/usr/bin/python3"), file("/usr/bin/perl")],
  `cancel at once: ${rounds} runs end by SIGTERM, none waits for the time of grace`,
  async () => {
    await using agent = await startAgent();
    using wire = await Wire.connect(agent.path);
    await wire.message(); // ready
    const order = Object.entries(sleeping);
    for (let round = 0; round < rounds; round++) {
      const [language, code] = order[(round * 2 + (round >> 2)) % order.length];
      await wire.say({ type: "run", language, code });
      await wire.until("ack");
      await wire.say({ type: "cancel" });
      const { message } = await wire.until("result");
      const { status, signal } = message;
      assert.deepEqual([status, signal], ["cancelled", "SIGTERM"], `${round}: ${language}`);
    }
  },
);

testNeeding(
  [file("/usr/bin/python3"), file("/usr/bin/perl")],
  "signal at once: none that comes right after the acknowledgement is lost",
  async () => {
    await using agent = await startAgent();
    using wire = await Wire.connect(agent.path);
    await wire.message(); // ready
    const order = Object.entries(sleeping);
    for (let round = 0; round < 60; round++) {
      const [language, code] = order[(round * 2 + (round >> 2)) % order.length];
      await wire.say({ type: "run", id: 1, language, code });
      await wire.until("ack");
      await wire.say({ type: "signal", id: 2, signal: "SIGKILL" });
      const { message } = await wire.until("result");
      assert.deepEqual(
        [message.status, message.signal],
        ["signaled", "SIGKILL"],
        `${round}: ${language}`,
      );
    }
  },
);
