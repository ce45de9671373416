// Nanoseconds of one syscall, made many times: under a filter that comes by stdin, or as the process is.
//
// filter_cost ROUNDS CALLS NAME: NAME is one of the calls below. Installs what stdin holds (struct sock_filter, 8
// bytes each; nothing: no filter) and prints one line for each round, the time of one call on average.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const struct {
  const char *name;
  long number, args[2];
} calls[] = {
    {"getppid", SYS_getppid, {0}},
    {"fcntl", SYS_fcntl, {1, F_GETFD}},
    {"prctl", SYS_prctl, {PR_GET_DUMPABLE}},
    {"clone3", SYS_clone3, {0}},
    {"mount", SYS_mount, {0}},
};

static double now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

int main(int argc, char **argv) {
  static struct sock_filter program[4096];
  if (argc != 4) return 2;
  size_t count = fread(program, sizeof *program, 4096, stdin);
  struct sock_fprog filter = {count, program};
  if (count > 0 && (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
                    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter))) {
    perror("install the filter");
    return 1;
  }
  long times = atol(argv[2]);
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    if (strcmp(calls[i].name, argv[3]) != 0) continue;
    for (long round = atol(argv[1]); round > 0; round--) {
      double start = now_ns();
      for (long n = 0; n < times; n++) syscall(calls[i].number, calls[i].args[0], calls[i].args[1], 0, 0, 0, 0);
      printf("%.2f\n", (now_ns() - start) / times);
    }
    return 0;
  }
  return 2;
}
