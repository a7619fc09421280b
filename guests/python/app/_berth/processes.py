"""Processes: what `subprocess` and `os` need, over the process door."""

import importlib
import os
import shutil
import signal
import subprocess
import sys
import types

from . import signals
from .door import call, close, descriptor, number, open_number, process, terminal

WNOHANG, WUNTRACED, WCONTINUED = 1, 2, 8
# `waitpid` answers ECHILD for it: nobody has it.
NOBODY = (1 << 31) - 1
ENOENT, ENOTDIR, ENOEXEC = 44, 54, 45


def spawn(path, argv, environ=None, cwd=b"", descriptors=None, group=-1, foreground=False):
    """Starts a program; `descriptors` maps the child's numbers to those of the process' table."""
    if environ is None:
        environ = [os.fsencode(f"{name}={value}") for name, value in os.environ.items()]
    if descriptors is None:
        descriptors = standard()
    sys.stdout and sys.stdout.flush()
    pairs = list(descriptors.items())
    arguments = [os.fsencode(argument) for argument in argv]
    return call(
        process.spawn, os.fsencode(path), arguments, environ, os.fsencode(cwd or os.getcwd()), pairs, group, foreground
    )


def standard():
    """The standard descriptors that are open."""
    found = {}
    for fd in range(3):
        try:
            found[fd] = number(fd)
        except OSError:
            pass
    return found


def waitpid(pid, options, /):
    wanted = options & (WNOHANG | WUNTRACED) | (4 if options & WCONTINUED else 0)
    while True:
        try:
            child, kind, value = call(process.wait, pid, wanted)
            break
        except InterruptedError:
            # The handler runs at the next instruction; if it returns, the wait goes on (PEP 475).
            continue
    return child, (value << 8, value, value << 8 | 0x7F, 0xFFFF)[kind]


def _exit(status):
    """Exit to the system with specified status, without normal exit processing."""
    process.exit(status & 0xFF)


def waitstatus_to_exitcode(status):
    if status & 0x7F == 0:
        return status >> 8 & 0xFF
    if status & 0xFF == 0x7F:
        raise ValueError(f"process stopped by delivery of signal {status >> 8}")
    return -(status & 0x7F)


def pipe():
    reader, writer = call(descriptor.pipe)
    try:
        read = open_number(reader, os.O_RDONLY)
    except OSError:
        close(writer)
        raise
    return read, open_number(writer, os.O_WRONLY)


def dup(fd, /):
    copy = call(descriptor.dup, number(fd), 0)
    try:
        for flags in (os.O_RDWR, os.O_RDONLY, os.O_WRONLY):
            try:
                return os.open(f"/proc/self/fd/{copy}", flags)
            except OSError as error:
                refused = error
        raise refused
    finally:
        close(copy)


def dup2(fd, fd2, inheritable=True):
    source = number(fd)
    if fd == fd2:
        return fd2
    copy = call(descriptor.dup, source, 0)
    flags = os.O_WRONLY if fd2 in (1, 2) else os.O_RDONLY
    try:
        os.close(fd2)
    except OSError:
        pass
    got = open_number(copy, flags)
    if got != fd2:
        os.close(got)
        raise OSError(8, os.strerror(8))
    if fd2 <= 2:
        call(descriptor.dup_to, number(fd2), fd2)
    return fd2


def fork_exec(
    args, executables, close_fds, keep, cwd, environ, p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite,
    errpipe_read, errpipe_write, restore_signals, new_session, group, gid, groups, uid, umask, preexec, *_more,
):
    """`_posixsubprocess.fork_exec`: a failure to start is told through the pipe, as the child would tell it."""
    if preexec is not None:
        raise RuntimeError("preexec_fn is not supported: programs are spawned, not forked")
    pairs = standard()
    for child, fd in ((0, p2cread), (1, c2pwrite), (2, errwrite)):
        if fd != -1:
            pairs[child] = number(fd)
    for fd in keep:
        if fd != errpipe_write and fd > 2:
            pairs[fd] = number(fd)
    if group == -1:
        group = 0 if new_session else -1
    failure = None
    for executable in executables:
        try:
            return spawn(executable, args, environ, cwd or b"", pairs, group)
        except OSError as error:
            failure = error
            if error.errno not in (ENOENT, ENOTDIR):
                break
    message = ""
    if cwd:
        try:
            if not os.path.isdir(cwd):
                message = "noexec:chdir"
        except OSError:
            pass
    os.write(errpipe_write, b"OSError:%x:%s" % (failure.errno, message.encode()))
    return NOBODY


def system(command):
    pid = spawn("/bin/sh", ["sh", "-c", command])
    # The terminal's ^C is the child's business, as in system(3).
    before = call(process.signal_action, signal.SIGINT, signals.IGNORE)
    try:
        return waitpid(pid, 0)[1]
    finally:
        call(process.signal_action, signal.SIGINT, before)


