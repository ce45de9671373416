import assert from "node:assert/strict";
import { hasEnded } from "./has_ended.ts";
import { until } from "./until.ts";

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
  const look = () => Deno.openSync(`/proc/${child}/mem`).close();
  const isZombie = () => /^State:\tZ/m.test(Deno.readTextFileSync(`/proc/${child}/status`));
  await until(
    "the shell is another program",
    () => Deno.readTextFileSync(`/proc/${parent.pid}/comm`) === "tail\n",
  );
  Deno.kill(Number(child), "SIGKILL");
  await until("nobody has collected the child", isZombie);
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
