// The numbers of seccomp.h that the binding passes on, under their C names.

/** Audit numbers of the architectures (linux/audit.h). */
export const ARCH_TOKEN = { x86_64: 0xc000003e, aarch64: 0xc00000b7 } as const;

/** What a filter answers (seccomp(2)): the value a BPF program returns. */
export const ACTION = {
  KILL_PROCESS: 0x80000000,
  NOTIFY: 0x7fc00000,
  ALLOW: 0x7fff0000,
  ERRNO: (errno: number): number => 0x00050000 | (errno & 0xffff),
} as const;

/**
 * Comparisons of an argument. NE and the ordered ones are left out on purpose: libseccomp 2.5.4
 * merges several of them on one syscall wrongly (GHSA-4q85-33p6-j5g6).
 */
export const COMPARE = { EQ: 4, MASKED_EQ: 7 } as const;

/** Attributes of a filter (seccomp_attr_set(3)). */
export const ATTRIBUTE = { ACT_DEFAULT: 1, ACT_BADARCH: 2, CTL_OPTIMIZE: 8 } as const;

/** CTL_OPTIMIZE: one comparison after the other, or a binary tree of syscall numbers. */
export const OPTIMIZE = { LINEAR: 1, TREE: 2 } as const;

/** Set in every syscall number of the x32 ABI (asm/unistd.h). */
export const X32_SYSCALL_BIT = 0x40000000;

/** What the negative results of the library mean: seccomp_rule_add(3) and its neighbours. */
export const MEANINGS: Readonly<Record<number, readonly [name: string, meaning: string]>> = {
  2: ["ENOENT", "no such syscall or architecture"],
  3: ["ESRCH", "unable to load the filter due to thread issues"],
  12: ["ENOMEM", "out of memory"],
  13: ["EACCES", "the action equals the default action, or the attribute is read-only"],
  14: ["EFAULT", "internal libseccomp failure"],
  17: ["EEXIST", "the same rule or architecture is already there"],
  22: ["EINVAL", "invalid argument: two comparisons of one argument, or an unknown value"],
  33: ["EDOM", "the syscall can't be filtered on this architecture"],
  34: ["ERANGE", "the buffer is too small"],
  95: ["EOPNOTSUPP", "the library doesn't support it at this API level"],
  125: ["ECANCELED", "the kernel refused it"],
};
