// A NATS server of one's own, for measuring and for tests: on a free port of loopback, with its
// store in a directory of its own.

import { existsSync } from "node:fs";

/** Where Debian's package nats-server puts it, and where others do. */
export const serverPrograms = ["/usr/sbin/nats-server", "/usr/bin/nats-server"] as const;

/** A server. Disposing ends it. */
export interface LocalServer extends AsyncDisposable {
  readonly port: number;
  /** "nats://127.0.0.1:PORT" */
  readonly url: string;
  start(): Promise<void>;
  /** Ends it, at once or when it has tidied up. What it has stored stays. */
  stop(signal?: Deno.Signal): Promise<void>;
}

/** A server that anybody on this host may use. */
const plain = `listen: "127.0.0.1:PORT"
jetstream { store_dir: "STORE", max_file_store: 4G, max_memory_store: 256M }
`;

/**
 * A server that is not started yet.
 *
 * @param config Its configuration in place of a plain one; `PORT` and `STORE` in it are replaced.
 * @throws Error if there is no program.
 */
export function localServer(directory: string, config = plain): LocalServer {
  const program = serverPrograms.find((path) => existsSync(path));
  if (program === undefined) throw new Error(`There is no ${serverPrograms.join(" and no ")}`);
  const port = freePort();
  let child: Deno.ChildProcess | undefined;
  let said = "";
  const listen = async ({ stderr }: Deno.ChildProcess) => {
    for await (const text of stderr.pipeThrough(new TextDecoderStream())) said += text;
  };
  const start = async () => {
    const path = `${directory}/nats-${port}.conf`;
    const text = config.replaceAll("PORT", `${port}`).replaceAll("STORE", `${directory}/store`);
    await Deno.writeTextFile(path, text);
    const quiet = { stdin: "null", stdout: "null", stderr: "piped" } as const;
    child = new Deno.Command(program, { args: ["-c", path], ...quiet }).spawn();
    void listen(child);
    for (let ms = 0; ms < 10_000; ms += 20) {
      if (await answers(port)) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`The server does not answer: ${said}`);
  };
  const stop = async (signal: Deno.Signal = "SIGTERM") => {
    const ending = child;
    child = undefined;
    ending?.kill(signal);
    await ending?.status;
  };
  const url = `nats://127.0.0.1:${port}`;
  return { port, url, start, stop, [Symbol.asyncDispose]: () => stop("SIGKILL") };
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Whether somebody says who he is there, as a NATS server does. */
async function answers(port: number): Promise<boolean> {
  try {
    using conn = await Deno.connect({ hostname: "127.0.0.1", port });
    return await conn.read(new Uint8Array(64)) !== null;
  } catch {
    return false;
  }
}
