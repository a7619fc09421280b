"""Users and modes: what WASI leaves out of `os`."""

import os
import posix
import types
from stat import S_IFIFO, S_IFMT, S_IFSOCK

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


# What the C library has no kind for, by what `/proc` calls it.
KINDS = {"pipe": S_IFIFO, "socket": S_IFSOCK}


def fstat(fd):
    found = _fstat(fd)
    if S_IFMT(found.st_mode) == 0:
        try:
            name = os.readlink(f"/proc/self/fd/{number(fd)}").partition(":")[0]
        except OSError:
            name = ""
        kind, (fields, rest) = found.__reduce__()
        found = kind((fields[0] | KINDS.get(name, 0), *fields[1:]), rest)
    return _owned(found)


def stat(path, *, dir_fd=None, follow_symlinks=True):
    found = _stat(path, dir_fd=dir_fd, follow_symlinks=follow_symlinks)
    if isinstance(path, int) or dir_fd is not None:
        return _owned(found)
    if follow_symlinks:
        found = _of_target(found, path)
    return _with_mode(found, path, follow_symlinks)


def _of_target(found, path):
    """What was found behind a link, with the number of the target: the C library gives the link's own."""
    try:
        os.readlink(path)
        target = _stat(os.path.realpath(path))
    except OSError:
        # Not a link, as nearly all.
        return found
    kind, (fields, rest) = found.__reduce__()
    return kind((fields[0], target.st_ino, *fields[2:]), rest)


def lstat(path, *, dir_fd=None):
    return stat(path, dir_fd=dir_fd, follow_symlinks=False)


class DirEntry:
    """What a directory says of one of its files; it knows the permission bits that the C library's does not."""

    __slots__ = ("_entry", "name", "path")

    def __init__(self, entry):
        self._entry, self.name, self.path = entry, entry.name, entry.path

    def stat(self, *, follow_symlinks=True):
        if os.path.sep in os.fsdecode(self.path):
            return stat(self.path, follow_symlinks=follow_symlinks)
        # Listed by a descriptor: there is no path to ask by.
        return _owned(self._entry.stat(follow_symlinks=follow_symlinks))

    def is_dir(self, *, follow_symlinks=True):
        return self._entry.is_dir(follow_symlinks=follow_symlinks)

    def is_file(self, *, follow_symlinks=True):
        return self._entry.is_file(follow_symlinks=follow_symlinks)

    def is_symlink(self):
        return self._entry.is_symlink()

    def is_junction(self):
        return False

    def inode(self):
        return self._entry.inode()

    def __fspath__(self):
        return self.path

    def __repr__(self):
        return f"<DirEntry {self.name!r}>"

    __class_getitem__ = classmethod(types.GenericAlias)


DirEntry.__module__ = "posix"


class _Scan:
    """`os.scandir`'s iterator."""

    def __init__(self, entries):
        self._entries = entries

    def __iter__(self):
        return self

    def __next__(self):
        return DirEntry(next(self._entries))

    def close(self):
        self._entries.close()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()


_scandir, _open, _mkdir = os.scandir, os.open, os.mkdir


def scandir(path=None):
    return _Scan(_scandir(path))


def open_file(path, flags, mode=0o777, *, dir_fd=None):
    # WASI makes files that all may read and none may run: what else is wanted is said afterwards.
    unusual = flags & os.O_CREAT and mode & 0o777 != READ_WRITE and dir_fd is None
    new = unusual and (flags & os.O_EXCL or not os.path.lexists(path))
    fd = _open(path, flags, mode, dir_fd=dir_fd)
    if new:
        _set_new_mode(path, mode)
    return fd


def mkdir(path, mode=0o777, *, dir_fd=None):
    _mkdir(path, mode, dir_fd=dir_fd)
    if mode & 0o777 != 0o777 and dir_fd is None:
        _set_new_mode(path, mode)


def _set_new_mode(path, mode):
    mask = _umask(0)
    _umask(mask)
    # Where there are no modes the file is there all the same.
    process.set_mode(os.fsencode(path), True, mode & 0o777 & ~mask)


def chmod(path, mode, *, dir_fd=None, follow_symlinks=True):
    """By path; what is named by a descriptor stays as it is, as on a file system without modes."""
    if isinstance(path, int) or dir_fd is not None:
        return
    name, path = path, os.fsencode(path)
    try:
        # `os.fstat` knows no permission bits: a mode made from its has none to read, and means what it sets beside them.
        if mode & READ == 0:
            mode |= call(process.mode, path, follow_symlinks) & READ_WRITE
        call(process.set_mode, path, follow_symlinks, mode & 0o7777)
    except OSError as error:
        error.filename = name
        raise


def _nothing(*_arguments, **_options):
    """Changing owners is accepted and changes nothing: a session has one user."""


# What functions of `os` can do; whoever asks looks for the very function.
ABILITIES = "supports_dir_fd", "supports_effective_ids", "supports_fd", "supports_follow_symlinks"


def replace(name, function):
    """Puts a function into `os` in the place of the one that is there, whose abilities it has."""
    before = getattr(os, name)
    for ability in ABILITIES:
        able = getattr(os, ability)
        if before in able:
            able.add(function)
    setattr(os, name, function)


def put(name, function):
    """Puts a function into `os`, and into `posix`, where some look for it; imports go on with what was there."""
    for module in (os, posix):
        setattr(module, name, function)


def prepare():
    for name in ("getuid", "geteuid", "getgid", "getegid"):
        put(name, lambda: USER)
    put("getgroups", lambda: [USER])
    put("getlogin", lambda: "work")
    put("umask", _umask)
    put("access", access)
    put("get_terminal_size", _terminal_size)
    for function in (stat, lstat, fstat, chmod, scandir, mkdir):
        replace(function.__name__, function)
    posix.chmod = chmod
    open_file.__name__ = open_file.__qualname__ = "open"
    replace("open", open_file)
    put("DirEntry", DirEntry)
    for name in ("fchmod", "lchmod", "chown", "fchown", "lchown"):
        setattr(os, name, _nothing)
    put("getpid", process.getpid)
    put("getppid", process.getppid)
    put("ctermid", lambda: "/dev/tty")
