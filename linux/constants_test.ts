// Compares every constant, error number, syscall number and structure offset with the system's C
// headers, for each architecture whose headers are installed.

import assert from "node:assert/strict";
import * as constants from "./constants.ts";
import { epollEventLayout } from "./epoll.ts";
import { E } from "./errno.ts";
import { askHeaders, probeFor } from "./testing/header_probe.ts";
import {
  type Arch,
  numbers as both,
  type SyscallName,
  syscallName,
  syscallNumber,
  x86OnlyNumbers,
} from "./syscall_numbers.ts";

const headers = [
  ..."errno fcntl sched signal spawn stdio time unistd".split(" ").map((name) => `${name}.h`),
  ..."epoll file ioctl mman mount pidfd prctl resource socket stat timerfd uio un wait"
    .split(" ").map((name) => `sys/${name}.h`),
  ..."audit capability close_range landlock nsfs openat2 random reboot sched seccomp securebits"
    .split(" ").map((name) => `linux/${name}.h`),
  ..."dirent.h net/if.h linux/filter.h linux/vm_sockets.h".split(" "),
];

// Constants that are missing from some systems' older headers, and the kernel version whose uapi
// headers have them.
const younger: Record<string, string> = {
  MFD_NOEXEC_SEAL: "6.3",
  MFD_EXEC: "6.3",
  PR_SET_MDWE: "6.3",
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: "5.19",
  SECCOMP_IOCTL_NOTIF_SET_FLAGS: "6.6",
  SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP: "6.6",
  LANDLOCK_CREATE_RULESET_ERRATA: "6.15",
  LANDLOCK_ACCESS_FS_REFER: "5.19",
  LANDLOCK_ACCESS_FS_TRUNCATE: "6.2",
  LANDLOCK_ACCESS_FS_IOCTL_DEV: "6.10",
  LANDLOCK_ACCESS_NET_BIND_TCP: "6.7",
  LANDLOCK_ACCESS_NET_CONNECT_TCP: "6.7",
  LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET: "6.12",
  LANDLOCK_SCOPE_SIGNAL: "6.12",
  LANDLOCK_RESTRICT_SELF_LOG_SAME_EXEC_OFF: "6.15",
  LANDLOCK_RESTRICT_SELF_LOG_NEW_EXEC_ON: "6.15",
  LANDLOCK_RESTRICT_SELF_LOG_SUBDOMAINS_OFF: "6.15",
};
// An enumerator, which #ifdef cannot see.
const youngerEnumerator = { LANDLOCK_RULE_NET_PORT: "6.7" };

// Chosen by architecture at load time; compared through `openFlags` instead.
const byArch = new Set(["O_DIRECTORY", "O_NOFOLLOW", "O_TMPFILE"]);

// struct field or size in C -> what this folder's code writes and reads there.
const layouts: Record<string, number> = {
  "sizeof(struct epoll_event)": NaN, // by architecture, below
  "offsetof(struct epoll_event, data)": NaN,
  "sizeof(struct msghdr)": 56,
  "offsetof(struct msghdr, msg_namelen)": 8,
  "offsetof(struct msghdr, msg_iov)": 16,
  "offsetof(struct msghdr, msg_iovlen)": 24,
  "offsetof(struct msghdr, msg_control)": 32,
  "offsetof(struct msghdr, msg_controllen)": 40,
  "offsetof(struct msghdr, msg_flags)": 48,
  "sizeof(struct iovec)": 16,
  "offsetof(struct iovec, iov_len)": 8,
  "sizeof(struct cmsghdr)": 16,
  "offsetof(struct cmsghdr, cmsg_level)": 8,
  "offsetof(struct cmsghdr, cmsg_type)": 12,
  "sizeof(struct sockaddr_un)": 110,
  "offsetof(struct sockaddr_un, sun_path)": 2,
  "sizeof(struct sockaddr_vm)": 16,
  "offsetof(struct sockaddr_vm, svm_port)": 4,
  "offsetof(struct sockaddr_vm, svm_cid)": 8,
  "sizeof(struct ucred)": 12,
  "offsetof(struct ucred, uid)": 4,
  "offsetof(struct ucred, gid)": 8,
  "sizeof(struct statx)": 256,
  "offsetof(struct statx, stx_uid)": 20,
  "offsetof(struct statx, stx_gid)": 24,
  "offsetof(struct statx, stx_mode)": 28,
  "offsetof(struct statx, stx_ino)": 32,
  "offsetof(struct statx, stx_size)": 40,
  "sizeof(struct itimerspec)": 32,
  "offsetof(struct itimerspec, it_value)": 16,
  "sizeof(struct timespec)": 16,
  "sizeof(struct rlimit)": 16,
  "offsetof(struct rlimit, rlim_max)": 8,
  "sizeof(sigset_t)": 128,
  "sizeof(posix_spawn_file_actions_t) <= 128": 1,
  "sizeof(posix_spawnattr_t) <= 512": 1,
  "sizeof(struct sock_fprog)": 16,
  "offsetof(struct sock_fprog, filter)": 8,
  "sizeof(struct sock_filter)": 8,
  "sizeof(struct seccomp_notif)": 80,
  "offsetof(struct seccomp_notif, pid)": 8,
  "offsetof(struct seccomp_notif, data.nr)": 16,
  "offsetof(struct seccomp_notif, data.arch)": 20,
  "offsetof(struct seccomp_notif, data.args)": 32,
  "sizeof(struct seccomp_notif_resp)": 24,
  "offsetof(struct seccomp_notif_resp, val)": 8,
  "offsetof(struct seccomp_notif_resp, error)": 16,
  "offsetof(struct seccomp_notif_resp, flags)": 20,
  "sizeof(struct __user_cap_header_struct)": 8,
  "sizeof(struct __user_cap_data_struct)": 12,
  "offsetof(struct __user_cap_data_struct, permitted)": 4,
  "offsetof(struct __user_cap_data_struct, inheritable)": 8,
  BPF_MAXINSNS: 4096,
};

