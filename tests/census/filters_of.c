/* Prints the syscall filters that the kernel runs for a process, one a line, in hexadecimal, the newest first:
 * PTRACE_SECCOMP_GET_FILTER of ptrace(2). The process is stopped for as long as that takes.
 *
 * Exit status 0, or 1 with a line on stderr where the kernel does not tell. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#ifndef PTRACE_SECCOMP_GET_FILTER
#define PTRACE_SECCOMP_GET_FILTER 0x420c
#endif

static int fail(const char *what) {
  perror(what);
  return 1;
}

int main(int argc, char **argv) {
  static struct sock_filter program[BPF_MAXINSNS];
  pid_t pid = argc > 1 ? atoi(argv[1]) : 0;
  int status;
  if (ptrace(PTRACE_SEIZE, pid, 0, 0))
    return fail("seize");
  if (ptrace(PTRACE_INTERRUPT, pid, 0, 0) || waitpid(pid, &status, __WALL) != pid)
    return fail("stop");
  for (unsigned long index = 0;; index++) {
    long length = ptrace(PTRACE_SECCOMP_GET_FILTER, pid, index, program);
    if (length < 0)
      return errno == ENOENT || (errno == EINVAL && index > 0) ? 0 : fail("read the filter");
    const unsigned char *bytes = (const unsigned char *)program;
    for (unsigned long at = 0; at < length * sizeof *program; at++)
      printf("%02x", bytes[at]);
    putchar('\n');
  }
}
