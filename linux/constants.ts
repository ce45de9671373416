// The kernel's constants, with their C spelling.
//
// One flat table, so that code reads like the man page it follows. x86_64 and aarch64 share nearly
// all values (asm-generic); the few that differ are chosen by architecture, and `openFlags` gives
// both. constants_test.ts compares every value with the system's C headers. A comment names the
// kernel version if a constant is newer than 5.15. 64-bit flags are Numbers if they fit in 53 bits.

import { type Arch, thisArch } from "./syscall_numbers.ts";

// --- open(2), fcntl(2), lseek(2) ---

/** The four flags of open(2) whose value depends on the architecture. */
export const openFlags = {
  x86_64: { O_DIRECT: 0o40000, O_LARGEFILE: 0o100000, O_DIRECTORY: 0o200000, O_NOFOLLOW: 0o400000 },
  aarch64: {
    O_DIRECT: 0o200000,
    O_LARGEFILE: 0o400000,
    O_DIRECTORY: 0o40000,
    O_NOFOLLOW: 0o100000,
  },
} as const satisfies Record<Arch, Record<string, number>>;

export const O_RDONLY = 0;
export const O_WRONLY = 1;
export const O_RDWR = 2;
export const O_CREAT = 0o100;
export const O_EXCL = 0o200;
export const O_NOCTTY = 0o400;
export const O_TRUNC = 0o1000;
export const O_APPEND = 0o2000;
export const O_NONBLOCK = 0o4000;
export const O_CLOEXEC = 0o2000000;
export const O_PATH = 0o10000000;
export const O_DIRECTORY: number = openFlags[thisArch].O_DIRECTORY;
export const O_NOFOLLOW: number = openFlags[thisArch].O_NOFOLLOW;
export const O_TMPFILE: number = 0o20000000 | O_DIRECTORY;

export const F_DUPFD = 0;
export const F_GETFD = 1;
export const F_SETFD = 2;
export const F_GETFL = 3;
export const F_SETFL = 4;
export const F_DUPFD_CLOEXEC = 1030;
export const F_SETPIPE_SZ = 1031;
export const F_GETPIPE_SZ = 1032;
export const F_ADD_SEALS = 1033;
export const F_GET_SEALS = 1034;
export const F_SEAL_SEAL = 1;
export const F_SEAL_SHRINK = 2;
export const F_SEAL_GROW = 4;
export const F_SEAL_WRITE = 8;

export const FALLOC_FL_KEEP_SIZE = 1;
export const FD_CLOEXEC = 1;

export const SEEK_SET = 0;
export const RENAME_NOREPLACE = 1;
export const SEEK_CUR = 1;
export const SEEK_END = 2;

export const AT_FDCWD = -100;
export const AT_SYMLINK_NOFOLLOW = 0x100;
export const AT_REMOVEDIR = 0x200;
export const AT_EACCESS = 0x200;
export const AT_SYMLINK_FOLLOW = 0x400;
export const AT_NO_AUTOMOUNT = 0x800;
export const AT_EMPTY_PATH = 0x1000;
export const AT_RECURSIVE = 0x8000;

export const RESOLVE_NO_XDEV = 0x01;
export const RESOLVE_NO_MAGICLINKS = 0x02;
export const RESOLVE_NO_SYMLINKS = 0x04;
export const RESOLVE_BENEATH = 0x08;
export const RESOLVE_IN_ROOT = 0x10;
export const RESOLVE_CACHED = 0x20;

export const MFD_CLOEXEC = 0x1;
export const MFD_ALLOW_SEALING = 0x2;
export const MFD_NOEXEC_SEAL = 0x8; // 6.3
export const MFD_EXEC = 0x10; // 6.3

export const CLOSE_RANGE_UNSHARE = 2;
export const CLOSE_RANGE_CLOEXEC = 4;

export const S_IFMT = 0o170000;
export const S_IFSOCK = 0o140000;
export const S_IFLNK = 0o120000;
export const S_IFREG = 0o100000;
export const S_IFBLK = 0o060000;
export const S_IFDIR = 0o040000;
export const S_IFCHR = 0o020000;
export const S_IFIFO = 0o010000;
export const S_ISUID = 0o4000;
export const S_ISGID = 0o2000;
export const S_ISVTX = 0o1000;

