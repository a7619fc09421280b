"""The module `_ssl`: what the library's `ssl` is built on, over the server's TLS (`berth:process/tls`).

The server makes the cryptography and checks certificates by its own store; here bytes are moved between its engine
and a socket or a pair of `MemoryBIO`s, as OpenSSL does it. What a context is told to trust is trusted beside the
server's store. Only clients can be made: a session has no use for a certificate of its own.
"""

import os
import socket as _library
import sys
import types
import weakref

from . import certificates
from .door import tls as door

__all__ = ["prepare"]

EAGAIN, EPROTO = 6, 65
HANDSHAKING = 1
ANY_CERTIFICATE, ANY_NAME = 1, 2
# Bytes that one call takes from a socket or gives to the engine.
PIECE = 32 << 10

SSL_ERROR_SSL, SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE = 1, 2, 3
SSL_ERROR_SYSCALL, SSL_ERROR_ZERO_RETURN, SSL_ERROR_EOF = 5, 6, 8

CIPHERS = (
    ("TLS_AES_256_GCM_SHA384", "TLSv1.3", 256),
    ("TLS_AES_128_GCM_SHA256", "TLSv1.3", 128),
    ("TLS_CHACHA20_POLY1305_SHA256", "TLSv1.3", 256),
    ("ECDHE-ECDSA-AES256-GCM-SHA384", "TLSv1.2", 256),
    ("ECDHE-RSA-AES256-GCM-SHA384", "TLSv1.2", 256),
    ("ECDHE-ECDSA-AES128-GCM-SHA256", "TLSv1.2", 128),
    ("ECDHE-RSA-AES128-GCM-SHA256", "TLSv1.2", 128),
    ("ECDHE-ECDSA-CHACHA20-POLY1305", "TLSv1.2", 256),
    ("ECDHE-RSA-CHACHA20-POLY1305", "TLSv1.2", 256),
)


class SSLError(OSError):
    """An error occurred in the SSL implementation."""

    library = reason = None

    def __str__(self):
        return self.strerror if isinstance(self.strerror, str) else str(self.args)


class SSLZeroReturnError(SSLError):
    """SSL/TLS session closed cleanly."""


class SSLWantReadError(SSLError):
    """Non-blocking SSL socket needs to read more data before the requested operation can be completed."""


class SSLWantWriteError(SSLError):
    """Non-blocking SSL socket needs to write more data before the requested operation can be completed."""


class SSLSyscallError(SSLError):
    """System error when attempting SSL operation."""


class SSLEOFError(SSLError):
    """SSL/TLS connection terminated abruptly."""


class SSLCertVerificationError(SSLError, ValueError):
    """A certificate could not be verified."""


for _error in list(globals().values()):
    if isinstance(_error, type) and issubclass(_error, SSLError):
        _error.__module__ = "ssl"


def _want_read():
    return SSLWantReadError(SSL_ERROR_WANT_READ, "The operation did not complete (read)")


def _want_write():
    return SSLWantWriteError(SSL_ERROR_WANT_WRITE, "The operation did not complete (write)")


def _unexpected_eof():
    error = SSLEOFError(SSL_ERROR_EOF, "[SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred in violation of protocol")
    error.library, error.reason = "SSL", "UNEXPECTED_EOF_WHILE_READING"
    return error


def _failure(connection):
    _, code, words = door.failure(connection)
    words = bytes(words).decode()
    if code:
        text = f"[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: {words}"
        error = SSLCertVerificationError(SSL_ERROR_SSL, text)
        error.verify_code, error.verify_message, error.reason = code, words, "CERTIFICATE_VERIFY_FAILED"
    else:
        error = SSLError(SSL_ERROR_SSL, f"[SSL] {words}")
        error.reason = "TLS"
    error.library = "SSL"
    return error


