import assert from "node:assert/strict";
import { skip } from "../../tests/helpers/need.ts";
import { buildNative, type Starts } from "./native.ts";
import { findSandboxPeers, type SandboxPeer } from "./sandbox_peers.ts";

/** Prints what a program sees of its sandbox, one fact per line. */
const look = `echo "pid $$"
grep -c : /proc/net/dev
grep -E '^(Seccomp|NoNewPrivs|CapEff):' /proc/self/status
touch /usr/of-the-bench 2>&1
cat /proc/sys/kernel/hostname`;

async function see(peer: SandboxPeer): Promise<string> {
  const { argv, file, under = [] }: Omit<Starts, "count" | "pauseMs"> = await peer.start([
    "/bin/sh",
    "-c",
    look,
  ]);
  // Like the C peer: the file is descriptor 5.
  const script = file === undefined ? 'exec "$@"' : `exec "$@" 5<${file}`;
  const { stdout } = await new Deno.Command("/bin/sh", {
    args: ["-c", script, "sh", ...under, ...argv],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).output();
  return new TextDecoder().decode(stdout);
}

Deno.test("peers: each is as isolated as its label says", async (t) => {
  const native = await buildNative();
  if (native === null) return skip(t, t.name, "no C compiler");
  const directory = await Deno.makeTempDir({ prefix: "sallyport-bench-" });
  await Deno.chmod(directory, 0o755);
  try {
    const { found, skipped } = await findSandboxPeers(native, directory);
    for (const what of skipped) skip(t, t.name, what);
    for (const peer of found) {
      const seen = await see(peer);
      const all = `${peer.key}:\n${seen}`;
      assert.match(seen, /^pid [1-9]$/m, all); // a PID namespace of its own
      assert.match(seen, /^1$/m, all); // lo alone
      assert.match(seen, /Read-only file system/, all);
      if (peer.key === "bwrap") continue; // nothing more is claimed
      assert.match(seen, /^Seccomp:\t2$/m, all);
      assert.match(seen, /^NoNewPrivs:\t1$/m, all);
      assert.match(seen, /^CapEff:\t0+$/m, all);
      assert.match(seen, /^sandbox$/m, all);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
