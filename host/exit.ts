// Ends a program of the host, also where its telemetry cannot be delivered.
//
// With OTEL_DENO=true the runtime delivers at the end what it has, and waits for that without a
// bound: for a collector that does not answer, and now and then for an export of its own that was
// under way (github.com/denoland/deno/issues/33157). The main thread runs nothing any more then, so
// another one looks at the clock.

/** How long the last telemetry may take. */
const LAST_TELEMETRY_MS = 5000;

/** Ends the process with this code. */
export async function exit(code: number): Promise<never> {
  if (["true", "1"].includes(Deno.env.get("OTEL_DENO") ?? "")) await endWithin(code);
  Deno.exit(code);
}

/** Has a thread of its own end the process after a while. Resolves when it runs. */
async function endWithin(code: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const guard = new Worker(import.meta.resolve("./exit_guard.ts"), { type: "module" });
  guard.onmessage = () => resolve();
  guard.onerror = () => resolve(); // there is none then, and the end may wait
  guard.postMessage({ code, afterMs: LAST_TELEMETRY_MS });
  await promise;
}
