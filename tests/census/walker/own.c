/* What this process is and has: descriptors, environment, ids, limits, mounts, namespaces, capabilities. */
#define _GNU_SOURCE
#include "walker.h"
#include <ctype.h>
#include <grp.h>
#include <sys/utsname.h>

extern char **environ;

/* Prints `what` and each line of a file, with runs of blanks as one. */
static void print_lines(const char *what, const char *path) {
  FILE *file = fopen(path, "re");
  char line[4096];
  while (file && fgets(line, sizeof line, file)) {
    char *to = line;
    for (char *at = line; *at; at++)
      if (!isspace(*at))
        *to++ = *at;
      else if (to > line && to[-1] != ' ')
        *to++ = ' ';
    while (to > line && to[-1] == ' ')
      to--;
    *to = 0;
    printf("%s %s\n", what, line);
  }
  if (file)
    fclose(file);
}

static void print_descriptors(void) {
  for (int fd = 0; fd < 4096; fd++) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0)
      continue;
    char path[64], target[4096];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(path, target, sizeof target - 1);
    target[length < 0 ? 0 : length] = 0;
    char *number = strrchr(target, '['); /* pipe:[1234]: an inode number */
    if (number && isdigit(number[1]))
      number[0] = 0;
    static const char *const modes[] = {"read", "write", "read and write", "path"};
    printf("descriptor %d %s %s%s\n", fd, target, modes[flags & O_ACCMODE], flags & O_NONBLOCK ? " nonblocking" : "");
  }
}

static void print_status(void) {
  static const char *const wanted[] = {"Groups", "Umask", "TracerPid", "CapInh", "CapPrm", "CapEff",    "CapBnd",
                                       "CapAmb", "SigBlk", "SigIgn",   "Seccomp", "NoNewPrivs", "Threads"};
  FILE *file = fopen("/proc/self/status", "re");
  char line[4096];
  while (file && fgets(line, sizeof line, file)) {
    char *value = strchr(line, ':');
    if (!value)
      continue;
    *value++ = 0;
    value += strspn(value, " \t");
    for (char *end = value + strlen(value); end > value && isspace(end[-1]);)
      *--end = 0;
    for (unsigned i = 0; i < sizeof wanted / sizeof *wanted; i++)
      if (!strcmp(line, wanted[i]))
        printf("status %s %s\n", line, *value ? value : "none");
  }
  if (file)
    fclose(file);
}

/* Mount points with their own flags. What is mounted there is told only where the sandbox made it. */
static void print_mounts(void) {
  FILE *file = fopen("/proc/self/mountinfo", "re");
  char line[4096], point[1024], flags[256], type[64], options[1024];
  while (file && fgets(line, sizeof line, file)) {
    char *rest = strstr(line, " - ");
    if (!rest || sscanf(line, "%*s %*s %*s %*s %1023s %255s", point, flags) != 2 ||
        sscanf(rest, " - %63s %*s %1023s", type, options) != 2)
      continue;
    /* How times of access are kept is the machine's own. */
    char *times = strstr(flags, "relatime") ?: strstr(flags, "noatime");
    if (times && times > flags)
      times[-1] = 0;
    int own = !strcmp(point, "/") || !strcmp(point, "/proc") || !strcmp(point, "/sandbox") || !strcmp(point, "/tmp");
    printf("mount %s %s%s%s%s%s\n", point, flags, own ? " " : "", own ? type : "", own ? " " : "", own ? options : "");
  }
  if (file)
    fclose(file);
}

static void print_namespace(const char *directory, const char *name) {
  (void)directory;
  printf("namespace %s can be named\n", name);
}

static int lines_of(const char *path) {
  FILE *file = fopen(path, "re");
  int count = 0;
  for (int c; file && (c = fgetc(file)) != EOF;)
    count += c == '\n';
  if (file)
    fclose(file);
  return count;
}

void print_own(void) {
  print_descriptors();
  for (char **variable = environ; *variable; variable++)
    printf("environment %s\n", *variable);
  uid_t uid[3];
  gid_t gid[3];
  if (!getresuid(uid, uid + 1, uid + 2) && !getresgid(gid, gid + 1, gid + 2))
    printf("ids uid %d %d %d gid %d %d %d\n", uid[0], uid[1], uid[2], gid[0], gid[1], gid[2]);
  print_status();
  print_lines("ids uid_map", "/proc/self/uid_map");
  print_lines("ids gid_map", "/proc/self/gid_map");
  print_lines("limit", "/proc/self/limits");
  print_lines("cgroup", "/proc/self/cgroup");
  print_mounts();
  list("/proc/self/ns", print_namespace);
  struct utsname name;
  if (!uname(&name))
    printf("name %s %s\n", name.nodename, name.domainname);
  char directory[4096];
  printf("directory of work %s\n", getcwd(directory, sizeof directory));
  /* The first line of each is its heading. */
  static const char *const objects[] = {"shm", "msg", "sem"};
  for (int i = 0; i < 3; i++) {
    char path[64];
    snprintf(path, sizeof path, "/proc/sysvipc/%s", objects[i]);
    int lines = lines_of(path);
    printf("System V objects in sight: %s %d\n", objects[i], lines > 0 ? lines - 1 : 0);
  }
  printf("keys in sight: %d\n", lines_of("/proc/keys"));
}