export const STATX_TYPE = 0x1;
export const STATX_MODE = 0x2;
export const STATX_SIZE = 0x200;
export const STATX_BASIC_STATS = 0x7ff;

export const DT_FIFO = 1;
export const DT_CHR = 2;
export const DT_DIR = 4;
export const DT_BLK = 6;
export const DT_REG = 8;
export const DT_LNK = 10;
export const DT_SOCK = 12;

// --- sockets ---

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const AF_VSOCK = 40;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SIOCSIFFLAGS = 0x8914;
export const IFF_UP = 0x1;
export const IFF_RUNNING = 0x40;
export const SOCK_SEQPACKET = 5;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;
export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_TYPE = 3;
export const SO_ERROR = 4;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_PASSCRED = 16;
export const SO_PEERCRED = 17;
export const SO_ACCEPTCONN = 30;
export const SO_SNDBUFFORCE = 32;
export const SO_RCVBUFFORCE = 33;
export const SO_DOMAIN = 39;
export const SCM_RIGHTS = 1;
export const SCM_CREDENTIALS = 2;
export const MSG_PEEK = 0x2;
export const MSG_CTRUNC = 0x8;
export const MSG_TRUNC = 0x20;
export const MSG_DONTWAIT = 0x40;
export const MSG_EOR = 0x80;
export const MSG_WAITALL = 0x100;
export const MSG_NOSIGNAL = 0x4000;
export const MSG_CMSG_CLOEXEC = 0x40000000;
export const SHUT_RD = 0;
export const SHUT_WR = 1;
export const SHUT_RDWR = 2;
export const SOMAXCONN = 4096;
export const VMADDR_CID_ANY = 0xffffffff;
export const VMADDR_CID_HYPERVISOR = 0;
export const VMADDR_CID_LOCAL = 1;
export const VMADDR_CID_HOST = 2;
export const VMADDR_PORT_ANY = 0xffffffff;

// --- epoll, timers, poll ---

export const EPOLL_CLOEXEC = 0o2000000;
export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLL_CTL_MOD = 3;
export const EPOLLIN = 0x1;
export const EPOLLPRI = 0x2;
export const EPOLLOUT = 0x4;
export const EPOLLERR = 0x8;
export const EPOLLHUP = 0x10;
export const EPOLLRDHUP = 0x2000;
export const EPOLLEXCLUSIVE = 0x10000000;
export const EPOLLONESHOT = 0x40000000;
export const EPOLLET = 0x80000000;
export const CLOCK_REALTIME = 0;
export const CLOCK_MONOTONIC = 1;
export const CLOCK_BOOTTIME = 7;
export const TFD_CLOEXEC = 0o2000000;
export const TFD_NONBLOCK = 0o4000;
export const TFD_TIMER_ABSTIME = 1;

// --- processes: clone3(2), wait4(2), pidfd, scheduling ---

export const CLONE_NEWTIME = 0x80;
export const CLONE_VM = 0x100;
export const CLONE_FS = 0x200;
export const CLONE_FILES = 0x400;
export const CLONE_SIGHAND = 0x800;
export const CLONE_PIDFD = 0x1000;
export const CLONE_PTRACE = 0x2000;
export const CLONE_VFORK = 0x4000;
export const CLONE_PARENT = 0x8000;
export const CLONE_THREAD = 0x10000;
export const CLONE_NEWNS = 0x20000;
export const CLONE_NEWCGROUP = 0x2000000;
export const CLONE_NEWUTS = 0x4000000;
export const CLONE_NEWIPC = 0x8000000;
export const CLONE_NEWUSER = 0x10000000;
export const CLONE_NEWPID = 0x20000000;
export const CLONE_NEWNET = 0x40000000;
export const CLONE_CLEAR_SIGHAND = 0x100000000;
export const CLONE_PARENT_SETTID = 0x00100000;
export const CLONE_INTO_CGROUP = 0x200000000;
export const WNOHANG = 1;
export const WUNTRACED = 2;
export const WSTOPPED = 2;
export const WEXITED = 4;
export const WCONTINUED = 8;
export const WNOWAIT = 0x1000000;
export const __WALL = 0x40000000;
export const P_ALL = 0;
export const P_PID = 1;
export const P_PGID = 2;
export const P_PIDFD = 3;
export const PIDFD_NONBLOCK = 0o4000;
export const RUSAGE_SELF = 0;
export const RUSAGE_CHILDREN = -1;
export const PRIO_PROCESS = 0;
export const PRIO_PGRP = 1;
export const PRIO_USER = 2;
export const POSIX_SPAWN_SETSIGDEF = 0x04;
export const POSIX_SPAWN_SETSIGMASK = 0x08;
export const POSIX_SPAWN_SETSID = 0x80;

