/* Sockets by family and type that can be made, what they reach, and which processes can be signalled. */
#define _GNU_SOURCE
#include "walker.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

static const char *const families[46] = {
    [0] = "unspec", [1] = "unix", [2] = "inet", [10] = "inet6", [15] = "key", [16] = "netlink", [17] = "packet",
    [21] = "rds",   [29] = "can", [31] = "bluetooth", [38] = "alg", [40] = "vsock", [44] = "xdp"};
static const char *const types[] = {"", "stream", "dgram", "raw", "rdm", "seqpacket"};

static const char *answer(int result) {
  return result >= 0 ? "yes" : strerrorname_np(errno) ?: "an error";
}

static void print_sockets(void) {
  for (int family = 0; family < 46; family++) {
    for (int type = SOCK_STREAM; type <= SOCK_SEQPACKET; type++) {
      if (type == SOCK_RDM)
        continue;
      int fd = socket(family, type, 0);
      /* EPERM is the filter's usual answer, and is not told. */
      if (fd < 0 && errno == EPERM)
        continue;
      char number[16];
      snprintf(number, sizeof number, "%d", family);
      printf("socket %s %s: %s\n", families[family] ?: number, types[type], answer(fd));
      if (fd >= 0)
        close(fd);
    }
  }
  for (int type = SOCK_STREAM; type <= SOCK_SEQPACKET; type++) {
    int fds[2];
    if (type != SOCK_RDM && socketpair(AF_UNIX, type, 0, fds) == 0)
      printf("socketpair unix %s: yes\n", types[type]);
  }
}

static void try_inet(int family, const char *address) {
  struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(9)};
  struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(9)};
  inet_pton(family, address, family == AF_INET ? (void *)&four.sin_addr : (void *)&six.sin6_addr);
  int fd = socket(family, SOCK_STREAM, 0);
  if (fd < 0)
    return;
  int result = family == AF_INET ? connect(fd, (void *)&four, sizeof four) : connect(fd, (void *)&six, sizeof six);
  printf("connect %s: %s\n", address, answer(result));
  close(fd);
}

/* Named Unix sockets that the kernel shows: those of this network namespace. */
static void print_unix_names(void) {
  FILE *file = fopen("/proc/self/net/unix", "re");
  char line[512], name[256];
  while (file && fgets(line, sizeof line, file))
    if (sscanf(line, "%*s %*s %*s %*s %*s %*s %*s %255s", name) == 1 && strcmp(name, "Path"))
      printf("socket in sight: %s\n", name);
  if (file)
    fclose(file);
}

static void print_interfaces(void) {
  FILE *file = fopen("/proc/self/net/dev", "re");
  char line[512], name[64];
  while (file && fgets(line, sizeof line, file))
    if (strchr(line, ':') && sscanf(line, " %63[^:]:", name) == 1)
      printf("interface %s\n", name);
  if (file)
    fclose(file);
}

static void print_signals(void) {
  static const struct {
    const char *name;
    pid_t pid;
  } targets[] = {{"the keeper", 1}, {"the runner", 2}, {"its own group", 0}, {"everything", -1}};
  for (unsigned i = 0; i < sizeof targets / sizeof *targets; i++)
    printf("signal to %s: %s\n", targets[i].name, answer(kill(targets[i].pid, SIGCONT)));
  for (int number = 1; number <= 64; number++)
    if (kill(getpid(), 0) == 0 && sigaction(number, &(struct sigaction){.sa_handler = SIG_IGN}, NULL) == 0 &&
        kill(getpid(), number) != 0)
      printf("signal %d to itself: %s\n", number, answer(-1));
  printf("signal to itself: %s\n", answer(kill(getpid(), 0)));
}

void print_reach(void) {
  print_sockets();
  try_inet(AF_INET, "127.0.0.1");
  try_inet(AF_INET, "10.0.0.1");
  try_inet(AF_INET6, "2001:db8::1");
  print_unix_names();
  print_interfaces();
  print_signals();
}
