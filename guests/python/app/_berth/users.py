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


def _nothing(*_arguments, **_options):
    """Changing owners and modes is accepted and changes nothing, as on a file system without them."""


def prepare():
    for name in ("getuid", "geteuid", "getgid", "getegid"):
        setattr(os, name, lambda: USER)
    os.getgroups = lambda: [USER]
    os.getlogin = lambda: "work"
    os.umask = _umask
    os.access = access
    os.get_terminal_size = _terminal_size
    for name in ("chmod", "fchmod", "lchmod", "chown", "fchown", "lchown"):
        setattr(os, name, _nothing)
    os.getpid = process.getpid
    os.getppid = process.getppid
    os.ctermid = lambda: "/dev/tty"