// --- signals: signal(7) ---

export const SIGHUP = 1;
export const SIGINT = 2;
export const SIGQUIT = 3;
export const SIGILL = 4;
export const SIGTRAP = 5;
export const SIGABRT = 6;
export const SIGBUS = 7;
export const SIGFPE = 8;
export const SIGKILL = 9;
export const SIGUSR1 = 10;
export const SIGSEGV = 11;
export const SIGUSR2 = 12;
export const SIGPIPE = 13;
export const SIGALRM = 14;
export const SIGTERM = 15;
export const SIGSTKFLT = 16;
export const SIGCHLD = 17;
/** A handler: the signal is ignored. */
export const SIG_IGN = 1;
export const SIGCONT = 18;
export const SIGSTOP = 19;
export const SIGTSTP = 20;
export const SIGTTIN = 21;
export const SIGTTOU = 22;
export const SIGURG = 23;
export const SIGXCPU = 24;
export const SIGXFSZ = 25;
export const SIGVTALRM = 26;
export const SIGPROF = 27;
export const SIGWINCH = 28;
export const SIGIO = 29;
export const SIGPWR = 30;
export const SIGSYS = 31;

// --- resource limits: prlimit(2) ---

export const RLIMIT_CPU = 0;
export const RLIMIT_FSIZE = 1;
export const RLIMIT_DATA = 2;
export const RLIMIT_STACK = 3;
export const RLIMIT_CORE = 4;
export const RLIMIT_RSS = 5;
export const RLIMIT_NPROC = 6;
export const RLIMIT_NOFILE = 7;
export const RLIMIT_MEMLOCK = 8;
export const RLIMIT_AS = 9;
export const RLIMIT_LOCKS = 10;
export const RLIMIT_SIGPENDING = 11;
export const RLIMIT_MSGQUEUE = 12;
export const RLIMIT_NICE = 13;
export const RLIMIT_RTPRIO = 14;
export const RLIMIT_RTTIME = 15;
export const RLIM_INFINITY = 0xffffffffffffffffn;

// --- privileges: prctl(2), capabilities(7) ---

export const PR_SET_PDEATHSIG = 1;
export const PR_GET_PDEATHSIG = 2;
export const PR_GET_DUMPABLE = 3;
export const PR_SET_DUMPABLE = 4;
export const PR_GET_KEEPCAPS = 7;
export const PR_SET_KEEPCAPS = 8;
export const PR_SET_NAME = 15;
export const PR_GET_NAME = 16;
export const PR_GET_SECCOMP = 21;
export const PR_SET_SECCOMP = 22;
export const PR_CAPBSET_READ = 23;
export const PR_CAPBSET_DROP = 24;
export const PR_GET_SECUREBITS = 27;
export const PR_SET_SECUREBITS = 28;
export const PR_SET_TIMERSLACK = 29;
export const PR_SET_CHILD_SUBREAPER = 36;
export const PR_GET_CHILD_SUBREAPER = 37;
export const PR_SET_NO_NEW_PRIVS = 38;
export const PR_GET_NO_NEW_PRIVS = 39;
export const PR_SET_THP_DISABLE = 41;
export const PR_CAP_AMBIENT = 47;
export const PR_CAP_AMBIENT_CLEAR_ALL = 4;
export const PR_SET_MDWE = 65; // 6.3
export const SECBIT_NOROOT = 0x01;
export const SECBIT_NOROOT_LOCKED = 0x02;
export const SECBIT_NO_SETUID_FIXUP = 0x04;
export const SECBIT_NO_SETUID_FIXUP_LOCKED = 0x08;
export const SECBIT_KEEP_CAPS = 0x10;
export const SECBIT_KEEP_CAPS_LOCKED = 0x20;
export const SECBIT_NO_CAP_AMBIENT_RAISE = 0x40;
export const SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED = 0x80;
export const CAP_CHOWN = 0;
export const CAP_DAC_OVERRIDE = 1;
export const CAP_KILL = 5;
export const CAP_SETGID = 6;
export const CAP_SETUID = 7;
export const CAP_SETPCAP = 8;
export const CAP_NET_ADMIN = 12;
export const CAP_SYS_MODULE = 16;
export const CAP_SYS_CHROOT = 18;
export const CAP_SYS_PTRACE = 19;
export const CAP_SYS_ADMIN = 21;
export const CAP_SYS_BOOT = 22;
export const CAP_SYS_RESOURCE = 24;
export const CAP_MKNOD = 27;
export const CAP_LAST_CAP = 40;
export const _LINUX_CAPABILITY_VERSION_3 = 0x20080522;

