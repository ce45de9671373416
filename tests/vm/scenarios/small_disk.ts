// A file system of a few mebibytes, which can be full.

import { Skip } from "../guest/scenario.ts";

/** A tmpfs in a directory of its own. Disposing unmounts it: nothing may use it any more. */
export class SmallDisk implements AsyncDisposable {
  #filling: ReturnType<typeof setInterval> | undefined;

  private constructor(readonly directory: string) {}

  /** @throws Skip where this process must not mount. */
  static async make(mib: number): Promise<SmallDisk> {
    const directory = await Deno.makeTempDir({ prefix: "sp-small-" });
    const args = ["-t", "tmpfs", "-o", `size=${mib}m,mode=0755`, "sallyport-small", directory];
    const { success, stderr } = await new Deno.Command("mount", { args, stdin: "null" }).output();
    if (success) return new SmallDisk(directory);
    await Deno.remove(directory);
    throw new Skip(`mount: ${new TextDecoder().decode(stderr).trim()}`);
  }

  /** Fills it, and again whatever becomes free. */
  fill(): void {
    this.#top();
    this.#filling = setInterval(() => this.#top(), 1);
  }

  /** Makes room again. */
  async empty(): Promise<void> {
    clearInterval(this.#filling);
    await Deno.remove(`${this.directory}/filler`).catch(() => {});
  }

  #top(): void {
    using file = Deno.openSync(`${this.directory}/filler`, { append: true, create: true });
    for (const bytes of [1 << 20, 4096]) {
      try {
        while (file.writeSync(new Uint8Array(bytes)) === bytes);
      } catch {
        continue; // no room for a piece of this size
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.empty();
    const { success, stderr } = await new Deno.Command("umount", { args: [this.directory] })
      .output();
    if (!success) throw new Error(`Cannot unmount: ${new TextDecoder().decode(stderr)}`);
    await Deno.remove(this.directory);
  }
}
