"""Users and modes: what WASI leaves out of `os`."""

import os

from .door import call, process, terminal, number

USER = 1000


def _umask(mask, /):
    return process.umask(mask)


def _terminal_size(fd=1, /):
    rows, columns = call(terminal.get_size, number(fd))
    return os.terminal_size((columns, rows))


_access = os.access


def _read_only(path):
    """Whether what is mounted there is mounted to be read."""
    path, longest, answer = os.path.realpath(path), -1, False
    with open("/proc/mounts", encoding="utf-8", errors="surrogateescape") as mounts:
        for line in mounts:
            _source, point, _kind, settings, *_ = line.split(" ")
            point = point.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
            inside = path == point or path.startswith(point.rstrip("/") + "/")
            if inside and len(point) > longest:
                longest, answer = len(point), "ro" in settings.split(",")
    return answer


def access(path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True):
    if not _access(path, mode):
        return False
    if mode & os.W_OK == 0 or isinstance(path, int):
        return True
    try:
        return not _read_only(os.fspath(path))
    except OSError:
        return True


_stat, _lstat, _fstat = os.stat, os.lstat, os.fstat
READ = 0o444
READ_WRITE = 0o666


def _owned(found, mode=None):
    """What the C library found, with the owner that it does not know, and permission bits."""
    kind, (fields, rest) = found.__reduce__()
    first = fields[0] if mode is None else fields[0] & ~0o7777 | mode
    return kind((first, *fields[1:4], USER, USER, *fields[6:]), rest)


def _with_mode(found, path, follow):
    errno, mode = process.mode(os.fsencode(path), follow)
    return _owned(found, None if errno else mode)


def fstat(fd):
    return _owned(_fstat(fd))


def stat(path, *, dir_fd=None, follow_symlinks=True):
    found = _stat(path, dir_fd=dir_fd, follow_symlinks=follow_symlinks)
    if isinstance(path, int) or dir_fd is not None:
        return _owned(found)
    return _with_mode(found, path, follow_symlinks)


def lstat(path, *, dir_fd=None):
    return stat(path, dir_fd=dir_fd, follow_symlinks=False)


def chmod(path, mode, *, dir_fd=None, follow_symlinks=True):
    """By path; what is named by a descriptor stays as it is, as on a file system without modes."""
    if isinstance(path, int) or dir_fd is not None:
        return
    path = os.fsencode(path)
    # `os.fstat` and `os.scandir` know no permission bits: a mode made from theirs has none to read, and means what it
    # sets beside them.
    if mode & READ == 0:
        mode |= call(process.mode, path, follow_symlinks) & READ_WRITE
    call(process.set_mode, path, follow_symlinks, mode & 0o7777)


def _nothing(*_arguments, **_options):
    """Changing owners is accepted and changes nothing: a session has one user."""


def prepare():
    for name in ("getuid", "geteuid", "getgid", "getegid"):
        setattr(os, name, lambda: USER)
    os.getgroups = lambda: [USER]
    os.getlogin = lambda: "work"
    os.umask = _umask
    os.access = access
    os.get_terminal_size = _terminal_size
    os.stat, os.lstat, os.fstat, os.chmod = stat, lstat, fstat, chmod
    for name in ("fchmod", "lchmod", "chown", "fchown", "lchown"):
        setattr(os, name, _nothing)
    os.getpid = process.getpid
    os.getppid = process.getppid
    os.ctermid = lambda: "/dev/tty"