// --- seccomp(2), seccomp_unotify(2), bpf ---

export const SECCOMP_SET_MODE_STRICT = 0;
export const SECCOMP_SET_MODE_FILTER = 1;
export const SECCOMP_GET_ACTION_AVAIL = 2;
export const SECCOMP_GET_NOTIF_SIZES = 3;
export const SECCOMP_FILTER_FLAG_TSYNC = 0x01;
export const SECCOMP_FILTER_FLAG_LOG = 0x02;
export const SECCOMP_FILTER_FLAG_SPEC_ALLOW = 0x04;
export const SECCOMP_FILTER_FLAG_NEW_LISTENER = 0x08;
export const SECCOMP_FILTER_FLAG_TSYNC_ESRCH = 0x10;
export const SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV = 0x20; // 5.19
export const SECCOMP_RET_KILL_PROCESS = 0x80000000;
export const SECCOMP_RET_KILL_THREAD = 0x00000000;
export const SECCOMP_RET_TRAP = 0x00030000;
export const SECCOMP_RET_ERRNO = 0x00050000;
export const SECCOMP_RET_USER_NOTIF = 0x7fc00000;
export const SECCOMP_RET_TRACE = 0x7ff00000;
export const SECCOMP_RET_LOG = 0x7ffc0000;
export const SECCOMP_RET_ALLOW = 0x7fff0000;
export const SECCOMP_IOCTL_NOTIF_RECV = 0xc0502100;
export const SECCOMP_IOCTL_NOTIF_SEND = 0xc0182101;
export const SECCOMP_IOCTL_NOTIF_ID_VALID = 0x40082102;
export const SECCOMP_IOCTL_NOTIF_ADDFD = 0x40182103;
export const SECCOMP_IOCTL_NOTIF_SET_FLAGS = 0x40082104; // 6.6
export const SECCOMP_USER_NOTIF_FLAG_CONTINUE = 1;
export const SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP = 1; // 6.6
export const AUDIT_ARCH_X86_64 = 0xc000003e;
export const AUDIT_ARCH_AARCH64 = 0xc00000b7;

// --- Landlock: landlock(7), the number in the comment is the ABI a bit needs ---

export const LANDLOCK_CREATE_RULESET_VERSION = 1;
export const LANDLOCK_CREATE_RULESET_ERRATA = 2; // 6.15
export const LANDLOCK_RULE_PATH_BENEATH = 1; // 1
export const LANDLOCK_RULE_NET_PORT = 2; // 4
export const LANDLOCK_ACCESS_FS_EXECUTE = 0x0001; // 1
export const LANDLOCK_ACCESS_FS_WRITE_FILE = 0x0002; // 1
export const LANDLOCK_ACCESS_FS_READ_FILE = 0x0004; // 1
export const LANDLOCK_ACCESS_FS_READ_DIR = 0x0008; // 1
export const LANDLOCK_ACCESS_FS_REMOVE_DIR = 0x0010; // 1
export const LANDLOCK_ACCESS_FS_REMOVE_FILE = 0x0020; // 1
export const LANDLOCK_ACCESS_FS_MAKE_CHAR = 0x0040; // 1
export const LANDLOCK_ACCESS_FS_MAKE_DIR = 0x0080; // 1
export const LANDLOCK_ACCESS_FS_MAKE_REG = 0x0100; // 1
export const LANDLOCK_ACCESS_FS_MAKE_SOCK = 0x0200; // 1
export const LANDLOCK_ACCESS_FS_MAKE_FIFO = 0x0400; // 1
export const LANDLOCK_ACCESS_FS_MAKE_BLOCK = 0x0800; // 1
export const LANDLOCK_ACCESS_FS_MAKE_SYM = 0x1000; // 1
export const LANDLOCK_ACCESS_FS_REFER = 0x2000; // 2, Linux 5.19
export const LANDLOCK_ACCESS_FS_TRUNCATE = 0x4000; // 3, Linux 6.2
export const LANDLOCK_ACCESS_FS_IOCTL_DEV = 0x8000; // 5, Linux 6.10
export const LANDLOCK_ACCESS_NET_BIND_TCP = 0x1; // 4, Linux 6.7
export const LANDLOCK_ACCESS_NET_CONNECT_TCP = 0x2; // 4, Linux 6.7
export const LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET = 0x1; // 6, Linux 6.12
export const LANDLOCK_SCOPE_SIGNAL = 0x2; // 6, Linux 6.12
export const LANDLOCK_RESTRICT_SELF_LOG_SAME_EXEC_OFF = 0x1; // 7, Linux 6.15
export const LANDLOCK_RESTRICT_SELF_LOG_NEW_EXEC_ON = 0x2; // 7, Linux 6.15
export const LANDLOCK_RESTRICT_SELF_LOG_SUBDOMAINS_OFF = 0x4; // 7, Linux 6.15

