// What Sallyport needs from a kernel: the config options by name, what each is for, and what is
// lost without it.
//
// A pure table. An option may be built in, or a module where the table says so. Several options in
// one row mean that any one of them is enough.

/** How much an option matters. */
export type Weight =
  /** The agent does not start with the default policy. */
  | "required"
  /** A layer or a limit is weaker; the agent reports it. */
  | "wanted"
  /** Needed only for some machines. */
  | "some machines";

/** One row. */
export interface Need {
  /** Options without "CONFIG_"; any of them satisfies the row. */
  options: readonly string[];
  weight: Weight;
  /** What it is for, and what is lost without it. */
  purpose: string;
  /** Whether a module is enough (it must then be in the image and on its list). */
  moduleDoes: boolean;
  /** Name of the attempt that checks it on a running kernel (scripts/doctor/attempts.ts). */
  attempt?: string;
}

function need(
  weight: Weight,
  options: string,
  purpose: string,
  extra: { attempt?: string; moduleDoes?: boolean } = {},
): Need {
  return { options: options.split("|"), weight, purpose, moduleDoes: false, ...extra };
}

/** All rows, in the order in which a start needs them. */
export const needs: readonly Need[] = [
  need("required", "64BIT", "the launcher and the filters are 64-bit"),
  need("required", "FUTEX", "threads"),
  need("required", "EPOLL", "the agent's event loop"),
  need("required", "TIMERFD", "deadlines and sampling"),
  need("required", "MEMFD_CREATE", "the launcher runs from memory"),
  need("required", "UNIX", "sockets between agent and launchers"),
  need("required", "PROC_FS", "id maps, sampling", { attempt: "proc" }),
  need("required", "PROC_FS", "what a job sees of /proc: subset=pid, since Linux 5.8", {
    attempt: "subset of /proc",
  }),
  need("required", "TMPFS", "the sandbox directory and /tmp of every job", { attempt: "tmpfs" }),
  need("required", "NAMESPACES", "every sandbox"),
  need("required", "USER_NS", "the zygote has no privileges outside", {
    attempt: "user namespace",
  }),
  need("required", "PID_NS", "a sandbox's processes die with it", { attempt: "pid namespace" }),
  need("required", "NET_NS", "jobs have no network", { attempt: "network namespace" }),
  need("required", "IPC_NS", "jobs share no memory or queues", { attempt: "ipc namespace" }),
  need("required", "UTS_NS", "a host name of its own", { attempt: "uts namespace" }),
  need("required", "SECCOMP", "system call filters"),
  need("required", "SECCOMP_FILTER", "allowlists of agent and jobs; denied calls are told", {
    attempt: "seccomp listener",
  }),
  need(
    "required",
    "SECURITY_LANDLOCK",
    'what a job may open ("landlock" must be in CONFIG_LSM too)',
    {
      attempt: "landlock",
    },
  ),
  need("required", "VSOCKETS", "the connection to the host", {
    attempt: "vsock",
    moduleDoes: true,
  }),
  need("required", "VIRTIO_VSOCKETS", "the connection to the host, the guest's side", {
    moduleDoes: true,
  }),
  need("required", "VIRTIO_PCI|VIRTIO_MMIO", "the monitor's devices", { moduleDoes: true }),
  need("required", "DEVTMPFS", "/dev of the guest"),
  need("required", "BINFMT_ELF", "programs"),
  need("wanted", "CGROUPS", "limits of the whole job instead of one process", {
    attempt: "cgroup2",
  }),
  need("wanted", "MEMCG", "memory of the whole job is limited and its peak known", {
    attempt: "cgroup memory",
  }),
  need("wanted", "CGROUP_PIDS", "processes of one job are limited exactly", {
    attempt: "cgroup pids",
  }),
  need("wanted", "CFS_BANDWIDTH", "a job's share of the processors", { attempt: "cgroup cpu" }),
  need("wanted", "SYSVIPC|POSIX_MQUEUE", "only so that programs that use them fail cleanly"),
  need("wanted", "BLK_DEV_INITRD", "the image as an initramfs"),
  need("wanted", "HW_RANDOM_VIRTIO", "fresh randomness after a restore", { moduleDoes: true }),
  need("wanted", "VMGENID", "randomness is renewed by itself after a restore", {
    moduleDoes: true,
  }),
  need("some machines", "EROFS_FS|SQUASHFS", "the image as a read-only disk", { moduleDoes: true }),
  need("some machines", "VIRTIO_BLK", "the image as a read-only disk", { moduleDoes: true }),
  need("some machines", "PVH", "Firecracker and Cloud Hypervisor start an uncompressed kernel"),
  need("some machines", "SERIAL_8250_CONSOLE|SERIAL_AMBA_PL011_CONSOLE", "messages on the console"),
  need("some machines", "VSOCKETS_LOOPBACK", "tests inside the guest", { moduleDoes: true }),
];
