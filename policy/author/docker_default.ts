// The syscalls of x86_64 that Docker's default seccomp profile does not allow, as names.
//
// Read from moby/moby, profiles/seccomp/default.json (as of 2023, commit 00f3d189), for a container
// without added capabilities; calls that it allows for some arguments count as allowed. Kept as
// what is left out, because that is the shorter list.

const LEFT_OUT = `
  _sysctl acct add_key afs_syscall bpf cachestat chroot clock_settime clone3 create_module
  delete_module fanotify_init fchmodat2 file_getattr file_setattr finit_module fsconfig fsmount
  fsopen fspick futex_requeue futex_wait futex_wake get_kernel_syms get_mempolicy getpmsg
  getxattrat init_module ioperm iopl kcmp kexec_file_load kexec_load keyctl listmount
  listxattrat lookup_dcookie lsm_get_self_attr lsm_list_modules lsm_set_self_attr
  map_shadow_stack mbind migrate_pages mount mount_setattr move_mount move_pages mseal
  nfsservctl open_by_handle_at open_tree open_tree_attr perf_event_open pidfd_getfd pivot_root
  process_madvise putpmsg query_module quotactl quotactl_fd reboot removexattrat request_key
  security set_mempolicy set_mempolicy_home_node setdomainname sethostname setns settimeofday
  setxattrat statmount swapoff swapon sysfs syslog tuxcall umount2 unshare uprobe uretprobe
  uselib userfaultfd ustat vhangup vserver
`;

/** Names of syscalls. */
export const DOCKER_LEAVES_OUT: ReadonlySet<string> = new Set(LEFT_OUT.trim().split(/\s+/));
