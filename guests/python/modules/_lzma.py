"""xz and lzma: what the module `lzma` stands on, for an interpreter that was built without it.

The work is done by the program `xz`. Python only walks through the container to find where a stream ends, so a stream is
decompressed when it is complete, and compressed when it is flushed; until then it lies in a temporary file.
"""

import binascii
import subprocess
import tempfile

FORMAT_AUTO, FORMAT_XZ, FORMAT_ALONE, FORMAT_RAW = 0, 1, 2, 3
CHECK_NONE, CHECK_CRC32, CHECK_CRC64, CHECK_SHA256, CHECK_ID_MAX, CHECK_UNKNOWN = 0, 1, 4, 10, 15, 16
FILTER_LZMA1, FILTER_LZMA2 = 0x4000000000000001, 0x21
FILTER_DELTA, FILTER_X86, FILTER_POWERPC, FILTER_IA64 = 3, 4, 5, 6
FILTER_ARM, FILTER_ARMTHUMB, FILTER_SPARC = 7, 8, 9
MF_HC3, MF_HC4, MF_BT2, MF_BT3, MF_BT4 = 3, 4, 0x12, 0x13, 0x14
MODE_FAST, MODE_NORMAL = 1, 2
PRESET_DEFAULT, PRESET_EXTREME = 6, 1 << 31

_PROGRAM = "/usr/bin/xz"
# The names that `xz --check` knows.
_CHECKS = {CHECK_NONE: "none", CHECK_CRC32: "crc32", CHECK_CRC64: "crc64", CHECK_SHA256: "sha256"}
# Bytes of a check, by its number (the .xz file format, 2.1.1.2).
_CHECK_BYTES = (0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64)
_MAGIC, _FOOTER_MAGIC = b"\xfd7zXZ\0", b"YZ"
_HEADER_BYTES = _FOOTER_BYTES = 12
_ALONE_HEADER_BYTES = 13
_PROPERTIES_MAX = 9 * 5 * 5
_SIZE_UNKNOWN, _ALONE_SIZE_MAX = (1 << 64) - 1, 1 << 38
# Bytes that one read of the program's output answers at most, however many may be asked for.
_PIECE_BYTES = 1 << 20
_CORRUPT = "Corrupt input data"


class LZMAError(Exception):
    """Call to liblzma failed."""


LZMAError.__module__ = "_lzma"


def is_check_supported(check_id, /):
    return check_id in _CHECKS


def _checked(data):
    if binascii.crc32(data[:-4]) != int.from_bytes(data[-4:], "little"):
        raise LZMAError(_CORRUPT)
    return data


def _varint():
    value = shift = 0
    while True:
        (byte,) = yield 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value
        if shift > 63:
            raise LZMAError(_CORRUPT)


def _xz_stream(found):
    """Walks through one stream of a .xz file: asks for a count of bytes, and is sent them.

    What it learns goes into `found`.
    """
    header = yield _HEADER_BYTES
    if not header.startswith(_MAGIC):
        raise LZMAError("Input format not supported by decoder")
    _checked(header[len(_MAGIC) :])
    found.check = header[7] & 0xF
    while True:
        (words,) = yield 1
        if words == 0:
            break
        header = _checked(bytes([words]) + (yield words * 4 + 3))
        count = len(header) + (yield from _chunks())
        yield -count % 4
        yield _CHECK_BYTES[found.check]
    # The index: places that were seen already; the program looks whether they are right.
    size = 1
    records = yield from _varint()
    size += _varint_bytes(records)
    for _ in range(2 * records):
        size += _varint_bytes((yield from _varint()))
    yield -size % 4 + 4
    footer = yield _FOOTER_BYTES
    if not footer.endswith(_FOOTER_MAGIC):
        raise LZMAError(_CORRUPT)


