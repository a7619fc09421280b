"""Sockets that signals interrupt.

WASI's C library has no EINTR for sockets: a wait that a signal has ended fails with EIO or EPIPE, or as if its time
were up. Here the signal's handler gets its turn, and if it returns, the operation is tried again (PEP 475).
"""

import socket
import socketserver

from . import signals

# What the C library makes of an interrupted wait, in the order of: connect and accept, read and write.
EIO, EPIPE = 29, 64


def interruptible(operation, again=True):
    """`operation` until no signal interrupts it."""

    def wrapper(self, *arguments, **keywords):
        while True:
            before = signals.taken
            try:
                return operation(self, *arguments, **keywords)
            except TimeoutError as error:
                refused = error
            except OSError as error:
                if error.errno not in (EIO, EPIPE):
                    raise
                refused = error
            if not signals.interrupted(before) or not again:
                raise refused

    wrapper.__name__ = wrapper.__qualname__ = operation.__name__
    wrapper.__doc__ = operation.__doc__
    return wrapper


def prepare():
    """At build time."""
    for name in ("recv", "recv_into", "recvfrom", "recvfrom_into", "send", "_accept"):
        setattr(socket.socket, name, interruptible(getattr(socket.socket, name)))
    # A connection that failed cannot be waited for any more.
    socket.socket.connect = interruptible(socket.socket.connect, again=False)
    socket.socket.sendall = sendall
    socketserver.ThreadingMixIn.process_request = process_request


def sendall(self, data, flags=0, /):
    with memoryview(data) as view, view.cast("B") as rest:
        sent = 0
        while sent < len(rest):
            sent += self.send(rest[sent:], flags)


sendall.__doc__ = socket.socket.sendall.__doc__


def process_request(self, request, client_address):
    """Requests are served one after the other: there are no threads to start."""
    self.process_request_thread(request, client_address)