// --- mount(2), mount_setattr(2), open_tree(2), move_mount(2), fsopen(2) ---

export const MS_RDONLY = 0x1;
export const MS_NOSUID = 0x2;
export const MS_NODEV = 0x4;
export const MS_NOEXEC = 0x8;
export const MS_SYNCHRONOUS = 0x10;
export const MS_REMOUNT = 0x20;
export const MS_NOATIME = 0x400;
export const MS_NODIRATIME = 0x800;
export const MS_BIND = 0x1000;
export const MS_MOVE = 0x2000;
export const MS_REC = 0x4000;
export const MS_SILENT = 0x8000;
export const MS_UNBINDABLE = 0x20000;
export const MS_PRIVATE = 0x40000;
export const MS_SLAVE = 0x80000;
export const MS_SHARED = 0x100000;
export const MS_RELATIME = 0x200000;
export const MNT_FORCE = 1;
export const MNT_DETACH = 2;
export const UMOUNT_NOFOLLOW = 8;
export const MOUNT_ATTR_RDONLY = 0x1;
export const MOUNT_ATTR_NOSUID = 0x2;
export const MOUNT_ATTR_NODEV = 0x4;
export const MOUNT_ATTR_NOEXEC = 0x8;
export const MOUNT_ATTR_NOATIME = 0x10;
export const MOUNT_ATTR_NOSYMFOLLOW = 0x200000;
export const MOUNT_ATTR_SIZE_VER0 = 32;
export const OPEN_TREE_CLONE = 1;
export const OPEN_TREE_CLOEXEC: number = O_CLOEXEC;
export const MOVE_MOUNT_F_SYMLINKS = 0x1;
export const MOVE_MOUNT_F_EMPTY_PATH = 0x4;
export const MOVE_MOUNT_T_SYMLINKS = 0x10;
export const MOVE_MOUNT_T_EMPTY_PATH = 0x40;
export const FSOPEN_CLOEXEC = 1;
export const FSMOUNT_CLOEXEC = 1;
export const FSCONFIG_SET_FLAG = 0;
export const FSCONFIG_SET_STRING = 1;
export const FSCONFIG_CMD_CREATE = 6;
export const FSCONFIG_CMD_RECONFIGURE = 7;

// --- random(4): ioctl(2) on /dev/urandom, for CAP_SYS_ADMIN ---

export const RNDADDENTROPY = 0x40085203;
export const RNDRESEEDCRNG = 0x5207;

// --- reboot(2), terminals, block devices ---

export const LINUX_REBOOT_MAGIC1 = 0xfee1dead;
export const LINUX_REBOOT_MAGIC2 = 0x28121969;
export const LINUX_REBOOT_CMD_CAD_OFF = 0;
export const LINUX_REBOOT_CMD_RESTART = 0x01234567;
export const LINUX_REBOOT_CMD_HALT = 0xcdef0123;
export const LINUX_REBOOT_CMD_POWER_OFF = 0x4321fedc;
export const TIOCSCTTY = 0x540e;
export const TIOCNOTTY = 0x5422;
export const FIONREAD = 0x541b;
export const NS_GET_NSTYPE = 0xb703;
