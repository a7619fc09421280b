"""The terminal: the modules `termios` and `fcntl`, as far as Linux's are used for terminals."""

import os
import sys
import types

from .door import call, number, terminal

TIOCGWINSZ, TIOCSWINSZ, FIONREAD, TIOCGPGRP, TIOCSPGRP = 0x5413, 0x5414, 0x541B, 0x540F, 0x5410

# Linux's bits and indices (termios(3)), which the session's terminals speak.
CONSTANTS = dict(
    IGNBRK=0o1, BRKINT=0o2, IGNPAR=0o4, PARMRK=0o10, INPCK=0o20, ISTRIP=0o40, INLCR=0o100, IGNCR=0o200, ICRNL=0o400,
    IXON=0o2000, IXANY=0o4000, IXOFF=0o10000, IMAXBEL=0o20000, IUTF8=0o40000,
    OPOST=0o1, OLCUC=0o2, ONLCR=0o4, OCRNL=0o10, ONOCR=0o20, ONLRET=0o40, OFILL=0o100, OFDEL=0o200,
    CSIZE=0o60, CS5=0o0, CS6=0o20, CS7=0o40, CS8=0o60, CSTOPB=0o100, CREAD=0o200, PARENB=0o400, PARODD=0o1000,
    HUPCL=0o2000, CLOCAL=0o4000,
    ISIG=0o1, ICANON=0o2, ECHO=0o10, ECHOE=0o20, ECHOK=0o40, ECHONL=0o100, NOFLSH=0o200, TOSTOP=0o400,
    ECHOCTL=0o1000, ECHOPRT=0o2000, ECHOKE=0o4000, FLUSHO=0o10000, PENDIN=0o40000, IEXTEN=0o100000,
    VINTR=0, VQUIT=1, VERASE=2, VKILL=3, VEOF=4, VTIME=5, VMIN=6, VSWTC=7, VSTART=8, VSTOP=9, VSUSP=10, VEOL=11,
    VREPRINT=12, VDISCARD=13, VWERASE=14, VLNEXT=15, VEOL2=16,
    TCSANOW=0, TCSADRAIN=1, TCSAFLUSH=2, TCIFLUSH=0, TCOFLUSH=1, TCIOFLUSH=2, TCOOFF=0, TCOON=1, TCIOFF=2, TCION=3,
    B0=0, B9600=13, B19200=14, B38400=15, B115200=4098, NCCS=32,
    TIOCGWINSZ=TIOCGWINSZ, TIOCSWINSZ=TIOCSWINSZ, FIONREAD=FIONREAD, TIOCGPGRP=TIOCGPGRP, TIOCSPGRP=TIOCSPGRP,
)
F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, FD_CLOEXEC = 0, 1, 2, 3, 4, 1
INT = 1 << 31
SPEED = 15


class error(Exception):
    """A terminal's refusal."""


error.__module__ = "termios"


def _fd(fd):
    """The descriptor that is meant, as C functions take one."""
    if not isinstance(fd, int):
        if not hasattr(fd, "fileno"):
            raise TypeError("argument must be an int, or have a fileno() method.")
        fd = fd.fileno()
        if not isinstance(fd, int):
            raise TypeError("fileno() returned a non-integer")
    if not -INT <= fd < INT:
        raise OverflowError("Python int too large to convert to C int")
    if fd < 0:
        raise ValueError(f"file descriptor cannot be a negative integer ({fd})")
    return fd


def _ask(function, fd, *arguments):
    try:
        return call(function, number(_fd(fd)), *arguments)
    except OSError as refusal:
        raise error(refusal.errno, refusal.strerror) from None


def tcgetattr(fd, /):
    *flags, characters = _ask(terminal.get_attributes, fd)
    characters = [bytes([character]) for character in characters]
    if not flags[3] & CONSTANTS["ICANON"]:
        for index in (CONSTANTS["VMIN"], CONSTANTS["VTIME"]):
            characters[index] = characters[index][0]
    return [*flags, SPEED, SPEED, characters]


def tcsetattr(fd, when, attributes, /):
    characters = bytes(c if isinstance(c, int) else c[0] for c in attributes[6])
    _ask(terminal.set_attributes, fd, *attributes[:4], characters, when)


def _nothing(fd, *_arguments):
    """What a terminal on a pipe has no use for."""
    _ask(terminal.get_attributes, fd)


def ioctl(fd, request, arg=0, mutate_flag=True, /):
    fd = _fd(fd)
    if request == TIOCGWINSZ:
        size = call(terminal.get_size, number(fd))
        answer = b"".join(n.to_bytes(2, "little") for n in (*size, 0, 0))
    elif request == FIONREAD:
        answer = int(call(terminal.readable, number(fd))).to_bytes(4, "little")
    elif request == TIOCSWINSZ:
        rows, columns = (int.from_bytes(arg[at : at + 2], "little") for at in (0, 2))
        call(terminal.set_size, number(fd), rows, columns)
        return 0
    elif request == TIOCGPGRP:
        answer = call(terminal.get_foreground, number(fd)).to_bytes(4, "little")
    else:
        raise OSError(59, os.strerror(59))
    if isinstance(arg, int):
        return 0
    if isinstance(arg, bytes):
        return answer[: len(arg)]
    memoryview(arg).cast("B")[: len(answer)] = answer
    return 0 if mutate_flag else bytes(arg)


def fcntl(fd, cmd, arg=0, /):
    fd = _fd(fd)
    if cmd == F_DUPFD:
        return os.dup(fd)
    if cmd == F_GETFD:
        return 0 if os.get_inheritable(fd) else FD_CLOEXEC
    if cmd == F_GETFL:
        return 0 if os.get_blocking(fd) else os.O_NONBLOCK
    if cmd == F_SETFL:
        os.set_blocking(fd, not arg & os.O_NONBLOCK)
    return 0 if isinstance(arg, int) else bytes(arg)


def _lock(fd, operation, *_arguments):
    """Locks are advice between processes; sessions do not share any."""
    os.fstat(_fd(fd))


def prepare():
    termios = types.ModuleType("termios", "Terminals, as Linux has them.")
    vars(termios).update(CONSTANTS, error=error, tcgetattr=tcgetattr, tcsetattr=tcsetattr)
    for name in ("tcdrain", "tcflush", "tcflow", "tcsendbreak"):
        setattr(termios, name, _nothing)
    termios.tcgetwinsize = lambda fd: _ask(terminal.get_size, fd)
    module = types.ModuleType("fcntl", "Descriptors' flags and ioctls, as far as there are any.")
    vars(module).update(
        fcntl=fcntl, ioctl=ioctl, flock=_lock, lockf=_lock, F_DUPFD=F_DUPFD, F_GETFD=F_GETFD, F_SETFD=F_SETFD,
        F_GETFL=F_GETFL, F_SETFL=F_SETFL, FD_CLOEXEC=FD_CLOEXEC, F_GETLK=5, F_SETLK=6, F_SETLKW=7, F_RDLCK=0,
        F_WRLCK=1, F_UNLCK=2, LOCK_SH=1, LOCK_EX=2, LOCK_NB=4, LOCK_UN=8,
    )
    for extra in (termios, module):
        sys.modules[extra.__name__] = extra
