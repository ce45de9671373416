// Runs what a paper shows, in its order, in a copy of the project with an empty home.
//
// `deno` and `npx … deno@VERSION` are this very deno. The copy keeps a changed policy or a written
// file out of the project; nothing that is started outlives its paper.

import { projectRoot } from "./agent.ts";

const decoder = new TextDecoder();

/** Where papers let an agent listen; every copy has a place of its own for it. */
const shownSocket = "/tmp/agent.sock";

/** A shell for one paper. */
export class PaperShell implements AsyncDisposable {
  readonly #background: Deno.ChildProcess[] = [];

  private constructor(readonly copy: string) {}

  /** Copies the project, but for what is made from it. */
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

  /** The agent's socket of this copy. */
  get socket(): string {
    return `${this.copy}/agent.sock`;
  }

  /**
   * Runs one line; with "&" at its end, leaves it running. Returns what it said, without deno's own
   * lines.
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

  /**
   * Runs a TypeScript program that stands in the root of the copy. Throws where it does not end
   * with 0.
   */
  async program(source: string): Promise<string> {
    const file = `${this.copy}/paper.ts`;
    await Deno.writeTextFile(file, source.replaceAll(shownSocket, this.socket));
    return await run(Deno.execPath(), ["run", "-A", "--check", "--quiet", file], this.copy);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#background) {
      child.kill("SIGTERM");
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
