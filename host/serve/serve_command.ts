// `deno task host serve`: the service until SIGTERM or SIGINT, and then its drain.

import { hostMachines } from "../pool/host_machines.ts";
import type { PoolEvent } from "../pool/events.ts";
import { accessLine, logLine } from "./access_log.ts";
import { LogWriter } from "./log_writer.ts";
import { Serving } from "./serve.ts";
import { parseServeArguments, type ServeArguments, serveUsage } from "./serve_arguments.ts";
import { removeStaleSocket } from "./stale_socket.ts";
import { Tokens } from "./tokens.ts";

/** How long the end waits for whoever reads the log. */
const LAST_LINES_MS = 1000;

/** Serves. Returns the exit code: 1 if it could not start, or if a run was cut off at its end. */
export async function serveCommand(args: readonly string[]): Promise<number> {
  let asked: ServeArguments;
  let serving: Serving;
  const log = new LogWriter(Deno.stdout);
  const stop = Promise.withResolvers<void>();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    Deno.addSignalListener(signal, stop.resolve);
  }
  try {
    const runtimeDirectory = Deno.env.get("XDG_RUNTIME_DIR");
    asked = parseServeArguments(args, { uid: Deno.uid(), runtimeDirectory });
    serving = await start(asked, log);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${serveUsage}`);
    return 1;
  }
  const { address, tokens, graceMs } = asked;
  Deno.addSignalListener("SIGHUP", () => void reload(serving, tokens));
  const where = "path" in address ? `unix:${address.path}` : `${address.hostname}:${serving.port}`;
  console.error(`Listening on ${where}`);
  await stop.promise;
  console.error(`Draining for up to ${graceMs / 1000} s`);
  const { cut } = await serving.drain(graceMs);
  await log.flush(LAST_LINES_MS);
  console.error(`Ended; ${cut} ${cut === 1 ? "run was" : "runs were"} cut off`);
  return cut === 0 ? 0 : 1;
}

async function start(
  { address, tokens, machines, ...rest }: ServeArguments,
  log: LogWriter,
): Promise<Serving> {
  const { size, recycling, waiting } = rest;
  if ("path" in address) await removeStaleSocket(address.path);
  return await Serving.start({
    address,
    tokens: tokens === null ? null : new Tokens(await Deno.readTextFile(tokens)),
    machines: hostMachines(machines),
    pool: { size, recycling, queue: { waiting }, onEvent: tell },
    onAnswered: (answered) => log.line(accessLine(answered, new Date())),
    onBroken: tellBroken,
  });
}

/** What an operator must know of machines. */
function tell(event: PoolEvent): void {
  if (event.type !== "boot_failed" && event.type !== "died") return;
  const { type, machine, why } = event;
  console.error(logLine({ at: new Date(event.at).toISOString(), event: type, machine, why }));
}

/** A fault of this program, with where it was. */
function tellBroken(error: unknown): void {
  const why = error instanceof Error ? error.stack : String(error);
  console.error(logLine({ at: new Date().toISOString(), event: "broken", why }));
}

/** Reads the tokens again. A file that is none changes nothing. */
async function reload({ service }: Serving, file: string | null): Promise<void> {
  if (file === null) return;
  try {
    service.tokens = new Tokens(await Deno.readTextFile(file));
    console.error(`Read the tokens again`);
  } catch (error) {
    console.error(`The tokens stay as they were: ${(error as Error).message}`);
  }
}
