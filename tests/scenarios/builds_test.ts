// Languages with a build step: the build's own result, the run after it, and builds that go wrong.

import assert from "node:assert/strict";
import type { RunOptions } from "../../controller/client.ts";
import { startAgent } from "../helpers/agent.ts";
import { assertSettles, censusAtRest } from "../helpers/census.ts";
import { type Client, connect, type Job, newMark, runJob, runNext, text } from "../helpers/job.ts";
import { file, testNeeding } from "../helpers/need.ts";

const cpp = file("/usr/bin/g++");
const c = file("/usr/bin/gcc");

/** Prints its arguments and the sum of the numbers on standard input; exits with 3. */
const sums: Record<string, { compiler: string; code: string }> = {
  c: {
    compiler: "/usr/bin/gcc",
    code: "#include <stdio.h>\nint main(int n, char **a) { long s = 0, x; " +
      'while (scanf("%ld", &x) == 1) s += x; printf("%s %ld\\n", a[1], s); return 3; }',
  },
  cpp: {
    compiler: "/usr/bin/g++",
    code:
      "#include <bits/stdc++.h>\nint main(int, char **a) { std::istream_iterator<long> i(std::cin), e; " +
      'std::cout << a[1] << " " << std::accumulate(i, e, 0L) << std::endl; return 3; }',
  },
  go: {
    compiler: "/usr/bin/go",
    code: 'package main\nimport ("fmt"; "os")\nfunc main() { s := 0; for { var x int; ' +
      "if _, e := fmt.Scan(&x); e != nil { break }; s += x }; fmt.Println(os.Args[1], s); os.Exit(3) }",
  },
  rust: {
    compiler: "/usr/bin/rustc",
    code:
      "use std::io::Read;\nfn main() { let mut t = String::new(); std::io::stdin().read_to_string(&mut t).unwrap(); " +
      "let s: i64 = t.split_whitespace().map(|x| x.parse::<i64>().unwrap()).sum(); " +
      'println!("{} {}", std::env::args().nth(1).unwrap(), s); std::process::exit(3); }',
  },
  java: {
    compiler: "/usr/bin/javac",
    code:
      "import java.util.*;\npublic class Main { record R(int v) {} public static void main(String[] a) { " +
      "Scanner i = new Scanner(System.in); long s = 0; while (i.hasNextLong()) s += i.nextLong(); " +
      'System.out.println(a[0] + " " + s); System.exit(3); } }',
  },
};

async function together(test: (client: Client, pid: number) => Promise<void>): Promise<void> {
  await using agent = await startAgent();
  {
    await using client = await connect(agent.target);
    await test(client, agent.pid);
  }
  await using client = await connect(agent.target);
  await runNext(client, "sh");
}

for (const [language, { compiler, code }] of Object.entries(sums)) {
  testNeeding(
    [file(compiler)],
    `builds: ${language} is built, then run; and run again from what was built`,
    () =>
      together(async (client) => {
        const options = { language, args: ["a b"], stdin: { text: "1 2\n39" }, timeout_ms: 10_000 };
        const job = await runJob(client, { ...options, code, keep: true });
        assert.deepEqual([text(job.stdout), text(job.stderr)], ["a b 42\n", ""], said(job));
        assert.deepEqual([job.result.status, job.result.exit_code], ["exited", 3]);
        const { build } = job.result;
        assert.deepEqual(
          [build?.status, build?.exit_code],
          ["exited", 0],
          said(job),
        );
        assert.ok(
          build!.wall_ms > 5 && build!.memory_peak_bytes > 1 << 20 && build!.cpu_user_ms > 0,
        );
        const entry = language === "java" ? "Main" : "main";
        const again = await runJob(client, { ...options, entry, keep: true });
        assert.equal(text(again.stdout), "a b 42\n", said(again));
        assert.equal(again.result.build, undefined, "nothing is built");
        const streamed = await runJob(client, { ...options, code, stream: true });
        assert.equal(text(streamed.stdout), "a b 42\n", said(streamed));
      }),
  );
}

function said({ result, stderr }: Job): string {
  return `${JSON.stringify(result)}\n${text(stderr)}`;
}

async function buildOnly(client: Client, options: Partial<RunOptions> & { code: string }) {
  const result = await client.run({ language: "cpp", ...options }).result;
  return { ...result, errors: text(result.buildOutput?.stderr ?? new Uint8Array(0)) };
}

testNeeding(
  [cpp],
  "builds: a compile error is the build's, and nothing is run",
  () =>
    together(async (client) => {
      const result = await buildOnly(client, { code: "int main() { return undefined; }" });
      assert.deepEqual([result.status, result.exit_code], ["build", undefined]);
      assert.deepEqual([result.build?.status, result.build?.exit_code], ["exited", 1]);
      assert.match(result.errors, /main\.cpp:1:21: error: .undefined. was not declared/);
      assert.deepEqual(result.stdout, { total: 0, dropped: 0, bytes: 0 });
      // A header that was put is found; one of the guest's accounts is not.
      await client.put("util.hpp", "#pragma once\ninline int answer() { return 42; }\n");
      const code = '#include "util.hpp"\n#include <cstdio>\nint main() { printf("%d", answer()); }';
      assert.equal(text((await runJob(client, { language: "cpp", code })).stdout), "42");
      const peek = await buildOnly(client, { code: '#include "/etc/shadow"\nint main() {}' });
      assert.equal(peek.status, "build");
      assert.doesNotMatch(peek.errors, /root:/);
    }),
);

