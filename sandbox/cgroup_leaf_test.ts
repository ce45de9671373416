// A leaf over plain files: what is written where, what is read from it, and that every file is
// closed.

import assert from "node:assert/strict";
import { MFD_CLOEXEC } from "../linux/constants.ts";
import { SysError } from "../linux/errno.ts";
import { closeFd, memfdCreate, preadFd, pwriteFd } from "../linux/fd.ts";
import { CgroupLeaf } from "./cgroup_leaf.ts";
import { leafFiles } from "./cgroup_program.ts";

const limits = { memory_bytes: 1 << 26, processes: 32, cpu_percent: 150 };

function fakeLeaf(content: Record<string, string> = {}) {
  const fds = leafFiles.map(({ name }) => memfdCreate(name, MFD_CLOEXEC));
  const at = (name: string) => fds[leafFiles.findIndex((file) => file.name === name)];
  for (const [name, text] of Object.entries(content)) {
    pwriteFd(at(name), new TextEncoder().encode(text), 0);
  }
  const read = (name: string) => {
    const buffer = new Uint8Array(64);
    return new TextDecoder().decode(buffer.subarray(0, preadFd(at(name), buffer, 0)));
  };
  return { leaf: new CgroupLeaf(3, fds), fds, at, read };
}

Deno.test("leaf: limits are written, and again only when they change", () => {
  const { leaf, at, read } = fakeLeaf();
  leaf.limit(limits);
  assert.deepEqual(
    [read("memory.max"), read("pids.max"), read("cpu.max")],
    ["67108864", "32", "150000 100000"],
  );
  for (const name of ["memory.max", "pids.max"]) pwriteFd(at(name), new Uint8Array(8), 0);
  leaf.limit({ ...limits, processes: 99 });
  assert.equal(read("memory.max"), "\0".repeat(8), "not written again");
  assert.equal(read("pids.max").slice(0, 2), "99");
  leaf.close();
});

Deno.test("leaf: samples and totals", () => {
  const { leaf } = fakeLeaf({
    "memory.current": "4096\n",
    "memory.peak": "8192\n",
    "memory.events": "low 0\nhigh 0\nmax 7\noom 1\noom_kill 2\noom_group_kill 1\n",
    "cpu.stat": "usage_usec 2500\nuser_usec 1500\nsystem_usec 1000\n",
    "pids.current": "5\n",
    "pids.events": "max 3\n",
    "cgroup.procs": "12\n13\n0\n",
  });
  assert.deepEqual(leaf.sample(), {
    cpuMs: 2.5,
    memoryBytes: 4096,
    processes: 3,
    threads: 5,
    refusedForks: 3,
  });
  assert.deepEqual(leaf.total(), {
    cpuUserMs: 1.5,
    cpuSystemMs: 1,
    peakBytes: 8192,
    outOfMemory: true,
  });
  leaf.close();
});

Deno.test("leaf: who is killed because the machine has no memory has not reached its own limit", () => {
  const of = (events: string) => {
    const { leaf } = fakeLeaf({ "memory.events": events });
    const { outOfMemory } = leaf.total();
    leaf.close();
    return outOfMemory;
  };
  assert.equal(of("max 0\noom 0\noom_kill 1\noom_group_kill 0\n"), false);
  assert.equal(of("max 9\noom 1\noom_kill 0\noom_group_kill 0\n"), false, "nobody was killed");
  assert.equal(of("max 9\noom 1\noom_kill 1\noom_group_kill 1\n"), true);
});

Deno.test("leaf: what the kernel refuses is an error that names the file", () => {
  const { leaf, fds, at } = fakeLeaf();
  closeFd(at("memory.max"));
  assert.throws(() => leaf.limit(limits), (error) => {
    assert.ok(error instanceof SysError);
    assert.match(error.message, /write "67108864" to memory.max: EBADF/);
    return true;
  });
  for (const fd of fds) closeFd(fd);
});

Deno.test("leaf: every file is closed, once", () => {
  const { leaf, fds } = fakeLeaf();
  leaf.close();
  leaf.close();
  for (const fd of fds) assert.ok(preadFd(fd, new Uint8Array(1), 0) < 0);
});