class MemoryBIO:
    """Bytes in memory between a connection and its engine."""

    def __init__(self):
        self._bytes = bytearray()
        self._eof = False

    @property
    def pending(self):
        return len(self._bytes)

    @property
    def eof(self):
        return self._eof and not self._bytes

    def read(self, size=-1, /):
        end = len(self._bytes) if size is None or size < 0 else size
        taken = bytes(self._bytes[:end])
        del self._bytes[:end]
        return taken

    def write(self, data, /):
        if self._eof:
            error = SSLError("cannot write() after write_eof()")
            raise error
        self._bytes += data
        return memoryview(data).nbytes

    def write_eof(self):
        self._eof = True


class SSLSession:
    """A session that could be resumed; none ever is."""


class Certificate:
    """A certificate of the other side."""

    def __init__(self, der):
        self._der = der

    def public_bytes(self, format=2, /):
        if format == ENCODING_DER:
            return self._der
        return certificates.to_pem(self._der)

    def get_info(self):
        return certificates.describe(self._der)


class _SSLSocket:
    """The engine's side of an `ssl.SSLSocket` or `ssl.SSLObject`."""

    def __init__(self, context, server_side, server_hostname, owner, socket=None, incoming=None, outgoing=None):
        if server_side:
            raise SSLError(SSL_ERROR_SSL, "a session's programs can be TLS clients, not servers")
        self.context = context
        self.server_side = False
        self.server_hostname = server_hostname
        self.session = None
        self.session_reused = False
        self._owner = None if owner is None else weakref.ref(owner)
        self._socket = None if socket is None else weakref.ref(socket)
        self._incoming, self._outgoing = incoming, outgoing
        # Ciphertext that the socket did not take yet.
        self._unsent = b""
        self._done = False
        errno, self._connection = door.open(
            (server_hostname or "unnamed.invalid").encode("idna" if server_hostname and not server_hostname.isascii() else "ascii"),
            context._flags(server_hostname),
            bytes(context._roots),
            context._protocols,
        )
        if errno:
            self._connection = None
            raise SSLError(SSL_ERROR_SSL, f"cannot begin a TLS connection to {server_hostname!r}: {os.strerror(errno)}")

    def __del__(self):
        connection = getattr(self, "_connection", None)
        if connection is not None:
            door.close(connection)

    @property
    def owner(self):
        return self._owner and self._owner()

    @owner.setter
    def owner(self, owner):
        self._owner = None if owner is None else weakref.ref(owner)

    def _transport(self):
        transport = self._socket()
        if transport is None:
            raise SSLError(SSL_ERROR_SSL, "Underlying socket connection gone")
        return transport

    def _flush(self):
        """Gives the other side what the engine has for it."""
        while True:
            data = self._unsent or bytes(door.send(self._connection)[1])
            self._unsent = b""
            if not data:
                return
            if self._outgoing is not None:
                self._outgoing.write(data)
                continue
            try:
                # The socket's own, and not the wrapped one's.
                sent = _library.socket.send(self._transport(), data)
            except BlockingIOError:
                self._unsent = data
                raise _want_write() from None
            except BaseException:
                self._unsent = data
                raise
            self._unsent = data[sent:]

    def _fill(self):
        """Gives the engine what the other side sent; false at the end of the connection."""
        if self._incoming is not None:
            data = self._incoming.read(PIECE)
            if not data:
                if self._incoming._eof:
                    return False
                raise _want_read()
        else:
            try:
                data = _library.socket.recv(self._transport(), PIECE)
            except BlockingIOError:
                raise _want_read() from None
            if not data:
                return False
        errno = door.receive(self._connection, data)
        if errno:
            failure = _failure(self._connection)
            try:
                self._flush()
            except OSError:
                pass
            raise failure
        return True

    def do_handshake(self):
        while True:
            self._flush()
            if not door.state(self._connection)[1] & HANDSHAKING:
                self._done = True
                return
            if not self._fill():
                raise _unexpected_eof()

    def read(self, size=1024, buffer=None, /):
        if not self._done:
            self.do_handshake()
        if buffer is not None:
            view = memoryview(buffer).cast("B")
            size = min(size, len(view)) if size > 0 else len(view)
        elif size < 0:
            raise ValueError("size should not be negative")
        data = b""
        while size:
            errno, data = door.read(self._connection, size)
            if errno == 0:
                break
            if errno != EAGAIN:
                raise _failure(self._connection)
            self._flush()
            if not self._fill():
                if self.context.options & OP_IGNORE_UNEXPECTED_EOF:
                    data = b""
                    break
                raise _unexpected_eof()
        data = bytes(data)
        if buffer is None:
            return data
        view[: len(data)] = data
        return len(data)

    def write(self, data, /):
        if not self._done:
            self.do_handshake()
        self._flush()
        piece = bytes(memoryview(data).cast("B")[:PIECE])
        if not piece:
            return 0
        while True:
            errno, taken = door.write(self._connection, piece)
            if errno == 0:
                break
            if errno != EAGAIN:
                raise _failure(self._connection)
            self._flush()
        try:
            self._flush()
        except SSLWantWriteError:
            # It is the engine's by now, and goes with what is written or read next.
            pass
        return taken

    def shutdown(self):
        door.finish(self._connection)
        self._flush()
        return None if self._socket is None else self._socket()

    def pending(self):
        return door.state(self._connection)[2]

    def _described(self):
        _, version, cipher, protocol = door.describe(self._connection)
        return bytes(version).decode(), bytes(cipher).decode(), bytes(protocol).decode()

    def version(self):
        return self._described()[0] or None

    def cipher(self):
        version, cipher, _ = self._described()
        if not cipher:
            return None
        bits = 128 if "128" in cipher else 256
        return (cipher, version, bits)

    def shared_ciphers(self):
        return None

    def compression(self):
        return None

    def selected_alpn_protocol(self):
        return self._described()[2] or None

    def _chain(self):
        index = 0
        while True:
            errno, der = door.certificate(self._connection, index)
            if errno:
                return
            yield bytes(der)
            index += 1

    def getpeercert(self, binary_form=False, /):
        der = next(self._chain(), None)
        if der is None:
            if not self._done:
                raise ValueError("handshake not done yet")
            return None
        if binary_form:
            return der
        if self.context.verify_mode == CERT_NONE:
            return {}
        return certificates.describe(der)

    def get_unverified_chain(self):
        return [Certificate(der) for der in self._chain()] or None

    get_verified_chain = get_unverified_chain

    def get_channel_binding(self, cb_type="tls-unique", /):
        if cb_type != "tls-unique":
            raise ValueError("Unsupported channel binding type")
        return None

    def verify_client_post_handshake(self):
        raise NotImplementedError("Post-handshake auth is not supported")


