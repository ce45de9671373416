/* The peers that are C: processes started and waited for, and a socket that answers each line.
 *   peer spawn COUNT PAUSE_US FILE PROGRAM ARGS...   posix_spawn + waitpid, nanoseconds of each on a line
 *   peer stamp COUNT PAUSE_US FILE PROGRAM ARGS...   the same, to the program's stamp, and from there to its end
 *   peer feed INPUT LIMIT_MS FILE PROGRAM ARGS...    one start with INPUT as its stdin, killed after LIMIT_MS; its
 *                                                    nanoseconds and wait status on stderr
 *   peer namespaces COUNT PAUSE_US [FLAGS]           fork into six new namespaces, or those of FLAGS (clone(2), a
 *                                                    number), exit, wait
 *   peer echo PATH                                   Unix socket: one short answer to every line, by epoll
 *   peer greet PATH COUNT                            Unix socket: one line to each client, by epoll
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static long long nanoseconds(struct timespec t) {
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return nanoseconds(t);
}

static int fail(const char *what) {
  perror(what);
  return 1;
}

/* Starts argv COUNT times. `file`, unless "-", is descriptor 5 of each: opened anew, for who reads it to its end. With
 * `stamped`, the program writes a struct timespec as its first act: the time is split there. */
static int spawn_all(int count, int pause_us, const char *file, char **argv, int stamped) {
  int out[2] = {-1, -1};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  if (!stamped) posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  else if (pipe2(out, O_CLOEXEC) < 0) return fail("pipe2");
  else posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  if (strcmp(file, "-") != 0) posix_spawn_file_actions_addopen(&actions, 5, file, O_RDONLY, 0);
  for (int i = 0; i < count; i++) {
    pid_t pid;
    int status, error;
    struct timespec stamp;
    if (pause_us > 0) usleep(pause_us);
    long long start = now();
    if ((error = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ)) != 0) {
      fprintf(stderr, "posix_spawn: %s\n", strerror(error));
      return 1;
    }
    if (waitpid(pid, &status, 0) != pid) return fail("waitpid");
    long long end = now();
    if (status != 0) {
      fprintf(stderr, "%s: wait status %d\n", argv[0], status);
      return 1;
    }
    if (!stamped) {
      printf("%lld\n", end - start);
      continue;
    }
    if (read(out[0], &stamp, sizeof stamp) != sizeof stamp) return fail("read the stamp");
    printf("%lld %lld\n", nanoseconds(stamp) - start, end - nanoseconds(stamp));
  }
  return 0;
}

/* Starts argv once; its output is this program's own. */
static int feed(const char *input, int limit_ms, const char *file, char **argv) {
  struct timespec limit = {limit_ms / 1000, limit_ms % 1000 * 1000000L};
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t child, none;
  pid_t pid;
  int status, error;
  sigemptyset(&none);
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &child, NULL);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  if (strcmp(file, "-") != 0) posix_spawn_file_actions_addopen(&actions, 5, file, O_RDONLY, 0);
  long long start = now();
  if ((error = posix_spawn(&pid, argv[0], &actions, &attributes, argv, environ)) != 0) {
    fprintf(stderr, "posix_spawn: %s\n", strerror(error));
    return 1;
  }
  if (sigtimedwait(&child, NULL, &limit) < 0) kill(pid, SIGKILL);
  if (waitpid(pid, &status, 0) != pid) return fail("waitpid");
  fprintf(stderr, "%lld %d\n", now() - start, status);
  return 0;
}

static int namespaces(int count, int pause_us, unsigned long flags) {
  flags |= SIGCHLD;
  for (int i = 0; i < count; i++) {
    if (pause_us > 0) usleep(pause_us);
    long long start = now();
    long pid = syscall(SYS_clone, flags, 0, 0, 0, 0);
    if (pid < 0) return fail("clone");
    if (pid == 0) _exit(0);
    waitpid(pid, NULL, 0);
    printf("%lld\n", now() - start);
  }
  return 0;
}

static int listen_at(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(listener, (void *)&address, sizeof address) < 0 || listen(listener, 8) < 0) return -1;
  puts("listening");
  fflush(stdout);
  return listener;
}

static int echo(const char *path) {
  struct epoll_event event = {.events = EPOLLIN};
  static char buffer[1 << 17];
  int listener = listen_at(path), loop = epoll_create1(0);
  if (listener < 0) return fail("listen");
  int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
  epoll_ctl(loop, EPOLL_CTL_ADD, client, &event);
  for (;;) {
    epoll_wait(loop, &event, 1, -1);
    for (;;) {
      ssize_t count = read(client, buffer, sizeof buffer);
      if (count == 0) return 0;
      if (count < 0) break;
      if (memchr(buffer, '\n', count) != NULL) write(client, "{\"type\":\"ack\"}\n", 15);
    }
  }
}

static int greet(const char *path, int count) {
  struct epoll_event event = {.events = EPOLLIN};
  int listener = listen_at(path), loop = epoll_create1(0);
  if (listener < 0) return fail("listen");
  epoll_ctl(loop, EPOLL_CTL_ADD, listener, &event);
  while (count-- > 0) {
    epoll_wait(loop, &event, 1, -1);
    int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (client < 0) return fail("accept4");
    write(client, "{\"type\":\"ready\"}\n", 17);
    close(client);
  }
  return 0;
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "";
  int count = argc > 2 ? atoi(argv[2]) : 0, pause_us = argc > 3 ? atoi(argv[3]) : 0;
  if (argc > 5 && strcmp(mode, "spawn") == 0) return spawn_all(count, pause_us, argv[4], argv + 5, 0);
  if (argc > 5 && strcmp(mode, "stamp") == 0) return spawn_all(count, pause_us, argv[4], argv + 5, 1);
  if (argc > 5 && strcmp(mode, "feed") == 0) return feed(argv[2], atoi(argv[3]), argv[4], argv + 5);
  if (argc > 3 && strcmp(mode, "namespaces") == 0) {
    unsigned long all = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
    return namespaces(count, pause_us, argc > 4 ? strtoul(argv[4], NULL, 0) : all);
  }
  if (argc > 2 && strcmp(mode, "echo") == 0) return echo(argv[2]);
  if (argc > 3 && strcmp(mode, "greet") == 0) return greet(argv[2], atoi(argv[3]));
  return 2;
}
