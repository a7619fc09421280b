/* What programs for POSIX expect and WASI's C library does not declare. Included before every source of the core
 * tap's C programs; `compat.c` has the functions. Whatever would need another user, another process or permission
 * bits does nothing and says so in the way of its own manual page. */
#ifndef BERTH_COMPAT_H
#define BERTH_COMPAT_H

#ifndef __BEGIN_DECLS
#define __BEGIN_DECLS
#define __END_DECLS
#endif

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#ifndef L_tmpnam
#define L_tmpnam 20
#endif

/* The C library has these, and they fail. What is made here is readable and writable, and stays so. */
#define chmod(path, mode) compat_chmod(path, mode)
#define fchmod(fd, mode) compat_fchmod(fd, mode)

int compat_chmod(const char *path, mode_t mode);
int compat_fchmod(int fd, mode_t mode);
int mkstemp(char *template);
FILE *tmpfile(void);
char *tmpnam(char *buffer);
mode_t umask(mode_t mask);
int chown(const char *path, uid_t user, gid_t group);
int fchown(int fd, uid_t user, gid_t group);
int lchown(const char *path, uid_t user, gid_t group);
uid_t getuid(void);
uid_t geteuid(void);
gid_t getgid(void);
gid_t getegid(void);
int system(const char *command);
FILE *popen(const char *command, const char *mode);
int pclose(FILE *stream);

#endif
