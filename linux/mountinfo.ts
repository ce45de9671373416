// Reads /proc/PID/mountinfo (proc_pid_mountinfo(5)). Pure: a text in, an answer out.

/** Whether the root is the kernel's rootfs. The file system type follows the " - ". */
export function rootIsRootfs(mountInfo: string): boolean {
  const roots = mountInfo.split("\n").filter((line) => line.split(" ")[4] === "/");
  return roots.length > 0 && roots.every((line) => / - rootfs /.test(line));
}
