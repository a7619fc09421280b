"""Signals: from the session to Python's handlers.

A signal that Python has a handler for is *caught*: the session keeps it until it is taken, and ends what the
interpreter waits for. For an interpreter that computes, the host sets a bit in the interpreter's own
`eval_breaker`, the word it looks at between instructions; the bit asks for a garbage collection, and the
collector's callback takes the signals and trips their handlers. Nothing is polled. Where that is one word depends on
CPython's version: `breaker` finds it.
"""

import _thread
import gc
import signal

from . import breaker
from .door import call, notice, process

# What the door calls the dispositions.
DEFAULT, IGNORE, CATCH = 0, 1, 2

_set = signal.signal
_collecting = True


def _take():
    global taken
    bits = process.signal_take()
    numbers = [number for number in range(1, 32) if bits >> number & 1]
    if numbers:
        taken += 1
    return numbers


# How many times signals were taken: who waited tells by it what ended the wait.
taken = 0


def interrupted(before):
    """Whether signals came since `taken` was `before`; their handlers run, if they have not."""
    numbers = _take()
    [*map(_thread.interrupt_main, numbers)]
    return taken != before


def _collector(phase, _info):
    # At its end, and as the last thing: a handler that is tripped earlier would run in this very frame, where its
    # exception is lost. `interrupt_main` is called from C for the same reason.
    if phase == "stop":
        [*map(_thread.interrupt_main, _take())]


def _action(handler):
    if handler == signal.SIG_DFL:
        return DEFAULT
    if handler == signal.SIG_IGN:
        return IGNORE
    return CATCH


def set_handler(signalnum, handler):
    before = _set(signalnum, handler)
    call(process.signal_action, int(signalnum), _action(handler))
    return before


set_handler.__name__ = set_handler.__qualname__ = "signal"
set_handler.__module__ = "signal"
set_handler.__doc__ = _set.__doc__


def _disable():
    # Automatic collections end, but the collector still comes when the host asks for it.
    global _collecting
    if _collecting:
        _collecting = False
        _disable.thresholds = gc.get_threshold()
        gc.set_threshold(0)


def _enable():
    global _collecting
    if not _collecting:
        _collecting = True
        gc.set_threshold(*_disable.thresholds)


def prepare():
    """At build time: everything that does not need a session."""
    signal.signal = set_handler
    gc.disable, gc.enable, gc.isenabled = _disable, _enable, lambda: _collecting


def start():
    """At the start of a process."""
    gc.callbacks.append(_collector)
    notice.lend(b"here")
    for address, bits in breaker.words():
        notice.watch(address, bits)
    if call(process.signal_action, signal.SIGINT, CATCH) == IGNORE:
        # Started in the background without job control.
        set_handler(signal.SIGINT, signal.SIG_IGN)
    else:
        _set(signal.SIGINT, signal.default_int_handler)
    call(process.signal_action, signal.SIGPIPE, IGNORE)
    _set(signal.SIGPIPE, signal.SIG_IGN)


def die_of(signalnum):
    """Ends the process by a signal, as if nobody had caught it."""
    call(process.signal_action, int(signalnum), DEFAULT)
    call(process.kill, process.getpid(), int(signalnum))