async function compare(
  probe: ReturnType<typeof probeFor>,
  includes: string[],
  expected: Record<string, number | bigint>,
  maybe: Record<string, string> = {},
): Promise<void> {
  const names = Object.keys(expected);
  const values = await askHeaders(probe, includes, names, new Set(Object.keys(maybe)));
  const wrong = names.flatMap((name, i) => {
    if (values[i] === undefined) return [];
    const [ours, theirs] = [BigInt.asUintN(64, BigInt(expected[name])), values[i]];
    return ours === BigInt.asUintN(64, theirs) ? [] : [`${name}: ${ours}, headers: ${theirs}`];
  });
  assert.deepEqual(wrong, []);
}

for (const arch of ["x86_64", "aarch64"] as const satisfies Arch[]) {
  const probe = probeFor(arch);
  const headersTest = (name: string, fn: () => Promise<void>) => {
    const full = `${name} as in the headers of ${arch}`;
    if (probe.missing) console.error(`SKIPPED: ${full}: ${probe.missing}`);
    Deno.test({ name: full, ignore: probe.missing !== undefined, fn });
  };

  headersTest("constants", async () => {
    const expected: Record<string, number | bigint> = {};
    for (const [name, value] of Object.entries(constants)) {
      if (typeof value === "object" || byArch.has(name) || name in youngerEnumerator) continue;
      expected[name] = value;
    }
    assert.ok(Object.keys(expected).length > 300);
    await compare(probe, headers, expected, younger);
  });

  headersTest("open flags", async () => {
    const flags = constants.openFlags[arch];
    const O_TMPFILE = 0o20000000 | flags.O_DIRECTORY;
    await compare(probe, ["asm/fcntl.h"], { ...flags, O_TMPFILE });
  });

  headersTest("error numbers", () => compare(probe, ["errno.h"], { ...E }));

  headersTest("structures", () => {
    const { size, data } = epollEventLayout[arch];
    return compare(probe, headers, {
      ...layouts,
      "sizeof(struct epoll_event)": size,
      "offsetof(struct epoll_event, data)": data,
    });
  });

  headersTest("syscall numbers", async () => {
    const all = { ...numbersOf(arch), ...(arch === "x86_64" ? x86OnlyNumbers : {}) };
    const expected = Object.fromEntries(
      Object.entries(all).map(([name, number]) => [`__NR_${name}`, number]),
    );
    // Newer than 6.1's headers: 451 and up, and x86_64's own 335 and 336.
    const maybe = Object.keys(expected).filter((name) => {
      return expected[name] > 450 || name === "__NR_uretprobe" || name === "__NR_uprobe";
    });
    await compare(
      probe,
      ["asm/unistd.h"],
      expected,
      Object.fromEntries(maybe.map((n) => [n, ""])),
    );
  });
}

Deno.test("open flags of this architecture are the exported ones", () => {
  const flags = constants.openFlags[Deno.build.arch as Arch];
  assert.equal(constants.O_DIRECTORY, flags.O_DIRECTORY);
  assert.equal(constants.O_NOFOLLOW, flags.O_NOFOLLOW);
  assert.equal(constants.O_TMPFILE, 0o20000000 | flags.O_DIRECTORY);
});

Deno.test("a syscall's name comes back from its number", () => {
  for (const arch of ["x86_64", "aarch64"] as const) {
    for (const [name, number] of Object.entries(numbersOf(arch))) {
      assert.equal(syscallName(arch, number), name);
    }
  }
  assert.equal(syscallName("x86_64", x86OnlyNumbers.fork), "fork");
  assert.equal(syscallName("aarch64", 9999), "syscall 9999");
});

function numbersOf(arch: Arch): Record<string, number> {
  const names = Object.keys(both) as SyscallName[];
  return Object.fromEntries(names.map((name) => [name, syscallNumber(arch, name)]));
}
