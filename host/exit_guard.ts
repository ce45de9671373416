// The thread that ends a process whose main thread waits at its end: see exit.ts. `Deno.exit` of a
// worker ends only the worker, so this is the C library's.

import { exitNow } from "../linux/process.ts";

addEventListener("message", (event) => {
  const { code, afterMs } = (event as MessageEvent<{ code: number; afterMs: number }>).data;
  setTimeout(() => exitNow(code), afterMs);
  // The types are those of a window here; this is a worker.
  (globalThis as unknown as { postMessage(message: unknown): void }).postMessage("ready");
});
