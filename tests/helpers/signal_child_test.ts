import { signalChild } from "./signal_child.ts";

Deno.test("a signal to a child that has ended is none", async () => {
  const child = new Deno.Command("true").spawn();
  await child.status;
  signalChild(child, "SIGTERM");
});
