"""Waits that signals end.

WASI's C library knows no EINTR for reads and writes: what a signal has interrupted fails with EIO. Here the
signal's handler gets its turn, and if it returns, the operation is tried again (PEP 475). Nothing is called in
an `except` block: a handler that ran there would raise with the EIO as its context.
"""

import builtins
import copyreg
import errno
import io
import os
import sys
import time

from . import signals
from .door import number

EIO = errno.EIO


def broken_pipe(file, error):
    """What `error` is for a write to a file: WASI has no word for a pipe that nobody reads."""
    try:
        fd = file if isinstance(file, int) else file.fileno()
        if os.readlink(f"/proc/self/fd/{number(fd)}").startswith("pipe:"):
            return BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))
    except (OSError, ValueError):
        pass
    return error


def retried(operation, writes=False):
    """`operation` until no signal interrupts it; `writes` if that is to the file that is its first argument."""

    def wrapper(*arguments):
        while True:
            before = signals.taken
            try:
                return operation(*arguments)
            except OSError as error:
                if error.errno != EIO:
                    raise
                refused = error
            if not signals.interrupted(before):
                raise broken_pipe(arguments[0], refused) if writes else refused
            # Its traceback holds our arguments, which may be buffers that somebody wants to resize.
            refused = None

    wrapper.__name__ = wrapper.__qualname__ = operation.__name__
    wrapper.__doc__ = operation.__doc__
    return wrapper


class Raw(io.FileIO):
    """A file that may be waited for."""

    _readinto = retried(io.FileIO.readinto)
    _write = retried(io.FileIO.write, writes=True)

    def readinto(self, buffer, /):
        return self._readinto(buffer)

    def write(self, data, /):
        return self._write(data)

    def read(self, size=-1, /):
        if size is None or size < 0:
            return self.readall()
        buffer = bytearray(size)
        got = self._readinto(buffer)
        return None if got is None else bytes(buffer[:got])

    def readall(self):
        parts = []
        while part := self.read(io.DEFAULT_BUFFER_SIZE):
            parts.append(part)
        return b"".join(parts) if parts or part is not None else None


Raw.__name__ = Raw.__qualname__ = "FileIO"
Raw.__module__ = "_io"
_open = io.open


def open(file, mode="r", buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None):
    if not isinstance(file, int) or isinstance(file, bool) or opener is not None or "+" in mode or os.fstat(file).st_size:
        return _open(file, mode, buffering, encoding, errors, newline, closefd, opener)
    # A pipe or a terminal, by its descriptor.
    binary = "b" in mode
    raw = Raw(file, mode.replace("b", "").replace("t", "") or "r", closefd)
    if buffering == 0:
        if binary:
            return raw
        raise ValueError("can't have unbuffered text I/O")
    line_buffering = buffering == 1 or (buffering < 0 and raw.isatty())
    size = buffering if buffering > 1 else io.DEFAULT_BUFFER_SIZE
    buffered = io.BufferedReader(raw, size) if raw.readable() else io.BufferedWriter(raw, size)
    if binary:
        return buffered
    text = io.TextIOWrapper(buffered, encoding, errors, newline, line_buffering)
    text.mode = mode
    return text


open.__doc__ = _open.__doc__
open.__module__ = "_io"


def input(prompt="", /):
    """Read a string from standard input.  The trailing newline is stripped."""
    if getattr(sys, "stdin", None) is None:
        raise RuntimeError("input(): lost sys.stdin")
    for name in ("stdout", "stderr"):
        if getattr(sys, name, None) is None:
            raise RuntimeError(f"input(): lost sys.{name}")
    sys.audit("builtins.input", prompt)
    _flush(sys.stderr)
    sys.stdout.write(str(prompt))
    _flush(sys.stdout)
    line = sys.stdin.readline()
    if not line:
        raise EOFError("EOF when reading a line")
    return line.removesuffix("\n")


def _flush(stream):
    try:
        stream.flush()
    except Exception:
        # As the built-in one: what can only be written to is good enough.
        pass


_sleep = time.sleep


def sleep(seconds, /):
    before = signals.taken
    end = time.monotonic() + seconds if isinstance(seconds, (int, float)) else None
    _sleep(seconds)
    while end is not None and signals.interrupted(before):
        before = signals.taken
        _sleep(max(end - time.monotonic(), 0))


sleep.__doc__ = _sleep.__doc__
sleep.__module__ = "time"


def prepare():
    os.read, os.write = retried(os.read), retried(os.write, writes=True)
    if hasattr(os, "readinto"):
        os.readinto = retried(os.readinto)
    # What is built in does not become a method when a class has it as an attribute (`class File: open = io.open`).
    builtins.open = io.open = staticmethod(open)
    builtins.input = staticmethod(input)
    time.sleep = staticmethod(sleep)
    # They are pickled by their names, as what is built in.
    copyreg.pickle(staticmethod, lambda function: function.__qualname__)
