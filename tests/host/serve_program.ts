// `deno task host serve` as a process, for a test.

import { root } from "../../scripts/tools/paths.ts";
import { clientOf } from "./serve_stage.ts";

/** A service in a process of its own. */
export interface ServeProgram {
  readonly socket: string;
  readonly process: Deno.ChildProcess;
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** Its exit code and what it printed, once it has ended. */
  end(): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;
}

/** Starts it in a directory and waits until it is ready. */
export async function startServe(
  directory: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<ServeProgram> {
  const socket = `${directory}/http.sock`;
  const place = ["--listen", `unix:${socket}`, "--root", `${directory}/machines`];
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--unstable-vsock", "host/main.ts", "serve", ...place, ...args],
    cwd: root,
    env,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const printed = Promise.all([
    new Response(process.stdout).text(),
    new Response(process.stderr).text(),
  ]);
  const client = clientOf(socket);
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`http://host${path}`, { ...init, client } as RequestInit);
  const program: ServeProgram = {
    ...{ socket, process, ask },
    async end() {
      const { code } = await process.status;
      client.close();
      const [stdout, stderr] = await printed;
      return { code, stdout, stderr };
    },
  };
  for (let waitedMs = 0; waitedMs < 20_000; waitedMs += 50) {
    const ready = await ask("/readyz").then((answer) => answer.text(), () => "");
    if (ready === "ok\n") return program;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  process.kill("SIGKILL");
  throw new Error(`The service did not become ready: ${(await program.end()).stderr}`);
}

/** A request of a run. */
export const runOf = (request: object, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(request),
});