class _SSLContext:
    """What connections are made with."""

    # Of the class, and not set by `__new__`: subclasses have properties of these names.
    post_handshake_auth = False
    sni_callback = None
    security_level = 2
    num_tickets = 2

    def __new__(cls, protocol, /, *_arguments, **_keywords):
        self = super().__new__(cls)
        client = protocol == PROTOCOL_TLS_CLIENT
        self._protocol = protocol
        self._check_hostname = client
        self._verify_mode = CERT_REQUIRED if client else CERT_NONE
        self._verify_flags = VERIFY_X509_TRUSTED_FIRST
        self._options = OP_ALL | OP_NO_COMPRESSION | OP_ENABLE_MIDDLEBOX_COMPAT | OP_NO_SSLv3
        self._versions = [PROTO_MINIMUM_SUPPORTED, PROTO_MAXIMUM_SUPPORTED]
        self._roots = bytearray()
        self._protocols = []
        self._host_flags = 0
        # The library's own class has a property of the usual name above ours.
        self._callback = None
        return self

    def __init__(self, *_arguments, **_keywords):
        pass

    def _flags(self, server_hostname):
        flags = 0
        if self._verify_mode == CERT_NONE:
            flags |= ANY_CERTIFICATE
        if not self._check_hostname or not server_hostname:
            flags |= ANY_NAME
        return flags

    @property
    def protocol(self):
        return self._protocol

    @property
    def check_hostname(self):
        return self._check_hostname

    @check_hostname.setter
    def check_hostname(self, value):
        self._check_hostname = bool(value)
        if value and self._verify_mode == CERT_NONE:
            self._verify_mode = CERT_REQUIRED

    @property
    def verify_mode(self):
        return self._verify_mode

    @verify_mode.setter
    def verify_mode(self, value):
        if value not in (CERT_NONE, CERT_OPTIONAL, CERT_REQUIRED):
            raise ValueError("invalid value for verify_mode")
        if value == CERT_NONE and self._check_hostname:
            raise ValueError("Cannot set verify_mode to CERT_NONE when check_hostname is enabled.")
        self._verify_mode = int(value)

    @property
    def verify_flags(self):
        return self._verify_flags

    @verify_flags.setter
    def verify_flags(self, value):
        self._verify_flags = int(value)

    @property
    def options(self):
        return self._options

    @options.setter
    def options(self, value):
        self._options = int(value)

    @property
    def _msg_callback(self):
        return self._callback

    @_msg_callback.setter
    def _msg_callback(self, value):
        self._callback = value

    @property
    def minimum_version(self):
        return self._versions[0]

    @minimum_version.setter
    def minimum_version(self, value):
        self._versions[0] = int(value)

    @property
    def maximum_version(self):
        return self._versions[1]

    @maximum_version.setter
    def maximum_version(self, value):
        self._versions[1] = int(value)

    def set_ciphers(self, ciphers, /):
        # The engine has nothing but good ones, and chooses among them itself.
        if not ciphers:
            raise SSLError("No cipher can be selected.")

    def get_ciphers(self):
        return [{"name": name, "protocol": version, "alg_bits": bits, "strength_bits": bits} for name, version, bits in CIPHERS]

    def set_ecdh_curve(self, name, /):
        pass

    def load_dh_params(self, path, /):
        pass

    def _set_alpn_protocols(self, protocols, /):
        protocols = bytes(protocols)
        self._protocols = []
        while protocols:
            length = protocols[0]
            self._protocols.append(protocols[1 : 1 + length])
            protocols = protocols[1 + length :]

    def set_default_verify_paths(self):
        # The server's store is trusted in any case; a session may name a file of its own.
        path = os.environ.get("SSL_CERT_FILE")
        if path and os.path.isfile(path):
            self.load_verify_locations(path)

    def load_verify_locations(self, cafile=None, capath=None, cadata=None):
        if cafile is None and capath is None and cadata is None:
            raise TypeError("cafile, capath and cadata cannot be all omitted")
        if cafile is not None:
            path = os.fsdecode(cafile)
            with open(path, "rb") as file:
                pem = file.read()
            # The list that everybody brings along says nothing that the server's store does not.
            if not path.endswith("certifi/cacert.pem"):
                self._add(pem)
        if capath is not None:
            for name in sorted(os.listdir(capath)):
                path = os.path.join(os.fsdecode(capath), os.fsdecode(name))
                if os.path.isfile(path):
                    with open(path, "rb") as file:
                        self._add(file.read(), strict=False)
        if cadata is not None:
            if isinstance(cadata, str):
                self._add(cadata.encode("ascii"))
            else:
                for der in certificates.split(bytes(cadata)):
                    self._add(certificates.to_pem(der).encode())

    def _add(self, pem, strict=True):
        if b"-----BEGIN CERTIFICATE-----" not in pem:
            if strict:
                raise SSLError(SSL_ERROR_SSL, "[X509] no certificate or crl found")
            return
        self._roots += pem + b"\n"

    def load_cert_chain(self, certfile, keyfile=None, password=None):
        raise SSLError(SSL_ERROR_SSL, "a session's programs have no certificates of their own")

    def get_ca_certs(self, binary_form=False):
        found = certificates.from_pem(bytes(self._roots))
        return found if binary_form else [certificates.describe(der) for der in found]

    def cert_store_stats(self):
        count = self._roots.count(b"-----BEGIN CERTIFICATE-----")
        return {"x509": count, "crl": 0, "x509_ca": count}

    def session_stats(self):
        names = ("number", "connect", "connect_good", "connect_renegotiate", "accept", "accept_good", "accept_renegotiate")
        return dict.fromkeys((*names, "hits", "misses", "timeouts", "cache_full"), 0)

    def _wrap_socket(self, sock, server_side, server_hostname=None, *, owner=None, session=None):
        return _SSLSocket(self, server_side, server_hostname, owner, socket=sock)

    def _wrap_bio(self, incoming, outgoing, server_side, server_hostname=None, *, owner=None, session=None):
        return _SSLSocket(self, server_side, server_hostname, owner, incoming=incoming, outgoing=outgoing)


