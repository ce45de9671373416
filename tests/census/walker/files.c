/* Files by name, kind, mode, and as what they open. The image's own trees, which differ from machine to machine, are
 * told by the kinds of what they hold. */
#define _GNU_SOURCE
#include "walker.h"
#include <fnmatch.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

static char **tree_roots;

/* What a tree holds: a bit for each kind that was met. */
enum { DIRECTORIES, HIDDEN, LINKS, READABLE, UNREADABLE, WRITABLE, SETUID, SETGID, CHARS, BLOCKS, FIFOS, SOCKETS, KINDS };
static const char *const kind_names[KINDS] = {
    "directories", "directories that cannot be listed", "links", "files that can be read", "files that cannot be read",
    "files or directories that can be written", "set-user-ID programs", "set-group-ID programs", "character devices",
    "block devices", "FIFOs", "sockets"};
static int held[KINDS];

static void tally(const char *directory, const char *name) {
  char path[4096];
  struct stat info;
  if (snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path || lstat(path, &info))
    return;
  if (S_ISLNK(info.st_mode)) {
    held[LINKS] = 1;
    return;
  }
  if (!access(path, W_OK))
    held[WRITABLE] = 1;
  if (S_ISDIR(info.st_mode)) {
    held[DIRECTORIES] = 1;
    if (!list(path, tally))
      held[HIDDEN] = 1;
  } else if (S_ISREG(info.st_mode)) {
    held[access(path, R_OK) ? UNREADABLE : READABLE] = 1;
    if (info.st_mode & S_ISUID)
      held[SETUID] = 1;
    if (info.st_mode & S_ISGID)
      held[SETGID] = 1;
  } else {
    held[S_ISCHR(info.st_mode) ? CHARS : S_ISBLK(info.st_mode) ? BLOCKS : S_ISFIFO(info.st_mode) ? FIFOS : SOCKETS] = 1;
  }
}

static void print_tree(const char *path) {
  memset(held, 0, sizeof held);
  if (!list(path, tally))
    held[HIDDEN] = 1;
  for (int kind = 0; kind < KINDS; kind++)
    if (held[kind])
      printf("tree %s holds %s\n", path, kind_names[kind]);
}

static int is_tree(const char *path) {
  for (char **tree = tree_roots; *tree; tree++)
    if (!fnmatch(*tree, path, FNM_PATHNAME))
      return 1;
  return 0;
}

static void print_entry(const char *directory, const char *name) {
  char path[4096], target[4096];
  struct stat info;
  snprintf(path, sizeof path, "%s/%s", strcmp(directory, "/") ? directory : "", name);
  if (!strcmp(path, "/proc"))
    return;
  if (lstat(path, &info)) {
    printf("hidden %s\n", path);
    return;
  }
  unsigned mode = info.st_mode & 07777;
  if (S_ISLNK(info.st_mode)) {
    ssize_t length = readlink(path, target, sizeof target - 1);
    target[length < 0 ? 0 : length] = 0;
    printf("link %s -> %s\n", path, target);
  } else if (S_ISDIR(info.st_mode)) {
    printf("directory %s %04o%s\n", path, mode, access(path, W_OK) ? "" : " files can be made");
    if (is_tree(path))
      print_tree(path);
    else if (!list(path, print_entry))
      printf("directory %s cannot be listed\n", path);
  } else if (S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode)) {
    printf("%s device %s %u:%u %04o opens %s\n", S_ISCHR(info.st_mode) ? "character" : "block", path,
           major(info.st_rdev), minor(info.st_rdev), mode, opens_as(path));
  } else {
    printf("%s %s %04o opens %s\n", S_ISREG(info.st_mode) ? "file" : S_ISFIFO(info.st_mode) ? "FIFO" : "socket", path,
           mode, opens_as(path));
  }
}

void print_files(char **trees) {
  tree_roots = trees;
  list("/", print_entry);
}
