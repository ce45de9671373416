// Forbidden actions that a program may try, and proof that they can succeed elsewhere.
//
// Each is one action of tests/fixtures/forbidden/forbidden.c. `bare` means that it succeeds when
// run as root outside of any sandbox, so a refusal inside comes from the sandbox and not from the
// program.

/** One attempt. */
export interface Attempt {
  readonly action: string;
  readonly argument?: string;
  /**
   * Whether root can do it on this machine without harm. `private`: in mount and network namespaces
   * of its own.
   */
  readonly bare?: boolean | "private";
  /**
   * The syscall that the result must name as denied. Some calls are refused silently because
   * programs probe for them.
   */
  readonly denied?: string;
}

/** All attempts. */
export const attempts: readonly Attempt[] = [
  { action: "mount", argument: "/mnt", bare: "private", denied: "mount" },
  { action: "umount", bare: "private", denied: "umount2" },
  { action: "pivot_root", denied: "pivot_root" },
  { action: "chroot", bare: true, denied: "chroot" },
  { action: "ptrace", bare: true, denied: "ptrace" },
  { action: "unshare_user", bare: true, denied: "unshare" },
  { action: "unshare_net", bare: true, denied: "unshare" },
  { action: "clone_user", bare: true },
  { action: "setns", bare: true, denied: "setns" },
  { action: "bpf", bare: true, denied: "bpf" },
  { action: "keyctl", bare: true, denied: "keyctl" },
  { action: "add_key", bare: true, denied: "add_key" },
  { action: "kexec_load", denied: "kexec_load" },
  { action: "io_uring", bare: true },
  { action: "userfaultfd", bare: true },
  { action: "perf_event_open", bare: true, denied: "perf_event_open" },
  { action: "init_module", denied: "init_module" },
  { action: "finit_module", denied: "finit_module" },
  // This only makes the socket, inside and outside.
  { action: "vsock", denied: "socket" },
  { action: "packet", bare: true, denied: "socket" },
  { action: "netlink", bare: true },
  // A wider profile has processes of its own: none may reach into another.
  { action: "ptrace_child", bare: true, denied: "ptrace" },
  { action: "read_child", bare: true, denied: "process_vm_readv" },
  { action: "write_child", bare: true, denied: "process_vm_writev" },
  { action: "take_descriptor", bare: true, denied: "pidfd_getfd" },
  { action: "user_faults", bare: true },
  { action: "patch_code", bare: true },
  // And a network: the first of two calls is refused where there is none, the second where there is.
  { action: "set_address", bare: "private" },
  { action: "interface_down", bare: "private" },
  { action: "add_route", bare: "private" },
  { action: "process_vm", bare: true, denied: "process_vm_readv" },
  { action: "kill_init", bare: true },
  { action: "prlimit_init", bare: true },
  { action: "renice_init" },
  { action: "raise_limit", bare: true },
  { action: "setuid_root", bare: true },
  { action: "setgroups", bare: true },
  { action: "mknod" },
  { action: "mem", bare: true },
  { action: "sysctl", bare: true },
  { action: "reboot", denied: "reboot" },
  { action: "sethostname", denied: "sethostname" },
  { action: "settime" },
  { action: "tiocsti" },
  { action: "open_by_handle", denied: "open_by_handle_at" },
  { action: "memfd_secret", denied: "memfd_secret" },
  { action: "read", argument: "/etc/shadow", bare: true },
  { action: "read", argument: "/root", bare: true },
  { action: "read", argument: "/proc/1/environ" },
  { action: "read", argument: "/proc/1/maps" },
  { action: "read", argument: "/dev/kmsg", bare: true },
  { action: "read", argument: "/dev/mem" },
  { action: "read", argument: "/dev/vsock" },
  { action: "read", argument: "/dev/kvm" },
  { action: "read", argument: "/proc/kcore" },
  { action: "write", argument: "/usr/bin/env", bare: true },
  { action: "write", argument: "/etc/passwd", bare: true },
  { action: "write", argument: "/proc/sysrq-trigger" },
  { action: "write", argument: "/proc/sys/vm/drop_caches" },
  { action: "write", argument: "/sys/power/state" },
  { action: "create", argument: "/usr/sallyport-was-here" },
  { action: "create", argument: "/etc/sallyport-was-here" },
  { action: "create", argument: "/sallyport-was-here" },
  { action: "create", argument: "/sandbox/../sallyport-was-here" },
  { action: "create", argument: "/dev/sallyport-was-here" },
  { action: "create", argument: "/proc/sallyport-was-here" },
];
