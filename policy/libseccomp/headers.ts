// The few C headers that stand between libseccomp and a machine without a kernel.
//
// libseccomp is written for Linux, the compiler's target is WASI. These headers give it Linux's
// errno numbers, so that the module's results mean what the manual pages say, and declare the calls
// that WASI does not have. Everything declared here and not in wasi-libc becomes an import of the
// module, answered in host.ts. No file of libseccomp is changed.

/** Path below the include directory -> content. */
export const HEADERS: Readonly<Record<string, string>> = {
  "configure.h": "",
  // linux/audit.h brings the EM_ constants that libseccomp expects from here.
  "elf.h": "",
  "errno.h": `#pragma once
#include <asm/errno.h>
extern _Thread_local int errno;
#define errno errno
`,
  "sys/prctl.h": `#pragma once
#include <linux/prctl.h>
int prctl(int option, ...);
long syscall(long number, ...);
int host_dup(int fd);
`,
  "sys/ioctl.h": `#pragma once
#include <asm/ioctl.h>
int ioctl(int fd, unsigned long request, ...);
`,
};

/** C functions that are renamed while compiling, so that they reach the host and not wasi-libc. */
export const RENAMED: readonly string[] = [
  "write",
  "dup",
  "close",
  "fdopen",
  "fflush",
  "fclose",
  "fprintf",
  "__assert_fail",
];
