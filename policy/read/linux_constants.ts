// Numbers of the Linux user API that policies name, as a table of names.
//
// Kept apart from linux/constants.ts because here the names are data that a policy's author writes.
// A test compares every line with the system's headers.

/** Values of syscall arguments. */
export const ARGUMENTS: Readonly<Record<string, bigint>> = {
  // sys/socket.h
  AF_UNIX: 1n,
  AF_INET: 2n,
  AF_INET6: 10n,
  AF_NETLINK: 16n,
  SOCK_STREAM: 1n,
  SOCK_DGRAM: 2n,
  SOCK_CLOEXEC: 0o2000000n,
  SOCK_NONBLOCK: 0o4000n,
  IPPROTO_TCP: 6n,
  IPPROTO_UDP: 17n,
  // sched.h
  CLONE_VM: 0x100n,
  CLONE_FILES: 0x400n,
  CLONE_VFORK: 0x4000n,
  CLONE_THREAD: 0x10000n,
  CLONE_NEWNS: 0x20000n,
  CLONE_NEWCGROUP: 0x2000000n,
  CLONE_NEWUTS: 0x4000000n,
  CLONE_NEWIPC: 0x8000000n,
  CLONE_NEWUSER: 0x10000000n,
  CLONE_NEWPID: 0x20000000n,
  CLONE_NEWNET: 0x40000000n,
  // sys/mman.h
  PROT_READ: 1n,
  PROT_WRITE: 2n,
  PROT_EXEC: 4n,
  // sys/resource.h
  PRIO_PROCESS: 0n,
  RLIMIT_STACK: 3n,
  RLIMIT_NOFILE: 7n,
  // asm/ioctls.h, linux/fs.h, linux/seccomp.h
  TCGETS: 0x5401n,
  TCSETS: 0x5402n,
  TCSETSW: 0x5403n,
  TCSETSF: 0x5404n,
  TIOCGPGRP: 0x540fn,
  TIOCGWINSZ: 0x5413n,
  FIONREAD: 0x541bn,
  FIONBIO: 0x5421n,
  FIONCLEX: 0x5450n,
  FIOCLEX: 0x5451n,
  FICLONE: 0x40049409n,
  SECCOMP_IOCTL_NOTIF_RECV: 0xc0502100n,
  SECCOMP_IOCTL_NOTIF_SEND: 0xc0182101n,
  SECCOMP_IOCTL_NOTIF_ID_VALID: 0x40082102n,
  SECCOMP_IOCTL_NOTIF_SET_FLAGS: 0x40082104n,
  // linux/prctl.h
  PR_SET_PDEATHSIG: 1n,
  PR_GET_DUMPABLE: 3n,
  PR_SET_NAME: 15n,
  PR_GET_NAME: 16n,
  PR_CAPBSET_READ: 23n,
  PR_GET_NO_NEW_PRIVS: 39n,
  PR_SET_THP_DISABLE: 41n,
  PR_SET_VMA: 0x53564d41n,
  // asm/prctl.h
  ARCH_SET_FS: 0x1002n,
  ARCH_SHSTK_STATUS: 0x5005n,
  ARCH_CET_STATUS: 0x3001n,
  // fcntl.h
  O_RDONLY: 0n,
  O_ACCMODE: 3n,
  O_CREAT: 0x40n,
  O_TRUNC: 0x200n,
  F_DUPFD: 0n,
  F_GETFD: 1n,
  F_SETFD: 2n,
  F_GETFL: 3n,
  F_SETFL: 4n,
  F_GETLK: 5n,
  F_SETLK: 6n,
  F_SETLKW: 7n,
  F_OFD_GETLK: 36n,
  F_OFD_SETLK: 37n,
  F_OFD_SETLKW: 38n,
  F_DUPFD_CLOEXEC: 1030n,
  F_SETPIPE_SZ: 1031n,
  F_GETPIPE_SZ: 1032n,
  F_ADD_SEALS: 1033n,
  F_GET_SEALS: 1034n,
};

/** What a refused call may answer. */
export const ERRNOS: Readonly<Record<string, number>> = {
  EPERM: 1,
  ENOENT: 2,
  EACCES: 13,
  EINVAL: 22,
  ENOSYS: 38,
  EOPNOTSUPP: 95,
  EAFNOSUPPORT: 97,
};
