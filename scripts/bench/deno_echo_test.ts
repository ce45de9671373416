import assert from "node:assert/strict";
import { request, timeAnswer } from "./jobs.ts";
import { startListener } from "./listener.ts";
import { BlockingWire } from "./wire.ts";

const entry = new URL("deno_echo.ts", import.meta.url).pathname;

Deno.test("the Deno echo: one ACK for each request, with its body skipped, and gone with its client", async () => {
  const directory = await Deno.makeTempDir({ prefix: "sallyport-bench-" });
  try {
    const path = `${directory}/s`;
    const echo = await startListener([Deno.execPath(), "run", "-A", entry, path]);
    {
      using wire = new BlockingWire(path);
      const line = request("sh", "exit 0\n#".padEnd(1 << 16, "x"));
      assert.ok(timeAnswer(wire, line) > 0);
      const body = request("exec", new TextEncoder().encode('\n{"bytes":7}\nnot JSON\n'));
      timeAnswer(wire, body);
      // Two at once, the second in two pieces: cut in its line, then in its body.
      for (const cut of [5, body.length - 3]) {
        wire.send(new Uint8Array([...line, ...body.subarray(0, cut)]));
        assert.equal(wire.message().type, "ack");
        wire.send(body.subarray(cut));
        assert.equal(wire.message().type, "ack");
      }
      wire.send(new TextEncoder().encode('{"nothing":"more"}\n'));
      assert.equal(wire.message().type, "ack");
    }
    assert.equal((await echo.ended).code, 0);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
