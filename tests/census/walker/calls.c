/* Makes every syscall number twice, with all bits set and with no bit set in each argument: values with which a call
 * that is allowed fails, or does nothing. Prints both answers; what they mean is decided outside. */
#define _GNU_SOURCE
#include "walker.h"
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#define NUMBERS 480
#define PATTERNS 2

/* What stands for a call that did not return. */
#define NOT_TRIED 1
#define NO_RETURN 2

static long raw(long number, long argument) {
#if defined(__x86_64__)
  register long r10 __asm__("r10") = argument;
  register long r8 __asm__("r8") = argument;
  register long r9 __asm__("r9") = argument;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(argument), "S"(argument), "d"(argument), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = argument;
  register long x1 __asm__("x1") = argument;
  register long x2 __asm__("x2") = argument;
  register long x3 __asm__("x3") = argument;
  register long x4 __asm__("x4") = argument;
  register long x5 __asm__("x5") = argument;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
#endif
}

/* x86_64's uretprobe and uprobe: no filter sees them from Linux 6.14 on, and outside of the kernel's own trampoline
 * they end the caller. */
static int left_out(int number) {
#if defined(__x86_64__)
  return number == 335 || number == 336;
#else
  return 0;
#endif
}

/* Goes on from `at` until a call does not return: it ended the caller, or waits. */
static void make_calls(volatile int *answers, volatile int *at) {
  long me = raw(SYS_getpid, 0);
  while (*at < NUMBERS * PATTERNS) {
    int index = *at;
    if (!left_out(index / PATTERNS)) {
      answers[index] = NO_RETURN;
      long result = raw(index / PATTERNS, index % PATTERNS ? 0 : -1);
      if (raw(SYS_getpid, 0) != me)
        raw(SYS_exit_group, 0); /* a child that the call made */
      answers[index] = result < 0 ? (int)result : 0;
    }
    *at = index + 1;
  }
  raw(SYS_exit_group, 0);
}

static void woken(int number) {
  (void)number;
}

/* Waits for the child's end, and ends it where it has made no progress for a while. A signal soon interrupts a call
 * that waits by itself; one that waits for the agent's answer begins anew (SA_RESTART), and is given its time. */
static void watch(pid_t child, volatile int *at) {
  const struct timespec moment = {.tv_nsec = 1000000};
  int status, last = -1;
  for (int still = 0; still < 5000; still++) {
    if (waitpid(child, &status, WNOHANG) == child)
      return;
    if (*at != last)
      still = 0;
    last = *at;
    if (still % 20 == 19)
      kill(child, SIGUSR1);
    nanosleep(&moment, NULL);
  }
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
}

void print_calls(void) {
  size_t size = (NUMBERS * PATTERNS + 1) * sizeof(int);
  volatile int *answers = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (answers == MAP_FAILED)
    exit(1);
  volatile int *at = answers + NUMBERS * PATTERNS;
  sigaction(SIGUSR1, &(struct sigaction){.sa_handler = woken, .sa_flags = SA_RESTART}, NULL);
  for (int index = 0; index < NUMBERS * PATTERNS; index++)
    answers[index] = NOT_TRIED;
  while (*at < NUMBERS * PATTERNS) {
    pid_t child = fork();
    if (child < 0)
      exit(1);
    if (child == 0)
      make_calls(answers, at);
    watch(child, at);
    if (*at < NUMBERS * PATTERNS)
      ++*at; /* past the call that did not return */
  }
  for (int number = 0; number < NUMBERS; number++)
    if (answers[number * PATTERNS] != NOT_TRIED)
      printf("call %d %d %d\n", number, answers[number * PATTERNS], answers[number * PATTERNS + 1]);
}
