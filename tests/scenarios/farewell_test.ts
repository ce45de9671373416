// A client that is still sending when its connection is ended reads why, and loses no write.

import assert from "node:assert/strict";
import { startAgent } from "../helpers/agent.ts";
import { Wire } from "../helpers/wire.ts";

Deno.test("a line without end is told why, though its client writes on", async () => {
  await using agent = await startAgent();
  for (const bytes of [80_000, 1_000_000, 2_000_000]) {
    using wire = await Wire.connect(agent.path);
    await wire.message();
    assert.ok(await wire.send(new Uint8Array(bytes).fill(0x78)), `${bytes} bytes are taken`);
    const told = await wire.message();
    assert.deepEqual([told?.type, told?.code], ["error", "too_large"]);
    assert.equal(await wire.message(), null, "its end");
  }
});
