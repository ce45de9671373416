import assert from "node:assert/strict";
import { StopSignal } from "./stop_signal.ts";

const module = new URL("stop_signal.ts", import.meta.url).href;

/** Starts a program that ends well at a signal after `cleanUp`. Sends it `signals`, each after a line. */
async function endedBy(cleanUp: string, ...signals: Deno.Signal[]) {
  const code = `import { StopSignal } from ${JSON.stringify(module)};
    using stopped = new StopSignal();
    const held = setInterval(() => {}, 1000);
    console.log("listening");
    await new Promise((resolve) => stopped.signal.addEventListener("abort", resolve));
    setTimeout(() => console.log("stopping"), 600);
    ${cleanUp}
    clearInterval(held);
    Deno.exitCode = stopped.exitCode;`;
  const args = ["eval", "--ext=ts", code];
  const child = new Deno.Command(Deno.execPath(), { args, stdout: "piped" }).spawn();
  const reader = child.stdout.getReader();
  for (const signal of signals) {
    const { value } = await reader.read();
    assert.match(new TextDecoder().decode(value), /listening|stopping/);
    child.kill(signal);
  }
  const { code: exitCode } = await child.status;
  await reader.cancel();
  return exitCode;
}

Deno.test("a program that is ended by a signal cleans up, and says which signal", async () => {
  assert.equal(await endedBy("", "SIGINT"), 130);
  assert.equal(await endedBy("", "SIGTERM"), 143);
});

Deno.test("another signal ends it at once, but not one that comes with the first", async () => {
  assert.equal(await endedBy("await new Promise(() => {});", "SIGINT", "SIGTERM"), 130);
  const both = "Deno.kill(Deno.pid, 'SIGTERM'); await new Promise((r) => setTimeout(r, 200));";
  assert.equal(await endedBy(`${both} stopped[Symbol.dispose](); Deno.exit(7);`, "SIGINT"), 7);
});

Deno.test("without a signal nothing is said", () => {
  using stopped = new StopSignal();
  assert.equal(stopped.signal.aborted, false);
  assert.equal(stopped.exitCode, 0);
});