/** Sources that hurt their compiler, and how the build must end. */
const bombs: Record<string, { code: string; ends: RegExp }> = {
  "endless templates": {
    code:
      "template<int N> struct A { static const int v = A<N+1>::v + A<N+2>::v; };\nint main() { return A<0>::v; }",
    ends: /^exited [1-9]|limit|timeout/,
  },
  "a source without end": {
    code: '#include "/dev/zero"\nint main() {}',
    ends: /^exited [1-9]|limit|timeout|signaled/,
  },
  "a program of 8 GiB": {
    code: "int a[1ull << 31] = {1};\nint main() { return a[0]; }",
    ends: /^exited [1-9]|limit|timeout|signaled/,
  },
  "includes itself": { code: '#include "main.cpp"\nint main() {}', ends: /^exited [1-9]/ },
  "a constant without end": {
    code:
      "constexpr int f(int n) { int s = 0; for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) s ^= i * j; return s; }\n" +
      "static_assert(f(1 << 20) != 1);\nint main() {}",
    ends: /^exited [1-9]|limit|timeout/,
  },
};

testNeeding([cpp], "builds: bombs end by the build's limits, and leave nothing", async () => {
  await using agent = await startAgent({ entry: "tests/helpers/hasty_agent.ts" });
  await using client = await connect(agent.target);
  await runNext(client, "sh");
  await client.reset();
  await new Promise((resolve) => setTimeout(resolve, 500));
  const before = await censusAtRest(agent.pid);
  for (const [name, { code, ends }] of Object.entries(bombs)) {
    const mark = newMark();
    const { status, build } = await buildOnly(client, { code, env: { [mark.name]: mark.value } });
    assert.equal(status, "build", name);
    assert.match(`${build!.status} ${build!.exit_code}`, ends, `${name}: ${JSON.stringify(build)}`);
    assert.ok(build!.wall_ms < 6000, `${name}: ${build!.wall_ms} ms`);
    await runNext(client, "sh");
  }
  await client.reset();
  await assertSettles(agent.pid, before);
});

testNeeding(
  [cpp],
  "builds: cancelled, timed out, or left by their client",
  () =>
    together(async (client) => {
      const slow = bombs["a constant without end"].code.replace(
        "static_assert",
        "// fconstexpr\nstatic_assert",
      );
      const run = client.run({ language: "cpp", code: slow + '\n#pragma GCC optimize("O0")' });
      await run.acked;
      await new Promise((resolve) => setTimeout(resolve, 30));
      await run.cancel();
      const { status, build } = await run.result;
      assert.ok(
        status === "cancelled" || status === "build", // it may have ended by itself just before
        JSON.stringify({ status, build }),
      );
    }),
);

testNeeding(
  [c],
  "builds: long output is truncated honestly, and comes before the run's",
  () =>
    together(async (client) => {
      const many = Array.from(
        { length: 6000 },
        (_, i) => `#pragma message("line ${i} ${"x".repeat(40)}")`,
      );
      const code = many.join("\n") + '\n#include <stdio.h>\nint main() { puts("ran"); }';
      await client.put("many.h", many.join("\n"));
      const small = '#include "many.h"\n#include <stdio.h>\nint main() { puts("ran"); }';
      assert.ok(code.length > 65_536, "more than a request's code may be");
      const result = await client.run({ language: "c", code: small, timeout_ms: 10_000 }).result;
      assert.equal(text(result.output.stdout), "ran\n", JSON.stringify(result));
      const { total, dropped, bytes } = result.build!.stderr;
      assert.ok(
        dropped > 0 && total - dropped === bytes && bytes === 1 << 20,
        JSON.stringify(result.build),
      );
      assert.match(text(result.buildOutput!.stderr), /line 5999/);
    }),
);

testNeeding(
  [c],
  "builds: built once, run on many inputs, each in a sandbox of its own",
  () =>
    together(async (client) => {
      const spy = '#include <stdio.h>\n#include <unistd.h>\nint main() { int n; scanf("%d", &n);' +
        ' printf("%d %d\\n", n * n, access("trace", F_OK)); fclose(fopen("trace", "w")); fclose(fopen("/tmp/trace", "w")); }';
      const built = await client.run({ language: "c", code: spy, stdin: { text: "0" } })
        .result;
      assert.equal(built.build?.exit_code, 0);
      const program = await client.get("main");
      for (let n = 0; n < 20; n++) {
        await client.put("main", program, { mode: 0o755 });
        const job = await runJob(client, { language: "c", entry: "main", stdin: { text: `${n}` } });
        assert.equal(text(job.stdout), `${n * n} -1\n`, "no trace of the run before");
      }
    }),
);
