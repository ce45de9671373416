import assert from "node:assert/strict";
import { hasEnded } from "./has_ended.ts";

/** What `look` throws. */
function thrown(look: () => unknown): unknown {
  try {
    look();
  } catch (error) {
    return error;
  }
  return null;
}

Deno.test("a process that has ended, and one whose remains nobody has collected", async () => {
  // The shell starts a child, and becomes a program that collects no children. Only then is the
  // child ended: the shell itself may collect it.
  const script = "sleep 60 & echo $!; exec tail -f /dev/null";
  const parent = new Deno.Command("sh", { args: ["-c", script], stdout: "piped" }).spawn();
  const reader = parent.stdout.getReader();
  const { value } = await reader.read();
  const child = new TextDecoder().decode(value).trim();
  const stopAt = performance.now() + 30_000;
  const until = async (isSo: () => boolean) => {
    while (!isSo()) {
      assert.ok(performance.now() < stopAt, "it does not become what it is waited for");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const look = () => Deno.openSync(`/proc/${child}/mem`).close();
  const isZombie = () => /^State:\tZ/m.test(Deno.readTextFileSync(`/proc/${child}/status`));
  await until(() => Deno.readTextFileSync(`/proc/${parent.pid}/comm`) === "tail\n");
  Deno.kill(Number(child), "SIGKILL");
  await until(isZombie);
  assert.ok(hasEnded(thrown(look)), "its remains");
  parent.kill("SIGKILL");
  await parent.status;
  await reader.cancel();
  assert.ok(hasEnded(thrown(() => Deno.openSync(`/proc/${parent.pid}/mem`))), "gone");
});

Deno.test("other errors are errors", () => {
  assert.ok(!hasEnded(thrown(() => Deno.readTextFileSync("/proc"))));
  assert.ok(!hasEnded(new Error("EPERM")));
});
