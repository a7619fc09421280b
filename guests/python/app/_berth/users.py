"""Users and modes: what WASI leaves out of `os`."""

import os

from .door import call, process, terminal, number

USER = 1000


def _umask(mask, /):
    return process.umask(mask)


def _terminal_size(fd=1, /):
    rows, columns = call(terminal.get_size, number(fd))
    return os.terminal_size((columns, rows))


def _nothing(*_arguments, **_options):
    """Changing owners and modes is accepted and changes nothing, as on a file system without them."""


def prepare():
    for name in ("getuid", "geteuid", "getgid", "getegid"):
        setattr(os, name, lambda: USER)
    os.getgroups = lambda: [USER]
    os.getlogin = lambda: "work"
    os.umask = _umask
    os.get_terminal_size = _terminal_size
    for name in ("chmod", "fchmod", "lchmod", "chown", "fchown", "lchown"):
        setattr(os, name, _nothing)
    os.getpid = process.getpid
    os.getppid = process.getppid
    os.ctermid = lambda: "/dev/tty"