OBJECTS = (
    (129, "serverAuth", "TLS Web Server Authentication", "1.3.6.1.5.5.7.3.1"),
    (130, "clientAuth", "TLS Web Client Authentication", "1.3.6.1.5.5.7.3.2"),
    (13, "CN", "commonName", "2.5.4.3"),
)


def txt2obj(txt, name=False):
    for known in OBJECTS:
        if known[3] == txt or (name and txt in known[1:3]):
            return known
    raise ValueError(f"unknown object {txt[:100]!r}")


def nid2obj(nid, /):
    for known in OBJECTS:
        if known[0] == nid:
            return known
    raise ValueError(f"unknown NID {nid}")


def RAND_status():
    return True


def RAND_add(string, entropy, /):
    pass


def RAND_bytes(n, /):
    return os.urandom(n)


def get_default_verify_paths():
    return ("SSL_CERT_FILE", "/usr/lib/ssl/cert.pem", "SSL_CERT_DIR", "/usr/lib/ssl/certs")


def _test_decode_cert(path, /):
    with open(path, "rb") as file:
        return certificates.describe(certificates.from_pem(file.read())[0])


HAS_SNI = HAS_ALPN = HAS_ECDH = HAS_TLSv1_2 = HAS_TLSv1_3 = True
HAS_NPN = HAS_SSLv2 = HAS_SSLv3 = HAS_TLSv1 = HAS_TLSv1_1 = HAS_PSK = HAS_PHA = False
HAS_PSK_TLS13 = False
# The library asks for a version that it knows; what answers is named behind it.
OPENSSL_VERSION_NUMBER = 0x30000000
OPENSSL_VERSION_INFO = _OPENSSL_API_VERSION = (3, 0, 0, 0, 0)
OPENSSL_VERSION = "OpenSSL 3.0.0 (its interface; rustls on the server)"
_DEFAULT_CIPHERS = "DEFAULT"