def _varint_bytes(value):
    return max(1, -(-value.bit_length() // 7))


def _chunks():
    """The chunks of LZMA2, and the byte that ends them: how many bytes they were."""
    count = 0
    while True:
        (control,) = yield 1
        count += 1
        if control == 0:
            return count
        if control >= 0x80:
            size = 5 + (control >= 0xC0)
            header = yield size - 1
            packed = int.from_bytes(header[2:4], "big") + 1
            count += size - 1 + packed
            yield packed
        elif control <= 2:
            packed = int.from_bytes((yield 2), "big") + 1
            count += 2 + packed
            yield packed
        else:
            raise LZMAError(_CORRUPT)


def _alone_header(header):
    """Whether this may be the beginning of an .lzma file, judged as liblzma does."""
    dictionary = int.from_bytes(header[1:5], "little")
    size = int.from_bytes(header[5:13], "little")
    power = dictionary and 1 << dictionary.bit_length() - 1
    whole = dictionary in (power, power | power >> 1, 0xFFFFFFFF)
    return header[0] < _PROPERTIES_MAX and whole and (size == _SIZE_UNKNOWN or size < _ALONE_SIZE_MAX)


class LZMADecompressor:
    """Create a decompressor object for decompressing data incrementally."""

    def __init__(self, format=FORMAT_AUTO, memlimit=None, filters=None):
        if format not in (FORMAT_AUTO, FORMAT_XZ, FORMAT_ALONE, FORMAT_RAW):
            raise ValueError(f"Invalid container format: {format}")
        if format == FORMAT_RAW:
            if memlimit is not None:
                raise ValueError("Cannot specify memory limit with FORMAT_RAW")
            if filters is None:
                raise ValueError("Must specify filters for FORMAT_RAW")
            _refuse_raw()
        if filters is not None:
            raise ValueError("Cannot specify filters except with FORMAT_RAW")
        self._format = format
        self.check = CHECK_NONE if format == FORMAT_ALONE else CHECK_UNKNOWN
        self.eof, self.needs_input, self.unused_data = False, True, b""
        self._held, self._file, self._program = bytearray(), None, None
        self._stream = self._wanted = None

    def __getstate__(self):
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")

    def decompress(self, data, max_length=-1):
        if self.eof:
            raise EOFError("Already at end of stream")
        if self._program is None:
            self._held += data
            if not self._complete():
                return b""
        return self._read(max_length)

    def _complete(self):
        """Whether the whole stream is there; then the program is started."""
        if self._format == FORMAT_AUTO:
            if not self._held:
                return False
            if self._held[0] == _MAGIC[0]:
                self._format = FORMAT_XZ
            elif self._held[0] >= _PROPERTIES_MAX:
                raise LZMAError("Input format not supported by decoder")
            elif len(self._held) < _ALONE_HEADER_BYTES:
                return False
            else:
                self._format, self.check = FORMAT_ALONE, CHECK_NONE
        return self._complete_xz() if self._format == FORMAT_XZ else self._complete_alone()

    def _complete_xz(self):
        if self._stream is None:
            # What is too short to judge may still begin wrongly.
            if not _MAGIC.startswith(self._held[: len(_MAGIC)]):
                raise LZMAError("Input format not supported by decoder")
            self._stream, self._file = _xz_stream(self), tempfile.TemporaryFile()
            self._wanted = next(self._stream)
        at, held = 0, bytes(self._held)
        try:
            while len(held) - at >= self._wanted:
                part = held[at : at + self._wanted]
                at += self._wanted
                self._wanted = self._stream.send(part)
        except StopIteration:
            self._file.write(held[:at])
            self.unused_data = held[at:]
            self._start("xz")
            return True
        self._file.write(held[:at])
        del self._held[:at]
        return False

    def _complete_alone(self):
        """Nothing tells where such a stream ends: the program is asked whether it has all."""
        if len(self._held) < _ALONE_HEADER_BYTES:
            return False
        if not _alone_header(self._held):
            raise LZMAError("Input format not supported by decoder")
        self._file = tempfile.TemporaryFile()
        self._file.write(self._held)
        self._start("lzma")
        output, complaint = self._program.communicate()
        if self._program.returncode:
            self._program = None
            self._file.close()
            if b"unexpected end" in complaint:
                return False
            raise LZMAError(_CORRUPT)
        self._output = output
        return True

    def _start(self, format):
        self._held, self._output = bytearray(), None
        self._file.seek(0)
        self._program = _start(["--decompress", f"--format={format}"], self._file)
        self.needs_input = False

    def _read(self, max_length):
        if self._output is not None:
            data = self._output if max_length < 0 else self._output[:max_length]
            self._output = self._output[len(data) :]
            self._end(not self._output)
            return data
        out = self._program.stdout
        data = out.read() if max_length < 0 else out.read(min(max_length, _PIECE_BYTES))
        if not out.peek(1):
            out.close()
            self._program.stderr.close()
            if self._program.wait():
                raise LZMAError(_CORRUPT)
            self._end(True)
        return data

    def _end(self, over):
        if over:
            self.eof = True
            self._file.close()


class LZMACompressor:
    """Create a compressor object for compressing data incrementally."""

    def __init__(self, format=FORMAT_XZ, check=-1, preset=None, filters=None):
        if preset is not None and filters is not None:
            raise ValueError("Cannot specify both preset and filter chain")
        if format not in (FORMAT_XZ, FORMAT_ALONE, FORMAT_RAW):
            raise ValueError(f"Invalid container format: {format}")
        if format != FORMAT_XZ and check not in (-1, CHECK_NONE):
            raise ValueError("Integrity checks are only supported by FORMAT_XZ")
        if format == FORMAT_RAW:
            if filters is None:
                raise ValueError("Must specify filters for FORMAT_RAW")
            _refuse_raw()
        if filters is not None:
            preset = _preset_of(filters, FILTER_LZMA2 if format == FORMAT_XZ else FILTER_LZMA1)
        if preset is None:
            preset = PRESET_DEFAULT
        level = preset & ~PRESET_EXTREME
        if not 0 <= level <= 9:
            raise LZMAError("Invalid or unsupported options")
        check = CHECK_CRC64 if check == -1 else check
        if check not in _CHECKS:
            raise LZMAError("Unsupported integrity check")
        self._options = [f"-{level}", "--format=lzma"] if format == FORMAT_ALONE else [f"-{level}", f"--check={_CHECKS[check]}"]
        self._file = tempfile.TemporaryFile()

    def __getstate__(self):
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")

    def compress(self, data, /):
        if self._file is None:
            raise ValueError("Compressor has been flushed")
        self._file.write(data)
        return b""

    def flush(self):
        if self._file is None:
            raise ValueError("Repeated call to flush()")
        self._file.seek(0)
        with self._file as file:
            self._file = None
            program = _start(self._options, file)
            output, complaint = program.communicate()
        if program.returncode:
            raise LZMAError(complaint.decode(errors="replace").strip())
        return output


def _start(options, file):
    try:
        return subprocess.Popen([_PROGRAM, "--stdout", *options], stdin=file, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except OSError as error:
        raise LZMAError(f"{_PROGRAM}: {error.strerror}") from None


def _refuse_raw():
    raise LZMAError("Raw streams are not supported in a session: only .xz and .lzma are")


def _preset_of(filters, wanted):
    """The preset of a chain of one filter; what else a chain may say, `xz` here has no options for."""
    chain = [dict(one) for one in filters]
    if not chain:
        raise ValueError("Filter chain must have at least one filter")
    for one in chain:
        if "id" not in one:
            raise ValueError("Filter specifier must have an \"id\" entry")
    if len(chain) != 1 or chain[0]["id"] != wanted or chain[0].keys() - {"id", "preset"}:
        raise LZMAError("Filter chains other than one preset are not supported in a session")
    return chain[0].get("preset", PRESET_DEFAULT)


def _encode_filter_properties(filter, /):
    _refuse_raw()


def _decode_filter_properties(filter_id, encoded_props, /):
    _refuse_raw()
