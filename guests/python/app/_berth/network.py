"""Sockets that signals interrupt.

WASI's C library has no EINTR for sockets: a wait that a signal has ended fails with EIO or EPIPE, or as if its time
were up. Here the signal's handler gets its turn, and if it returns, the operation is tried again (PEP 475).
"""

import _socket
import socket
import socketserver
import sys

from . import signals

# What the C library makes of an interrupted wait, in the order of: connect and accept, read and write.
EIO, EPIPE = 29, 64
# The C library of the older interpreter loses ports, and aborts when a socket is closed that could not connect.
OLD = sys.version_info < (3, 14)


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
            refused = None

    wrapper.__name__ = wrapper.__qualname__ = operation.__name__
    wrapper.__doc__ = operation.__doc__
    return wrapper


def abandoned(connect):
    """`connect`; a socket that could not is let go of instead of closed."""

    def wrapper(self, address, /):
        try:
            return connect(self, address)
        except BlockingIOError:
            raise
        except OSError:
            self.detach()
            raise

    wrapper.__name__ = wrapper.__qualname__ = connect.__name__
    wrapper.__doc__ = connect.__doc__
    return wrapper


def with_port(getaddrinfo):
    """`getaddrinfo`, with the port that was asked for."""

    def wrapper(host, port, *arguments, **keywords):
        found = getaddrinfo(host, port, *arguments, **keywords)
        number = int(port) if isinstance(port, int) or (isinstance(port, (str, bytes)) and port.isdigit()) else 0
        return [(*rest, (address[0], address[1] or number, *address[2:])) for *rest, address in found]

    wrapper.__name__ = wrapper.__qualname__ = getaddrinfo.__name__
    wrapper.__doc__ = getaddrinfo.__doc__
    return wrapper


# What WASI's C library says of what there is not.
ENOTSUP = 58


def new_socket(self, family=-1, type=-1, proto=-1, fileno=None):
    try:
        _new(self, family, type, proto, fileno)
    except OSError as error:
        if error.errno == ENOTSUP and type & 15 == socket.SOCK_DGRAM:
            # Said in words, since this is where programs find out.
            error.strerror = "No UDP: the network of a session carries TCP; names are resolved by the server"
        raise


_new = socket.socket.__init__
new_socket.__name__, new_socket.__qualname__ = _new.__name__, _new.__qualname__


def prepare():
    """At build time."""
    socket.socket.__init__ = new_socket
    for name in ("recv", "recv_into", "recvfrom", "recvfrom_into", "send", "_accept"):
        setattr(socket.socket, name, interruptible(getattr(socket.socket, name)))
    # A connection that failed cannot be waited for any more.
    connect = abandoned(socket.socket.connect) if OLD else socket.socket.connect
    socket.socket.connect = interruptible(connect, again=False)
    if OLD:
        _socket.getaddrinfo = with_port(_socket.getaddrinfo)
    socket.socket.sendall = sendall
    socketserver.ThreadingMixIn.process_request = process_request
    socketserver.BaseServer.service_actions = service_actions


def sendall(self, data, flags=0, /):
    with memoryview(data) as view, view.cast("B") as rest:
        sent = 0
        while sent < len(rest):
            sent += self.send(rest[sent:], flags)


sendall.__doc__ = socket.socket.sendall.__doc__


def process_request(self, request, client_address):
    """Requests are served one after the other: there are no threads to start."""
    self.process_request_thread(request, client_address)


# What servers do between two requests, beside what they are made for.
steps = []


def service_actions(self):
    """Called by the serve_forever() loop."""
    for step in [*steps]:
        step()