CONSTANTS = {
    "PROTOCOL_SSLv23": 2, "PROTOCOL_TLS": 2, "PROTOCOL_TLSv1": 3, "PROTOCOL_TLSv1_1": 4, "PROTOCOL_TLSv1_2": 5,
    "PROTOCOL_TLS_CLIENT": 16, "PROTOCOL_TLS_SERVER": 17,
    "PROTO_MINIMUM_SUPPORTED": -2, "PROTO_MAXIMUM_SUPPORTED": -1,
    "PROTO_SSLv3": 0x300, "PROTO_TLSv1": 0x301, "PROTO_TLSv1_1": 0x302, "PROTO_TLSv1_2": 0x303, "PROTO_TLSv1_3": 0x304,
    "CERT_NONE": 0, "CERT_OPTIONAL": 1, "CERT_REQUIRED": 2,
    "VERIFY_DEFAULT": 0, "VERIFY_CRL_CHECK_LEAF": 0x4, "VERIFY_CRL_CHECK_CHAIN": 0xC, "VERIFY_X509_STRICT": 0x20,
    "VERIFY_ALLOW_PROXY_CERTS": 0x40, "VERIFY_X509_TRUSTED_FIRST": 0x8000, "VERIFY_X509_PARTIAL_CHAIN": 0x80000,
    "OP_ALL": 0x80000050, "OP_NO_SSLv2": 0, "OP_NO_SSLv3": 1 << 25, "OP_NO_TLSv1": 1 << 26, "OP_NO_TLSv1_1": 1 << 28,
    "OP_NO_TLSv1_2": 1 << 27, "OP_NO_TLSv1_3": 1 << 29, "OP_CIPHER_SERVER_PREFERENCE": 1 << 22, "OP_SINGLE_DH_USE": 0,
    "OP_NO_TICKET": 1 << 14, "OP_SINGLE_ECDH_USE": 0, "OP_LEGACY_SERVER_CONNECT": 1 << 2, "OP_NO_COMPRESSION": 1 << 17,
    "OP_ENABLE_MIDDLEBOX_COMPAT": 1 << 20, "OP_NO_RENEGOTIATION": 1 << 30, "OP_IGNORE_UNEXPECTED_EOF": 1 << 7,
    "OP_ENABLE_KTLS": 1 << 3,
    "HOSTFLAG_ALWAYS_CHECK_SUBJECT": 0x1, "HOSTFLAG_NEVER_CHECK_SUBJECT": 0x20, "HOSTFLAG_NO_WILDCARDS": 0x2,
    "HOSTFLAG_NO_PARTIAL_WILDCARDS": 0x4, "HOSTFLAG_MULTI_LABEL_WILDCARDS": 0x8, "HOSTFLAG_SINGLE_LABEL_SUBDOMAINS": 0x10,
    "ENCODING_PEM": 1, "ENCODING_DER": 2,
    "SSL_ERROR_NONE": 0, "SSL_ERROR_WANT_X509_LOOKUP": 4, "SSL_ERROR_WANT_CONNECT": 7, "SSL_ERROR_INVALID_ERROR_CODE": 10,
}
ALERTS = {
    "CLOSE_NOTIFY": 0, "UNEXPECTED_MESSAGE": 10, "BAD_RECORD_MAC": 20, "RECORD_OVERFLOW": 22, "DECOMPRESSION_FAILURE": 30,
    "HANDSHAKE_FAILURE": 40, "BAD_CERTIFICATE": 42, "UNSUPPORTED_CERTIFICATE": 43, "CERTIFICATE_REVOKED": 44,
    "CERTIFICATE_EXPIRED": 45, "CERTIFICATE_UNKNOWN": 46, "ILLEGAL_PARAMETER": 47, "UNKNOWN_CA": 48, "ACCESS_DENIED": 49,
    "DECODE_ERROR": 50, "DECRYPT_ERROR": 51, "PROTOCOL_VERSION": 70, "INSUFFICIENT_SECURITY": 71, "INTERNAL_ERROR": 80,
    "USER_CANCELLED": 90, "NO_RENEGOTIATION": 100, "UNSUPPORTED_EXTENSION": 110, "CERTIFICATE_UNOBTAINABLE": 111,
    "UNRECOGNIZED_NAME": 112, "BAD_CERTIFICATE_STATUS_RESPONSE": 113, "BAD_CERTIFICATE_HASH_VALUE": 114,
    "UNKNOWN_PSK_IDENTITY": 115,
}
CONSTANTS.update((f"ALERT_DESCRIPTION_{name}", number) for name, number in ALERTS.items())
globals().update(CONSTANTS)

# What stays here: the library looks through the names of `_ssl`.
OWN = ("door", "certificates", "os", "sys", "types", "weakref", "prepare", "CONSTANTS", "ALERTS", "OWN")


def prepare():
    """At build time: `import ssl` finds us."""
    module = types.ModuleType("_ssl", __doc__)
    module.__dict__.update((name, value) for name, value in globals().items() if name not in OWN and not name.startswith("__"))
    sys.modules["_ssl"] = module
    import ssl  # noqa: F401
