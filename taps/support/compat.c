/* The functions of compat.h. A session has one user, `work`, number 1000; see /etc/passwd there. */
#include "compat.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define USER 1000
#define TRIES 64

static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";

int mkstemp(char *template)
{
	size_t length = strlen(template);
	if (length < 6 || strcmp(template + length - 6, "XXXXXX") != 0) {
		errno = EINVAL;
		return -1;
	}
	for (int try = 0; try < TRIES; try++) {
		uint8_t random[6];
		if (getentropy(random, sizeof random) != 0)
			return -1;
		for (int at = 0; at < 6; at++)
			template[length - 6 + at] = letters[random[at] % (sizeof letters - 1)];
		int fd = open(template, O_RDWR | O_CREAT | O_EXCL, 0600);
		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}

FILE *tmpfile(void)
{
	char path[] = "/tmp/tmpfile-XXXXXX";
	int fd = mkstemp(path);
	if (fd < 0)
		return NULL;
	unlink(path);
	return fdopen(fd, "w+");
}

char *tmpnam(char *buffer)
{
	static char own[] = "/tmp/tmpnam-XXXXXX";
	char *name = buffer ? buffer : own;
	strcpy(name, "/tmp/tmpnam-XXXXXX");
	int fd = mkstemp(name);
	if (fd < 0)
		return NULL;
	close(fd);
	unlink(name);
	return name;
}

mode_t umask(mode_t mask)
{
	(void)mask;
	return 022;
}

int compat_chmod(const char *path, mode_t mode)
{
	(void)mode;
	return access(path, F_OK);
}

int compat_fchmod(int fd, mode_t mode)
{
	struct stat found;
	(void)mode;
	return fstat(fd, &found);
}

/* A file's user is 1000, or 0 where WASI's stat, which has no users, says nothing. */
static int own(uid_t user, gid_t group)
{
	int our_user = user == USER || user == 0 || user == (uid_t)-1;
	int our_group = group == USER || group == 0 || group == (gid_t)-1;
	if (our_user && our_group)
		return 0;
	errno = EPERM;
	return -1;
}

int chown(const char *path, uid_t user, gid_t group)
{
	(void)path;
	return own(user, group);
}

int fchown(int fd, uid_t user, gid_t group)
{
	(void)fd;
	return own(user, group);
}

int lchown(const char *path, uid_t user, gid_t group)
{
	(void)path;
	return own(user, group);
}

uid_t getuid(void) { return USER; }
uid_t geteuid(void) { return USER; }
gid_t getgid(void) { return USER; }
gid_t getegid(void) { return USER; }

struct passwd *getpwuid(uid_t user)
{
	static struct passwd work;
	(void)user;
	work.pw_name = "work";
	work.pw_dir = "/home/work";
	work.pw_shell = "/usr/bin/bash";
	work.pw_uid = USER;
	work.pw_gid = USER;
	return &work;
}

struct group *getgrgid(gid_t group)
{
	static struct group work;
	static char *none[] = {NULL};
	(void)group;
	work.gr_name = "work";
	work.gr_gid = USER;
	work.gr_mem = none;
	return &work;
}

/* No C program starts another one here. */
int system(const char *command)
{
	if (command == NULL)
		return 0;
	errno = ENOSYS;
	return -1;
}

FILE *popen(const char *command, const char *mode)
{
	(void)command;
	(void)mode;
	errno = ENOSYS;
	return NULL;
}

int pclose(FILE *stream)
{
	(void)stream;
	errno = ECHILD;
	return -1;
}
