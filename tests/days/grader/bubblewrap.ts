// The same runs under bubblewrap, configured like a job's sandbox: directories, ids and filter.
//
// It gets neither Landlock nor limits. The C peer of the bench starts it and measures, so that
// nothing of this program's own runtime counts against it.

import { buildNative } from "../../../scripts/bench/native.ts";
import { findSandboxPeers } from "../../../scripts/bench/sandbox_peers.ts";

/** How one run went: its milliseconds, its exit code (null: a signal), its output. */
export interface PeerRun {
  readonly ms: number;
  readonly exitCode: number | null;
  readonly output: string;
}

/** Runs programs one at a time. */
export interface Bubblewrap extends AsyncDisposable {
  run(program: Uint8Array, input: string, limitMs: number): Promise<PeerRun>;
}

/** Finds bubblewrap. Null where it is missing, or does not work here. */
export async function bubblewrap(): Promise<Bubblewrap | null> {
  const native = await buildNative();
  if (native === null) return null;
  const directory = await Deno.makeTempDir({ prefix: "sallyport-day-" });
  const remove = () => Deno.remove(directory, { recursive: true });
  await Deno.chmod(directory, 0o755);
  const peer = (await findSandboxPeers(native, directory)).found
    .find(({ key }) => key === "bwrapEqual");
  if (peer === undefined) {
    await remove();
    return null;
  }
  const [main, stdin] = [`${directory}/main`, `${directory}/input`];
  let kept: Uint8Array | undefined;
  const run = async (program: Uint8Array, input: string, limitMs: number): Promise<PeerRun> => {
    if (program !== kept) {
      await Deno.writeFile(main, kept = program, { mode: 0o755 });
      await Deno.chmod(main, 0o755);
    }
    await Deno.writeTextFile(stdin, input);
    const { argv, file = "-" } = await peer.start([main]);
    const { stdout, stderr } = await new Deno.Command(native.peer, {
      args: ["feed", stdin, String(limitMs), file, ...argv],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    const said = new TextDecoder().decode(stderr);
    const [ns, status] = said.split(" ").map(Number);
    if (!Number.isInteger(status)) throw new Error(`Cannot run under bubblewrap: ${said}`);
    // bubblewrap exits with 128 + n where its program was ended by signal n.
    const exitCode = status % 128 !== 0 || status >> 8 > 128 ? null : status >> 8;
    return { ms: ns / 1e6, exitCode, output: new TextDecoder().decode(stdout) };
  };
  return { run, [Symbol.asyncDispose]: remove };
}
