"""The process door (`berth:process`), with errors as Python has them."""

import os

from wit_world.imports import descriptor, downloads, notice, process, terminal, tls

__all__ = ["call", "close", "descriptor", "downloads", "notice", "number", "open_number", "process", "terminal", "tls"]


def call(function, *arguments):
    """Calls a function of the door; its error number becomes an OSError, the rest is the answer."""
    answer = function(*arguments)
    errno, *values = answer if isinstance(answer, tuple) else (answer,)
    if errno:
        raise OSError(errno, os.strerror(errno))
    return values[0] if len(values) == 1 else tuple(values)


def number(fd):
    """The number in the process' table of what the C library calls `fd`."""
    descriptor.advised()
    try:
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_NORMAL)
    except OSError:
        pass
    found = descriptor.advised()
    if found is not None:
        return found
    if 0 <= fd <= 2:
        return fd
    raise OSError(8, os.strerror(8))


def open_number(number, flags):
    """A C library's descriptor for a number of the process' table, which is closed."""
    try:
        return os.open(f"/proc/self/fd/{number}", flags)
    finally:
        close(number)


def close(number):
    """Closes a number of the process' table."""
    call(descriptor.close, number)
