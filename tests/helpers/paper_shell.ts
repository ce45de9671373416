// Runs the commands that a paper (a document of the project) shows, in order, in a copy of the
// project with an empty home.
//
// `deno` and `npx … deno@VERSION` both run this deno. Because it is a copy, a changed policy or a
// written file does not reach the project. Processes started by a paper end with it.

import { projectRoot } from "./agent.ts";
import { signalChild } from "./signal_child.ts";

const decoder = new TextDecoder();

/** The socket on which the papers' agent listens. Each copy replaces it with its own path. */
const shownSocket = "/tmp/agent.sock";

/** A shell for one paper. */
export class PaperShell implements AsyncDisposable {
  readonly #background: Deno.ChildProcess[] = [];

  private constructor(readonly copy: string) {}

  /** Copies the project, except generated files. */
  static async open(): Promise<PaperShell> {
    const copy = await Deno.makeTempDir({ prefix: "sallyport-paper-" });
    await Deno.chmod(copy, 0o755);
    const names: string[] = [];
    for await (const { name } of Deno.readDir(projectRoot)) {
      if (!name.startsWith(".") && name !== "dist") names.push(projectRoot + name);
    }
    await run("cp", ["-r", ...names, copy]);
    await Deno.symlink(`${projectRoot}.cache`, `${copy}/.cache`);
    await Deno.mkdir(`${copy}/.bin`);
    await Deno.symlink(Deno.execPath(), `${copy}/.bin/deno`);
    const npx = `#!/bin/sh\n[ "$1" = --yes ] && shift\nshift\nexec "${Deno.execPath()}" "$@"\n`;
    await Deno.writeTextFile(`${copy}/.bin/npx`, npx, { mode: 0o755 });
    return new PaperShell(copy);
  }

  /** Path of the agent's socket for this copy. */
  get socket(): string {
    return `${this.copy}/agent.sock`;
  }

  /**
   * Runs one line. With "&" at its end, leaves the command running. Returns its output, without
   * deno's own lines.
   */
  async line(command: string): Promise<string> {
    const here = command.replaceAll(shownSocket, this.socket);
    if (here.endsWith("&")) {
      this.#background.push(this.#spawn(`exec ${here.slice(0, -1)}`, "null"));
      await this.#listening();
      return "";
    }
    const { stdout } = await this.#spawn(`${here} 2>&1`, "piped").output();
    return decoder.decode(stdout).replaceAll(/^Task .*\n/gm, "").replaceAll(
      this.socket,
      shownSocket,
    );
  }

  /** Runs a TypeScript program from the root of the copy. Throws if it does not exit with 0. */
  async program(source: string): Promise<string> {
    const file = `${this.copy}/paper.ts`;
    await Deno.writeTextFile(file, source.replaceAll(shownSocket, this.socket));
    return await run(Deno.execPath(), ["run", "-A", "--check", "--quiet", file], this.copy);
  }

  /** Runs a Python program, with the copy's client. Throws if it does not exit with 0. */
  async python(source: string): Promise<string> {
    const file = `${this.copy}/paper.py`;
    await Deno.writeTextFile(file, source.replaceAll(shownSocket, this.socket));
    const path = `PYTHONPATH=${this.copy}/clients/python`;
    return await run("/usr/bin/env", [path, "/usr/bin/python3", "-B", file], this.copy);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#background) {
      signalChild(child, "SIGTERM");
      await child.status;
    }
    await Deno.remove(this.copy, { recursive: true });
  }

  #spawn(command: string, stdout: "piped" | "null"): Deno.ChildProcess {
    return new Deno.Command("/bin/bash", {
      args: ["-c", command],
      cwd: this.copy,
      env: {
        NO_COLOR: "1",
        DENO_NO_UPDATE_CHECK: "1",
        PATH: `${this.copy}/.bin:${Deno.env.get("PATH")}`,
      },
      stdin: "null",
      stdout,
      stderr: "null",
    }).spawn();
  }

  async #listening(): Promise<void> {
    for (let left = 300;; left--) {
      try {
        return (await Deno.connect({ transport: "unix", path: this.socket })).close();
      } catch (error) {
        if (left === 0) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
}

async function run(program: string, args: string[], cwd?: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd,
    env: { NO_COLOR: "1" },
  }).output();
  if (!success) throw new Error(decoder.decode(stderr) + decoder.decode(stdout));
  return decoder.decode(stdout);
}
