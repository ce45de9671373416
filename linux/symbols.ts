// The C functions that the program calls: name, parameters, result. It can call no others.
//
// How C types are spelled: `int` is i32; `long`, `size_t` and addresses inside structures are 64
// bits and take bigint (a Number there leaves Deno's fast path); memory is "buffer". Results of
// type `ssize_t` are declared i32 where the count is known to be below 2 GiB, which keeps them
// Numbers. C functions with `...` have one symbol per shape of call, with 64-bit types in the
// variadic part.

/**
 * The calls that a client waits for at every request: each has a trampoline and takes 10 to 26 ns.
 * A trampoline takes 0.1 to 0.4 ms of the start.
 */
export const hot = {
  // void *memcpy(void *dest, const void *src, size_t count): from an address to a buffer
  memcpy_from: { name: "memcpy", parameters: ["buffer", "u64", "u64"], result: "u64" },
  // ssize_t read(int fd, void *buf, size_t count)
  read: { parameters: ["i32", "buffer", "u64"], result: "i32" },
  // ssize_t send(int fd, const void *buf, size_t length, int flags)
  send: { parameters: ["i32", "buffer", "u64", "i32"], result: "i32" },
  // ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
  recvmsg: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  // int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
  epoll_ctl: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  // int epoll_wait(int epfd, struct epoll_event *events, int maxevents, int timeout)
  epoll_wait: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** The calls made seldom, at start-up, by PID 1, by tools and by tests: each takes about 1 us. */
export const cold = {
  // void *memcpy(void *dest, const void *src, size_t count): copies nothing, returns the address of
  // dest
  address_of: { name: "memcpy", parameters: ["buffer", "buffer", "u64"], result: "u64" },
  // ssize_t write(int fd, const void *buf, size_t count)
  write: { parameters: ["i32", "buffer", "u64"], result: "i32" },
  // int close(int fd)
  close: { parameters: ["i32"], result: "i32" },
  // int ioctl(int fd, unsigned long request, void *arg)
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
  // int accept4(int fd, struct sockaddr *addr, socklen_t *length, int flags)
  accept4: { parameters: ["i32", "buffer", "buffer", "i32"], result: "i32" },
  // ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
  sendmsg: { parameters: ["i32", "buffer", "i32"], result: "i32" },

  // int *__errno_location(void)
  __errno_location: { parameters: [], result: "u64" },

  // --- descriptors and files ---
  // int open(const char *path, int flags, mode_t mode)
  open: { parameters: ["buffer", "i32", "u64"], result: "i32" },
  // ssize_t pread(int fd, void *buf, size_t count, off_t offset)
  pread: { parameters: ["i32", "buffer", "u64", "i64"], result: "i32" },
  // ssize_t pwrite(int fd, const void *buf, size_t count, off_t offset)
  pwrite: { parameters: ["i32", "buffer", "u64", "i64"], result: "i32" },
  // int pipe2(int fds[2], int flags)
  pipe2: { parameters: ["buffer", "i32"], result: "i32" },
  // int fcntl(int fd, int cmd, long arg)
  fcntl: { parameters: ["i32", "i32", "i64"], result: "i32" },
  // int dup3(int oldfd, int newfd, int flags)
  dup3: { parameters: ["i32", "i32", "i32"], result: "i32" },
  // off_t lseek(int fd, off_t offset, int whence)
  lseek: { parameters: ["i32", "i64", "i32"], result: "i64" },
  // int ftruncate(int fd, off_t length)
  ftruncate: { parameters: ["i32", "i64"], result: "i32" },
  // int memfd_create(const char *name, unsigned flags)
  memfd_create: { parameters: ["buffer", "u32"], result: "i32" },
  // int statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *buf)
  statx: { parameters: ["i32", "buffer", "i32", "u32", "buffer"], result: "i32" },
  // ssize_t getdents64(int fd, void *buf, size_t count), glibc 2.30
  getdents64: { parameters: ["i32", "buffer", "u64"], result: "i32" },
  // ssize_t readlink(const char *path, char *buf, size_t size)
  readlink: { parameters: ["buffer", "buffer", "u64"], result: "i32" },
  // int symlink(const char *target, const char *linkpath)
  symlink: { parameters: ["buffer", "buffer"], result: "i32" },
  // int unlink(const char *path)
  unlink: { parameters: ["buffer"], result: "i32" },
  // int mkdir(const char *path, mode_t mode)
  mkdir: { parameters: ["buffer", "u32"], result: "i32" },
  // int rmdir(const char *path)
  rmdir: { parameters: ["buffer"], result: "i32" },
  // int chmod(const char *path, mode_t mode)
  chmod: { parameters: ["buffer", "u32"], result: "i32" },
  // int chown(const char *path, uid_t owner, gid_t group)
  chown: { parameters: ["buffer", "u32", "u32"], result: "i32" },
  // int chdir(const char *path)
  chdir: { parameters: ["buffer"], result: "i32" },
  // int ioctl(int fd, unsigned long request, unsigned long arg)
  ioctl_value: { name: "ioctl", parameters: ["i32", "u64", "u64"], result: "i32" },

  // --- sockets ---
  // int socket(int domain, int type, int protocol)
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  // int socketpair(int domain, int type, int protocol, int fds[2])
  socketpair: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  // int bind(int fd, const struct sockaddr *addr, socklen_t length)
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  // int listen(int fd, int backlog)
  listen: { parameters: ["i32", "i32"], result: "i32" },
  // int connect(int fd, const struct sockaddr *addr, socklen_t length)
  connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  // int getsockname(int fd, struct sockaddr *addr, socklen_t *length)
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  // int getsockopt(int fd, int level, int option, void *value, socklen_t *length)
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  // int setsockopt(int fd, int level, int option, const void *value, socklen_t length)
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  // int shutdown(int fd, int how)
  shutdown: { parameters: ["i32", "i32"], result: "i32" },
  // ssize_t recv(int fd, void *buf, size_t length, int flags)
  recv: { parameters: ["i32", "buffer", "u64", "i32"], result: "i32" },

  // --- waiting and time ---
  // int epoll_create1(int flags)
  epoll_create1: { parameters: ["i32"], result: "i32" },
  // int timerfd_create(int clockid, int flags)
  timerfd_create: { parameters: ["i32", "i32"], result: "i32" },
  // int timerfd_settime(int fd, int flags, const struct itimerspec *new, struct itimerspec *old)
  timerfd_settime: { parameters: ["i32", "i32", "buffer", "buffer"], result: "i32" },
  // int clock_gettime(clockid_t clockid, struct timespec *ts)
  clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },

  // --- processes ---
  // int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
  //                 const posix_spawnattr_t *attr, char *const argv[], char *const envp[])
  posix_spawn: {
    parameters: ["buffer", "buffer", "buffer", "buffer", "buffer", "buffer"],
    result: "i32",
  },
  // int posix_spawn_file_actions_init(posix_spawn_file_actions_t *actions)
  posix_spawn_file_actions_init: { parameters: ["buffer"], result: "i32" },
  // int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *actions)
  posix_spawn_file_actions_destroy: { parameters: ["buffer"], result: "i32" },
  // int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions, int fd, int newfd)
  posix_spawn_file_actions_adddup2: { parameters: ["buffer", "i32", "i32"], result: "i32" },
  // int posix_spawn_file_actions_addopen(posix_spawn_file_actions_t *actions, int fd,
  //                                      const char *path, int flags, mode_t mode)
  posix_spawn_file_actions_addopen: {
    parameters: ["buffer", "i32", "buffer", "i32", "u32"],
    result: "i32",
  },
  // int posix_spawnattr_init(posix_spawnattr_t *attr)
  posix_spawnattr_init: { parameters: ["buffer"], result: "i32" },
  // int posix_spawnattr_destroy(posix_spawnattr_t *attr)
  posix_spawnattr_destroy: { parameters: ["buffer"], result: "i32" },
  // int posix_spawnattr_setflags(posix_spawnattr_t *attr, short flags)
  posix_spawnattr_setflags: { parameters: ["buffer", "i16"], result: "i32" },
  // int posix_spawnattr_setsigdefault(posix_spawnattr_t *attr, const sigset_t *set)
  posix_spawnattr_setsigdefault: { parameters: ["buffer", "buffer"], result: "i32" },
  // int posix_spawnattr_setsigmask(posix_spawnattr_t *attr, const sigset_t *set)
  posix_spawnattr_setsigmask: { parameters: ["buffer", "buffer"], result: "i32" },
  // pid_t waitpid(pid_t pid, int *status, int options)
  waitpid: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  // int kill(pid_t pid, int signal)
  kill: { parameters: ["i32", "i32"], result: "i32" },
  // sighandler_t signal(int signal, sighandler_t handler)
  signal: { parameters: ["i32", "usize"], result: "usize" },
  // pid_t getpid(void)
  getpid: { parameters: [], result: "i32" },
  // pid_t getppid(void)
  getppid: { parameters: [], result: "i32" },
  // pid_t setsid(void)
  setsid: { parameters: [], result: "i32" },
  // int prlimit(pid_t pid, int resource, const struct rlimit *new, struct rlimit *old)
  prlimit: { parameters: ["i32", "i32", "buffer", "buffer"], result: "i32" },
  // void _exit(int status)
  _exit: { parameters: ["i32"], result: "void" },
  // long syscall(SYS_pidfd_open, pid_t pid, unsigned flags)
  pidfd_open: { name: "syscall", parameters: ["i64", "i64", "u64"], result: "i32" },
  // long syscall(SYS_pidfd_send_signal, int pidfd, int signal, siginfo_t *info, unsigned flags)
  pidfd_send_signal: {
    name: "syscall",
    parameters: ["i64", "i64", "i64", "u64", "u64"],
    result: "i32",
  },

  // --- identity and privileges ---
  // int setgroups(size_t size, const gid_t *list)
  setgroups: { parameters: ["u64", "buffer"], result: "i32" },
  // int getgroups(int size, gid_t list[])
  getgroups: { parameters: ["i32", "buffer"], result: "i32" },
  // int setresgid(gid_t rgid, gid_t egid, gid_t sgid)
  setresgid: { parameters: ["u32", "u32", "u32"], result: "i32" },
  // int setresuid(uid_t ruid, uid_t euid, uid_t suid)
  setresuid: { parameters: ["u32", "u32", "u32"], result: "i32" },
  // int getresgid(gid_t *rgid, gid_t *egid, gid_t *sgid)
  getresgid: { parameters: ["buffer", "buffer", "buffer"], result: "i32" },
  // int getresuid(uid_t *ruid, uid_t *euid, uid_t *suid)
  getresuid: { parameters: ["buffer", "buffer", "buffer"], result: "i32" },
  // long sysconf(int name)
  sysconf: { parameters: ["i32"], result: "i64" },
  // uid_t getuid(void)
  getuid: { parameters: [], result: "u32" },
  // uid_t geteuid(void)
  geteuid: { parameters: [], result: "u32" },
  // gid_t getgid(void)
  getgid: { parameters: [], result: "u32" },
  // gid_t getegid(void)
  getegid: { parameters: [], result: "u32" },
  // int prctl(int option, unsigned long arg2, unsigned long arg3, unsigned long arg4,
  //           unsigned long arg5)
  prctl: { parameters: ["i32", "u64", "u64", "u64", "u64"], result: "i32" },
  // int prctl(int option, char *name)
  prctl_buffer: {
    name: "prctl",
    parameters: ["i32", "buffer", "u64", "u64", "u64"],
    result: "i32",
  },
  // long syscall(SYS_capget, cap_user_header_t header, cap_user_data_t data), and SYS_capset
  capability: { name: "syscall", parameters: ["i64", "buffer", "buffer"], result: "i32" },
  // long syscall(SYS_seccomp, unsigned operation, unsigned flags, void *args)
  seccomp: { name: "syscall", parameters: ["i64", "u64", "u64", "buffer"], result: "i32" },
  // long syscall(SYS_landlock_create_ruleset, const struct landlock_ruleset_attr *attr,
  //              size_t size, uint32_t flags)
  landlock_create_ruleset: {
    name: "syscall",
    parameters: ["i64", "buffer", "u64", "u64"],
    result: "i32",
  },

  // --- memory shared with another process ---
  // void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset)
  mmap: { parameters: ["u64", "u64", "i32", "i32", "i32", "i64"], result: "pointer" },
  // int munmap(void *addr, size_t length)
  munmap: { parameters: ["pointer", "u64"], result: "i32" },

  // --- what PID 1 of a guest does ---
  // int mount(const char *source, const char *target, const char *type, unsigned long flags,
  //           const void *data)
  mount: { parameters: ["buffer", "buffer", "buffer", "u64", "buffer"], result: "i32" },
  // int umount2(const char *target, int flags)
  umount2: { parameters: ["buffer", "i32"], result: "i32" },
  // int sethostname(const char *name, size_t length)
  sethostname: { parameters: ["buffer", "u64"], result: "i32" },
  // int reboot(int command)
  reboot: { parameters: ["i32"], result: "i32" },
  // void sync(void)
  sync: { parameters: [], result: "void" },
  // long syscall(SYS_finit_module, int fd, const char *params, int flags)
  finit_module: { name: "syscall", parameters: ["i64", "i64", "buffer", "i64"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;
