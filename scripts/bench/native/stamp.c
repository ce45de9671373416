/* Looks at the clock before anything else, writes what it saw (struct timespec of CLOCK_MONOTONIC) and exits: so its
 * reader knows when its first instruction ran. Without libc, static, and by the system call itself, not the vDSO. */
static long call(long number, long a, long b, long c) {
#if defined(__x86_64__)
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
  return x0;
#endif
}

#if defined(__x86_64__)
enum { CLOCK_GETTIME = 228, WRITE = 1, EXIT_GROUP = 231 };
#elif defined(__aarch64__)
enum { CLOCK_GETTIME = 113, WRITE = 64, EXIT_GROUP = 94 };
#endif
enum { MONOTONIC = 1 };

void _start(void) {
  long stamp[2];
  call(CLOCK_GETTIME, MONOTONIC, (long)stamp, 0);
  long sent = call(WRITE, 1, (long)stamp, sizeof stamp);
  call(EXIT_GROUP, sent == sizeof stamp ? 0 : 1, 0, 0);
  __builtin_unreachable();
}
