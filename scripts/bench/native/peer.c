/* The peers that are C: processes started and waited for, and a socket that answers each line.
 *   peer spawn COUNT PAUSE_US PROGRAM ARGS...   posix_spawn + waitpid, nanoseconds of each on a line
 *   peer namespaces COUNT PAUSE_US              fork into six new namespaces, exit, wait
 *   peer echo PATH                              Unix socket: one short answer to every line, by epoll
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

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int fail(const char *what) {
  perror(what);
  return 1;
}

static int spawn_all(int count, int pause_us, char **argv) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  for (int i = 0; i < count; i++) {
    pid_t pid;
    int status, error;
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
    printf("%lld\n", end - start);
  }
  return 0;
}

static int namespaces(int count, int pause_us) {
  unsigned long flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | SIGCHLD;
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

static int echo(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  struct epoll_event event = {.events = EPOLLIN};
  static char buffer[1 << 17];
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  int listener = socket(AF_UNIX, SOCK_STREAM, 0), loop = epoll_create1(0);
  if (bind(listener, (void *)&address, sizeof address) < 0 || listen(listener, 1) < 0) return fail("bind");
  puts("listening");
  fflush(stdout);
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

int main(int argc, char **argv) {
  if (argc > 4 && strcmp(argv[1], "spawn") == 0) return spawn_all(atoi(argv[2]), atoi(argv[3]), argv + 4);
  if (argc > 3 && strcmp(argv[1], "namespaces") == 0) return namespaces(atoi(argv[2]), atoi(argv[3]));
  if (argc > 2 && strcmp(argv[1], "echo") == 0) return echo(argv[2]);
  return 2;
}
