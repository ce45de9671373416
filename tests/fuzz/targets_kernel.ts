// What parses texts and structures of the kernel and of launchers, and files that people write.

import assert from "node:assert/strict";
import { parseTarget } from "../../controller/target.ts";
import { memoryOf } from "../../host/machine/findings.ts";
import { keyedValue, lineCount, missingControllers } from "../../linux/cgroup_files.ts";
import { findCgroup } from "../../linux/cgroup_path.ts";
import { directoryEntries } from "../../linux/directory.ts";
import { rootIsRootfs } from "../../linux/mountinfo.ts";
import { readProcessStat } from "../../linux/proc_stat.ts";
import { PolicyError } from "../../policy/read/problem.ts";
import { readPolicy } from "../../policy/read/read_policy.ts";
import { readEnd, readReaped } from "../../sandbox/job_end.ts";
import { escapedName, textOfName } from "../../sandbox/name.ts";
import { readFailure } from "../../sandbox/report.ts";
import { expecting } from "./expecting.ts";
import type { Target } from "./fuzz.ts";

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const dirent = new Uint8Array([
  1,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  2,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  24,
  0,
  8,
  97,
  98,
  0,
  0,
  0,
]);
const stat =
  "7 (a) b) S 1 7 7 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 3 0 9 1000 50 18446744073709551615 1 1";
const mounts =
  "1 0 0:1 / / rw - rootfs rootfs rw\n2 1 0:2 /a\\040b /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";

/** Each of them. */
export const kernelTargets: readonly Target[] = [
  {
    name: "policy",
    seeds: ['{"version":1,"limits":{}, // why\n"languages":{"sh":{}}}', '{"a":1,"a":2}', "/*"],
    words: [
      '"limits"',
      '"groups"',
      '"profiles"',
      '"languages"',
      '"max":',
      "//",
      "/*",
      "*/",
      ",}",
      "\\u",
    ],
    run(bytes) {
      expecting(PolicyError, () => readPolicy(textOf(bytes)));
    },
  },
  {
    name: "directory",
    seeds: [dirent, new Uint8Array(40)],
    words: ["..", "a/b"],
    run(bytes) {
      let length = 0;
      for (const { name } of directoryEntries(bytes)) {
        length += 19 + name.length;
        assert.ok(!name.includes(0) && textOf(name) !== "..");
        const shown = textOfName(name);
        if (shown !== undefined) assert.deepEqual(new TextEncoder().encode(shown), name);
        else assert.match(escapedName(name), /\\x[89a-f]/);
      }
      assert.ok(length <= bytes.length, "names do not overlap");
    },
  },
  {
    name: "report",
    seeds: [new Uint8Array(320), new Uint8Array(512).fill(0xff)],
    words: ["\0\0\0\0"],
    run(bytes) {
      // The kernel keeps a message's length: programs are read only from messages of their size.
      const message = new DataView(new ArrayBuffer(512));
      new Uint8Array(message.buffer).set(bytes.subarray(0, 512));
      const end = readEnd(message);
      assert.ok(end.exitCode !== undefined || end.signal !== undefined);
      assert.equal(typeof readReaped(message).left, "boolean");
      const failure = readFailure(message);
      if (failure !== undefined) assert.ok(failure.errno.length > 0);
    },
  },
  {
    name: "proc",
    seeds: [stat, "7 (a) Z", mounts, "0::/a\n", "MemAvailable: 100 kB\nHugePages_Free: 3\n"],
    words: [") ", " - cgroup2 ", "0::/", "\\040", "\n", "MemAvailable:"],
    run(bytes) {
      const text = textOf(bytes);
      const { cpuMs, memoryBytes, threads } = readProcessStat(text);
      for (const number of [cpuMs, memoryBytes]) assert.ok(!Number.isNaN(number));
      assert.ok(threads >= 1);
      rootIsRootfs(text);
      memoryOf(text);
      try {
        findCgroup(text, text);
      } catch (error) {
        assert.match((error as Error).message, /cgroup v2/);
      }
    },
  },
  {
    name: "cgroup",
    seeds: ["low 0\nhigh 1\noom_kill 2\n", "cpu io memory pids\n", "1\n2\n3\n"],
    words: ["oom_kill ", "memory", "\n"],
    run(bytes) {
      const text = textOf(bytes);
      keyedValue(text, "oom_kill");
      assert.ok(lineCount(text) <= text.length);
      assert.ok(missingControllers(text, ["memory", "pids"]).length <= 2);
    },
  },
  {
    name: "target",
    seeds: ["unix:/a", "vsock:3:5000", "firecracker:/a:5000"],
    words: ["unix:", "vsock:", "firecracker:", ":"],
    run(bytes) {
      const target = expecting(TypeError, () => parseTarget(textOf(bytes)));
      if (target?.kind === "vsock") {
        assert.ok(target.cid <= 0xffffffff && target.port <= 0xffffffff);
      }
    },
  },
];
