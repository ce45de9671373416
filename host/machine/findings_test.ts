import assert from "node:assert/strict";
import { findings, memoryOf, openable } from "./findings.ts";

Deno.test("memory and huge pages are those of /proc/meminfo", () => {
  const text = "MemTotal: 9 kB\nMemAvailable:    2097152 kB\nHugePages_Free:       7\n";
  assert.deepEqual(memoryOf(text), { availableMib: 2048, hugePages: 7 });
  assert.deepEqual(memoryOf(""), { availableMib: 0, hugePages: 0 });
});

Deno.test("a device that is not there, and one that opens", () => {
  assert.equal(openable("/dev/nothing"), "no /dev/nothing");
  assert.equal(openable("/dev/null"), null);
});

Deno.test("every finding is one line", async () => {
  const found = await findings();
  assert.deepEqual(
    found.filter(({ isMonitor }) => isMonitor).map(({ what }) => what),
    ["process", "qemu", "firecracker", "cloud_hypervisor"],
  );
  for (const { what, says } of found) assert.match(says, /^\S[^\n]*$/, what);
});