def _arguments(argv, function):
    """The arguments of an exec, as it takes them."""
    if not isinstance(argv, (list, tuple)):
        raise TypeError(f"{function}() arg 2 must be a tuple or list")
    arguments = [os.fsencode(argument) for argument in argv]
    if not arguments or not arguments[0]:
        raise ValueError(f"{function}() arg 2 {'first element cannot' if arguments else 'must not'} be empty")
    if any(b"\0" in argument for argument in arguments):
        raise ValueError("embedded null byte")
    return arguments


def _variables(environ):
    variables = []
    for name, value in list(environ.items()):
        name, value = os.fsencode(name), os.fsencode(value)
        if b"=" in name:
            raise ValueError("illegal environment variable name")
        if b"\0" in name + value:
            raise ValueError("embedded null byte")
        variables.append(name + b"=" + value)
    return variables


def execve(path, argv, environ):
    """There is no exec: the program runs in our place, and we end as it does."""
    pid = spawn(path, _arguments(argv, "execve"), _variables(environ))
    call(process.signal_action, signal.SIGINT, signals.IGNORE)
    status = waitpid(pid, 0)[1]
    if status & 0x7F:
        signals.die_of(status & 0x7F)
    os._exit(status >> 8)


def execv(path, argv):
    execve(path, _arguments(argv, "execv"), os.environ)


P_WAIT, P_NOWAIT = 0, 1


def _spawner(name, search, listed, with_environ):
    """`os.spawnv` and its like: `p` searches PATH, `l` takes the arguments one by one, `e` an environment."""

    def run(mode, file, *rest):
        rest, environ = (rest[:-1], rest[-1]) if with_environ else (rest, os.environ)
        argv = _arguments(rest if listed else rest[0], name)
        path = search and shutil.which(os.fsdecode(file), path=environ.get("PATH")) or file
        try:
            pid = spawn(path, argv, _variables(environ))
        except OSError:
            # As the child of a fork that finds nothing to run.
            if mode == P_WAIT:
                return 127
            raise
        return pid if mode == P_NOWAIT else waitstatus_to_exitcode(waitpid(pid, 0)[1])

    run.__name__ = run.__qualname__ = name
    return run


def _chdir(path):
    _libc_chdir(path)
    call(process.chdir, os.fsencode(os.getcwd()))


_libc_chdir = os.chdir


def prepare():
    os.WNOHANG, os.WUNTRACED, os.WCONTINUED = WNOHANG, WUNTRACED, WCONTINUED
    os.WIFEXITED = lambda status: status & 0x7F == 0
    os.WEXITSTATUS = lambda status: status >> 8 & 0xFF
    os.WIFSIGNALED = lambda status: status & 0x7F not in (0, 0x7F)
    os.WTERMSIG = lambda status: status & 0x7F
    os.WIFSTOPPED = lambda status: status & 0xFF == 0x7F
    os.WSTOPSIG = os.WEXITSTATUS
    os.WIFCONTINUED = lambda status: status == 0xFFFF
    os.WCOREDUMP = lambda status: False
    os.waitpid, os.wait = waitpid, lambda: waitpid(-1, 0)
    os.waitstatus_to_exitcode = waitstatus_to_exitcode
    os._exit = _exit
    os.pipe, os.dup, os.dup2, os.system = pipe, dup, dup2, system
    os.execv, os.execve = execv, execve
    os.P_WAIT, os.P_NOWAIT, os.P_NOWAITO = P_WAIT, P_NOWAIT, P_NOWAIT
    for kind in ("v", "ve", "vp", "vpe", "l", "le", "lp", "lpe"):
        name = "spawn" + kind
        setattr(os, name, _spawner(name, "p" in kind, "l" in kind, "e" in kind))
    os.chdir = _chdir
    os.kill = lambda pid, signalnum, /: call(process.kill, pid, int(signalnum))
    os.killpg = lambda group, signalnum, /: call(process.kill, -group, int(signalnum))
    os.getpgid = lambda pid, /: call(process.getpgid, pid)
    os.getpgrp = lambda: call(process.getpgid, 0)
    os.setpgid = lambda pid, group, /: call(process.setpgid, pid, group)
    os.tcgetpgrp = lambda fd, /: call(terminal.get_foreground, number(fd))
    os.tcsetpgrp = lambda fd, group, /: call(terminal.set_foreground, number(fd), group)

    # `subprocess` decides by the platform's name, when it is imported, that there are no processes.
    posix = types.ModuleType("_posixsubprocess")
    posix.fork_exec = fork_exec
    sys.modules["_posixsubprocess"] = posix
    platform, sys.platform = sys.platform, "linux"
    try:
        importlib.reload(subprocess)
    finally:
        sys.platform = platform
