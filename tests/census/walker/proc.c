/* What /proc answers: by name where there are few, by directory where the kernel has hundreds, and every file there
 * that opens for writing. */
#define _GNU_SOURCE
#include "walker.h"
#include <ctype.h>

/* Below this many, files of a directory are told by name. */
#define FEW 16

static const char *prefix; /* what stands in a line for the directory that is walked */
static size_t skipped;     /* length of the directory's own path */
static int readable, named;

static int is_number(const char *name) {
  return name[strspn(name, "0123456789")] == 0;
}

/* Goes down a directory: first counts the files that can be read, then prints them or the writable ones. */
static void each_below(const char *directory, const char *name) {
  char path[4096];
  struct stat info;
  if (snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path || lstat(path, &info))
    return;
  if (S_ISDIR(info.st_mode)) {
    list(path, each_below);
    return;
  }
  if (!S_ISREG(info.st_mode))
    return;
  const char *as = opens_as(path);
  if (*as == 'r')
    readable++;
  if (named ? *as != '-' : strchr(as, 'w') != NULL)
    printf("proc %s%s opens %s\n", prefix, path + skipped, as);
}

static void print_below(const char *path, const char *shown) {
  prefix = shown;
  skipped = strlen(path);
  readable = 0;
  named = 0;
  list(path, each_below);
  if (readable > FEW) {
    printf("proc %s/ holds files that can be read\n", shown);
  } else if (readable > 0) {
    named = 1;
    list(path, each_below);
  }
}

static void second_level(const char *directory, const char *name) {
  char path[4096];
  struct stat info;
  snprintf(path, sizeof path, "%s/%s", directory, name);
  if (lstat(path, &info) == 0 && S_ISDIR(info.st_mode))
    print_below(path, path + strlen("/proc/"));
}

/* A file that opens for nothing is not reached, and has no line. */
static void print_opened(const char *shown, const char *path) {
  const char *as = opens_as(path);
  if (*as != '-')
    printf("proc %s opens %s\n", shown, as);
}

/* What kernels have in /proc beside processes. A name can be there without being listed. */
static const char *const names[] = {
    "acpi", "allocinfo", "asound", "buddyinfo", "bus", "cgroups", "cmdline", "config.gz", "consoles", "cpuinfo",
    "crypto", "devices", "diskstats", "dma", "driver", "dynamic_debug", "execdomains", "fb", "filesystems", "fs",
    "ide", "interrupts", "iomem", "ioports", "irq", "kallsyms", "kcore", "key-users", "keys", "kmsg", "kpagecgroup",
    "kpagecount", "kpageflags", "loadavg", "locks", "mdstat", "meminfo", "misc", "modules", "mounts", "mpt", "mtrr",
    "net", "pagetypeinfo", "partitions", "pressure", "sched_debug", "schedstat", "scsi", "self", "slabinfo",
    "softirqs", "stat", "swaps", "sys", "sysrq-trigger", "sysvipc", "thread-self", "timer_list", "tty", "uptime",
    "version", "vmallocinfo", "vmstat", "zoneinfo"};
#define NAMES (sizeof names / sizeof *names)
static int listed[NAMES];

static void top(const char *directory, const char *name) {
  char path[4096];
  struct stat info;
  for (size_t i = 0; i < NAMES; i++)
    listed[i] |= !strcmp(name, names[i]);
  snprintf(path, sizeof path, "%s/%s", directory, name);
  if (is_number(name)) {
    /* In this sandbox 1 is the keeper and 2 the runner. */
    if (atoi(name) != getpid())
      printf("process %s is in sight\n", atoi(name) == 1 ? "keeper" : atoi(name) == 2 ? "runner" : "of another");
    return;
  }
  if (lstat(path, &info) || S_ISLNK(info.st_mode)) {
    printf("proc %s is a link\n", name);
  } else if (S_ISDIR(info.st_mode)) {
    printf("proc %s/\n", name);
    /* What other directories hold (interrupts, devices, file systems) is the machine's own. */
    if (!strcmp(name, "sys"))
      list(path, second_level);
    else
      print_below(path, name);
  } else {
    print_opened(name, path);
  }
}

/* Files of one process by name; its directories by name alone: what is in them is this program's own. */
static const char *owner;
static void of_process(const char *directory, const char *name) {
  char path[4096];
  struct stat info;
  snprintf(path, sizeof path, "%s/%s", directory, name);
  char shown[512];
  snprintf(shown, sizeof shown, "%s/%s", owner, name);
  if (lstat(path, &info) == 0 && S_ISREG(info.st_mode))
    print_opened(shown, path);
  else
    printf("proc %s\n", shown);
}

void print_proc(void) {
  list("/proc", top);
  for (size_t i = 0; i < NAMES; i++) {
    char path[64];
    struct stat info;
    snprintf(path, sizeof path, "/proc/%s", names[i]);
    if (!listed[i] && lstat(path, &info) == 0)
      top("/proc", names[i]);
  }
  static const char *const owners[][2] = {{"/proc/self", "self"}, {"/proc/1", "keeper"}, {"/proc/2", "runner"}};
  for (int i = 0; i < 3; i++) {
    owner = owners[i][1];
    if (!list(owners[i][0], of_process))
      printf("proc %s/ is hidden\n", owner);
  }
  print_below("/proc/self/net", "self/net");
  print_below("/proc/self/attr", "self/attr");
}
