/* What the parts of the walker share: each prints one finding a line, without numbers that change from run to run. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* files.c: everything below "/" but /proc, by name; a directory in `trees` by what it holds alone. */
void print_files(char **trees);
/* proc.c: what /proc answers. */
void print_proc(void);
/* own.c: descriptors, environment, ids, limits, mounts and namespaces of this process. */
void print_own(void);
/* reach.c: sockets that can be made and reached, processes that can be signalled. */
void print_reach(void);
/* calls.c: what each syscall number answers. */
void print_calls(void);

/* "r", "w", "rw" or "-": as what the file opens, tried. Nothing is written, made or cut. */
const char *opens_as(const char *path);
/* Calls `each` for every name in a directory; false if it cannot be listed. */
int list(const char *path, void (*each)(const char *directory, const char *name));
