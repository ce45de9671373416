// A job that takes more and more memory is ended, and told, by its memory limit, in every language.

import assert from "node:assert/strict";
import { startAgent } from "../helpers/agent.ts";
import { connect, runJob, text } from "../helpers/job.ts";
import { file, testNeeding } from "../helpers/need.ts";

/** Programs that take memory, and touch it, for ever. */
const hogs: Record<string, { need: string; code: string }> = {
  python: {
    need: "/usr/bin/python3",
    code: "a = []\nwhile True: a.append(bytearray(b'x') * 1_000_000)",
  },
  node: {
    need: "/usr/bin/node",
    code: "const a = []; for (;;) a.push('x'.repeat(100) + a.length)",
  },
  c: {
    need: "/usr/bin/gcc",
    code:
      "#include <stdlib.h>\n#include <string.h>\nint main() { for (;;) { char *p = malloc(1 << 20); " +
      "if (!p) abort(); memset(p, 1, 1 << 20); } }",
  },
  go: {
    need: "/usr/bin/go",
    code: "package main\nvar a [][]byte\nfunc main() { for { b := make([]byte, 1<<20); " +
      "for i := range b { b[i] = 1 }; a = append(a, b) } }",
  },
  java: {
    need: "/usr/bin/javac",
    code: "import java.util.*;\npublic class Main { public static void main(String[] x) { " +
      "List<byte[]> a = new ArrayList<>(); for (;;) { byte[] b = new byte[1 << 20]; Arrays.fill(b, (byte) 1); a.add(b); } } }",
  },
  perl: { need: "/usr/bin/perl", code: "my @a; while (1) { push @a, 'x' x 1_000_000 }" },
  ruby: { need: "/usr/bin/ruby", code: "a = []; loop { a << 'x' * 1_000_000 }" },
};

for (const [language, { need, code }] of Object.entries(hogs)) {
  testNeeding(
    [file(need)],
    `memory: a hog in ${language} ends by its limit, and is told so`,
    async () => {
      await using agent = await startAgent({ flags: ["--without", "cgroup"] });
      await using client = await connect(agent.target);
      const limits = { memory_bytes: 160 << 20, processes: 64 };
      const job = await runJob(client, { language, code, limits, timeout_ms: 30_000 });
      const { status, limit, memory_peak_bytes } = job.result;
      assert.deepEqual(
        [status, limit],
        ["limit", "memory"],
        JSON.stringify(job.result) + text(job.stderr).slice(-500),
      );
      assert.ok(memory_peak_bytes < 3 * limits.memory_bytes, `${memory_peak_bytes} bytes`);
      const next = await runJob(client, { language: "sh", code: "echo next" });
      assert.equal(text(next.stdout), "next\n");
    },
  );
}
