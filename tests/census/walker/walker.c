/* Walks everything that a job can reach, and prints it: the census. One word chooses the part, so that the calls that
 * are refused and counted stay below what one run may have: "files [TREE...]", "proc", "own", "reach" or "calls". */
#include "walker.h"
#include <dirent.h>

const char *opens_as(const char *path) {
  static const int flags[] = {O_RDONLY, O_WRONLY};
  static const char *words[] = {"-", "r", "w", "rw"};
  int found = 0;
  for (int i = 0; i < 2; i++) {
    int fd = open(path, flags[i] | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
      continue;
    /* Some files of /proc open for anybody, and refuse to be read. */
    char byte;
    if (i == 1 || read(fd, &byte, 1) >= 0 || errno == EAGAIN || errno == EISDIR || errno == EIO)
      found |= 1 << i;
    close(fd);
  }
  return words[found];
}

int list(const char *path, void (*each)(const char *, const char *)) {
  DIR *directory = opendir(path);
  if (!directory)
    return 0;
  for (struct dirent *entry; (entry = readdir(directory));)
    if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
      each(path, entry->d_name);
  closedir(directory);
  return 1;
}

int main(int argc, char **argv) {
  const char *part = argc > 1 ? argv[1] : "";
  if (!strcmp(part, "files"))
    print_files(argv + 2);
  else if (!strcmp(part, "proc"))
    print_proc();
  else if (!strcmp(part, "own"))
    print_own();
  else if (!strcmp(part, "reach"))
    print_reach();
  else if (!strcmp(part, "calls"))
    print_calls();
  else
    return 2;
  /* A census that was cut short must not pass for a whole one. */
  puts("end");
  return fflush(stdout) ? 1 : 0;
}
