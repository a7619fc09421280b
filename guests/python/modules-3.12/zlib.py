"""zlib in Python, for an interpreter that was built without it.

Reads everything that RFC 1950, 1951 and 1952 describe. Writes with one block of Huffman codes for each 32 KiB or so,
whatever level is asked for, level 0 excepted. Some megabytes a second: enough for pip and for wheels.
"""

from binascii import crc32 as _crc32

ZLIB_VERSION = ZLIB_RUNTIME_VERSION = "1.2.13"
__version__ = "1.0"
DEFLATED = 8
MAX_WBITS = 15
DEF_BUF_SIZE = 16384
DEF_MEM_LEVEL = 8
Z_NO_FLUSH, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_FINISH, Z_BLOCK, Z_TREES = range(7)
Z_NO_COMPRESSION, Z_BEST_SPEED, Z_BEST_COMPRESSION, Z_DEFAULT_COMPRESSION = 0, 1, 9, -1
Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED = range(5)

_WINDOW = 32768
# What may be held of the input before it is used.
_TAKEN_MAX_BYTES = 16


class error(Exception):
    pass


error.__module__ = "zlib"


def crc32(data, value=0, /):
    return _crc32(data, value)


def adler32(data, value=1, /):
    from itertools import accumulate

    low, high = value & 0xFFFF, value >> 16 & 0xFFFF
    data = bytes(data)
    for at in range(0, len(data), 4096):
        part = data[at : at + 4096]
        # Each byte is in the low sum once and in the high sum once for itself and for every one behind it.
        high = (high + low * len(part) + sum(accumulate(part))) % 65521
        low = (low + sum(part)) % 65521
    return high << 16 | low


# Lengths and distances: the first value of each code and how many bits follow it.
_LENGTHS = []
_DISTANCES = []


def _prepare():
    base = 3
    for code in range(28):
        extra = max(code // 4 - 1, 0)
        _LENGTHS.append((base, extra))
        base += 1 << extra
    _LENGTHS.append((258, 0))
    base = 1
    for code in range(30):
        extra = max(code // 2 - 1, 0)
        _DISTANCES.append((base, extra))
        base += 1 << extra


_prepare()
_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)


def _codes(lengths):
    """The canonical codes of these lengths, as `(symbol, length, code with its bits turned round)`."""
    code, codes = 0, []
    for length in range(1, 16):
        code <<= 1
        for symbol, own in enumerate(lengths):
            if own == length:
                codes.append((symbol, length, int(format(code, f"0{length}b")[::-1], 2)))
                code += 1
    return codes, code


def _table(lengths, incomplete_ok=False):
    """A table to look `bits` bits up in: `length << 16 | symbol`, 0 where there is no code."""
    bits = max(lengths, default=0) or 1
    table = [0] * (1 << bits)
    codes, _ = _codes(lengths)
    used = sum(1 << bits - length for _, length, _ in codes)
    if used > 1 << bits or (used < 1 << bits and not (incomplete_ok and len(codes) <= 1)):
        raise error("Error -3 while decompressing data: invalid code lengths set")
    for symbol, length, code in codes:
        entry = length << 16 | symbol
        table[code :: 1 << length] = [entry] * (1 << bits - length)
    return table, bits


_FIXED = None


def _fixed():
    global _FIXED
    if _FIXED is None:
        lengths = [8] * 144 + [9] * 112 + [7] * 24 + [8] * 8
        _FIXED = (*_table(lengths), *_table([5] * 32))
    return _FIXED


class _NeedInput(Exception):
    """There is not enough input for the next step, which begins where the last one ended."""


class _Inflate:
    """RFC 1951, in steps: what a step read is only let go when it could be finished."""

    def __init__(self):
        self.input = bytearray()
        self.at = 0
        # Bits that were taken from the input, and are not used yet.
        self.hold = self.held = 0
        self.out = bytearray()
        self.tables = None
        self.stored = 0
        self.last = self.done = False

    def need(self, count):
        hold, held, at = self.hold, self.held, self.at
        while held < count:
            if at >= len(self.input):
                raise _NeedInput
            hold |= self.input[at] << held
            at += 1
            held += 8
        self.hold, self.held, self.at = hold, held, at

    def take(self, count):
        self.need(count)
        value = self.hold & (1 << count) - 1
        self.hold >>= count
        self.held -= count
        return value

    def run(self, enough):
        """Works until the end, until `out` has grown to `enough`, or until the input is used up."""
        while not self.done and len(self.out) < enough:
            saved = self.at, self.hold, self.held
            try:
                if self.stored:
                    self.copy(enough)
                elif self.tables is not None:
                    if not self.symbols(enough):
                        return
                elif self.last:
                    self.done = True
                    # Whole bytes that were taken too early go back.
                    self.at -= self.held // 8
                    self.hold = self.held = 0
                else:
                    self.header()
            except _NeedInput:
                self.at, self.hold, self.held = saved
                return

    def header(self):
        last, kind = self.take(1), self.take(2)
        if kind == 0:
            self.take(self.held % 8)
            size, inverse = self.take(16), self.take(16)
            if size ^ inverse != 0xFFFF:
                raise error("Error -3 while decompressing data: invalid stored block lengths")
            self.stored = size
            # What is held are whole bytes: back with them, the block is copied from the input.
            self.at -= self.held // 8
            self.hold = self.held = 0
        elif kind == 1:
            self.tables = _fixed()
        elif kind == 2:
            self.tables = self.dynamic()
        else:
            raise error("Error -3 while decompressing data: invalid block type")
        self.last = bool(last)

    def dynamic(self):
        literals, distances, count = self.take(5) + 257, self.take(5) + 1, self.take(4) + 4
        if literals > 286 or distances > 30:
            raise error("Error -3 while decompressing data: too many length or distance symbols")
        lengths = [0] * 19
        for place in _ORDER[:count]:
            lengths[place] = self.take(3)
        table, bits = _table(lengths)
        lengths = []
        while len(lengths) < literals + distances:
            entry = self.look(table, bits)
            if entry < 16:
                lengths.append(entry)
            elif entry == 16:
                if not lengths:
                    raise error("Error -3 while decompressing data: invalid bit length repeat")
                lengths += lengths[-1:] * (self.take(2) + 3)
            elif entry == 17:
                lengths += [0] * (self.take(3) + 3)
            else:
                lengths += [0] * (self.take(7) + 11)
        if len(lengths) > literals + distances:
            raise error("Error -3 while decompressing data: invalid bit length repeat")
        if lengths[256] == 0:
            raise error("Error -3 while decompressing data: invalid code -- missing end-of-block")
        return (*_table(lengths[:literals], True), *_table(lengths[literals:], True))

    def look(self, table, bits):
        """The next symbol; the input may end behind it."""
        while self.held < bits and self.at < len(self.input):
            self.need(self.held + 8)
        entry = table[self.hold & (1 << bits) - 1]
        length = entry >> 16
        if length == 0:
            if self.held < bits:
                raise _NeedInput
            raise error("Error -3 while decompressing data: invalid code")
        self.take(length)
        return entry & 0xFFFF

    def copy(self, enough):
        part = self.input[self.at : self.at + min(self.stored, max(enough - len(self.out), 1))]
        if not part:
            raise _NeedInput
        self.out += part
        self.at += len(part)
        self.stored -= len(part)

    def symbols(self, enough):
        """Works through a block; false when there is not enough input to go on."""
        table, bits, far_table, far_bits = self.tables
        mask, far_mask = (1 << bits) - 1, (1 << far_bits) - 1
        input, out, size = self.input, self.out, len(self.input)
        at, hold, held = self.at, self.hold, self.held
        append = out.append
        try:
            while len(out) < enough:
                # A symbol takes 48 bits at most; they are taken at once where they are there.
                if held < 48:
                    more = input[at : at + 6]
                    hold |= int.from_bytes(more, "little") << held
                    held += 8 * len(more)
                    at += len(more)
                if held < 48:
                    # Near the end of the input: may there be no end of a symbol, it begins here again.
                    before = at, hold, held
                entry = table[hold & mask]
                length = entry >> 16
                symbol = entry & 0xFFFF
                if length == 0 or length > held:
                    if held < bits:
                        raise _NeedInput
                    raise error("Error -3 while decompressing data: invalid literal/length code")
                hold >>= length
                held -= length
                if symbol < 256:
                    append(symbol)
                    continue
                if symbol == 256:
                    self.tables = None
                    return True
                if symbol > 285:
                    raise error("Error -3 while decompressing data: invalid literal/length code")
                length, extra = _LENGTHS[symbol - 257]
                if extra:
                    length += hold & (1 << extra) - 1
                    hold >>= extra
                    held -= extra
                entry = far_table[hold & far_mask]
                far = entry >> 16
                if far == 0 or far > held:
                    if held < far_bits:
                        at, hold, held = before
                        raise _NeedInput
                    raise error("Error -3 while decompressing data: invalid distance code")
                hold >>= far
                held -= far
                symbol = entry & 0xFFFF
                if symbol > 29:
                    raise error("Error -3 while decompressing data: invalid distance code")
                distance, extra = _DISTANCES[symbol]
                if extra:
                    distance += hold & (1 << extra) - 1
                    hold >>= extra
                    held -= extra
                if held < 0:
                    at, hold, held = before
                    raise _NeedInput
                start = len(out) - distance
                if start < 0:
                    raise error("Error -3 while decompressing data: invalid distance too far back")
                if distance >= length:
                    out += out[start : start + length]
                else:
                    part = out[start:]
                    out += (part * (length // distance + 1))[:length]
            return True
        except _NeedInput:
            # What was finished before stays so.
            return False
        finally:
            self.at, self.hold, self.held = at, hold, held


class Decompress:
    """What `decompressobj` makes."""

    def __init__(self, wbits=MAX_WBITS, zdict=b""):
        self.unused_data = self.unconsumed_tail = b""
        self.eof = False
        self._wbits = wbits
        # 16 to 31 gzip, 32 to 47 either, negative none.
        self._kind = "raw" if wbits < 0 else "gzip" if 16 < wbits < 32 else "either" if wbits >= 32 else "zlib"
        self._state = "blocks" if self._kind == "raw" else "head"
        self._inflate = _Inflate()
        self._sent = 0
        self._check = None
        self._dictionary = bytes(zdict)
        self._size = 0
        if self._kind == "raw" and zdict:
            self._use_dictionary()

    def _use_dictionary(self):
        self._inflate.out += self._dictionary[-_WINDOW:]
        self._sent = len(self._inflate.out)

    def decompress(self, data, /, max_length=0):
        if max_length < 0:
            raise ValueError("max_length must be non-negative")
        if self.eof:
            self.unused_data += bytes(data)
            return b""
        out = self._feed(data, max_length)
        if max_length and not self.eof:
            inflate = self._inflate
            # As zlib does: what it did not look at is the caller's to bring again.
            self.unconsumed_tail = bytes(inflate.input[inflate.at :]) if len(out) >= max_length else b""
            if self.unconsumed_tail:
                del inflate.input[inflate.at :]
        elif self.eof:
            self.unconsumed_tail = b""
        return out

    def _feed(self, data, limit):
        inflate = self._inflate
        inflate.input += data
        if self._state == "head" and not self._head():
            return b""
        parts = bytearray()
        while self._state == "blocks":
            room = limit - len(parts) if limit else 1 << 20
            if room <= 0:
                break
            before = (inflate.at, inflate.held, len(inflate.out))
            inflate.run(self._sent + room)
            new = inflate.out[self._sent : self._sent + room]
            self._account(new)
            parts += new
            self._sent += len(new)
            if inflate.done and self._sent == len(inflate.out):
                self._state = "foot"
            elif not new and before == (inflate.at, inflate.held, len(inflate.out)):
                break
            if self._sent > 2 * _WINDOW:
                drop = self._sent - _WINDOW
                del inflate.out[:drop]
                self._sent -= drop
            if inflate.at > 1 << 16:
                # Bytes that were taken too early may have to go back.
                del inflate.input[: inflate.at - _TAKEN_MAX_BYTES]
                inflate.at = _TAKEN_MAX_BYTES
        if self._state == "foot":
            self._foot()
        return bytes(parts)

    def _account(self, new):
        if self._check is None:
            return
        self._size += len(new)
        self._check = crc32(new, self._check) if self._kind == "gzip" else adler32(new, self._check)

    def _head(self):
        data = bytes(self._inflate.input)
        if self._kind == "either" and len(data) >= 2:
            self._kind = "gzip" if data[:2] == b"\x1f\x8b" else "zlib"
        if self._kind == "either" or len(data) < 2:
            return False
        if self._kind == "zlib":
            if (data[0] << 8 | data[1]) % 31 or data[0] & 15 != 8 or data[0] >> 4 > 7:
                raise error("Error -3 while decompressing data: incorrect header check")
            size, self._check = 2, 1
            if data[1] & 32:
                if len(data) < 6:
                    return False
                if not self._dictionary:
                    raise error("Error 2 while decompressing data")
                if adler32(self._dictionary) != int.from_bytes(data[2:6], "big"):
                    raise error("Error -3 while setting zdict")
                self._use_dictionary()
                size = 6
        else:
            size = _gzip_head(data)
            if size is None:
                return False
            self._check = 0
        del self._inflate.input[:size]
        self._state = "blocks"
        return True

    def _foot(self):
        inflate = self._inflate
        rest = bytes(inflate.input[inflate.at :])
        size = {"raw": 0, "zlib": 4, "gzip": 8}[self._kind]
        if len(rest) < size:
            return
        if self._kind == "zlib" and int.from_bytes(rest[:4], "big") != self._check:
            raise error("Error -3 while decompressing data: incorrect data check")
        if self._kind == "gzip":
            if int.from_bytes(rest[:4], "little") != self._check:
                raise error("Error -3 while decompressing data: incorrect data check")
            if int.from_bytes(rest[4:8], "little") != self._size & 0xFFFFFFFF:
                raise error("Error -3 while decompressing data: incorrect length check")
        self._state, self.eof = "end", True
        self.unused_data += rest[size:]
        inflate.input.clear()
        inflate.at = 0

    def flush(self, length=DEF_BUF_SIZE, /):
        if length <= 0:
            raise ValueError("length must be greater than zero")
        if self.eof:
            return b""
        tail, self.unconsumed_tail = self.unconsumed_tail, b""
        return self._feed(tail, 0)

    def copy(self):
        import copy

        return copy.deepcopy(self)

    __copy__ = copy

    def __deepcopy__(self, memo):
        import copy

        other = Decompress.__new__(Decompress)
        for name, value in self.__dict__.items():
            setattr(other, name, copy.deepcopy(value, memo) if name == "_inflate" else value)
        return other


def _gzip_head(data):
    """How long the header of RFC 1952 is; None while it is not all there."""
    if data[:2] != b"\x1f\x8b":
        raise error("Error -3 while decompressing data: incorrect header check")
    if len(data) < 10:
        return None
    if data[2] != 8:
        raise error("Error -3 while decompressing data: unknown compression method")
    flags, at = data[3], 10
    if flags & 4:
        if len(data) < at + 2:
            return None
        at += 2 + int.from_bytes(data[at : at + 2], "little")
    for flag in (8, 16):
        if flags & flag:
            at = data.find(b"\0", at) + 1
            if at == 0:
                return None
    if flags & 2:
        at += 2
    return at if len(data) >= at else None


class _ZlibDecompressor:
    """As `bz2.BZ2Decompressor`: what is not used yet is kept here. `gzip` reads with it."""

    def __init__(self, wbits=MAX_WBITS, zdict=b""):
        self._stream = Decompress(wbits, zdict)
        self.needs_input = True

    eof = property(lambda self: self._stream.eof)
    unused_data = property(lambda self: self._stream.unused_data)

    def decompress(self, data, max_length=-1):
        if self.eof:
            raise EOFError("End of stream already reached")
        out = self._stream._feed(data, max(max_length, 0))
        # What filled the room may not have been all.
        self.needs_input = not self.eof and not 0 <= max_length <= len(out)
        return out


def decompressobj(wbits=MAX_WBITS, zdict=b""):
    return Decompress(wbits, zdict)


def decompress(data, /, wbits=MAX_WBITS, bufsize=DEF_BUF_SIZE):
    stream = Decompress(wbits)
    out = stream.decompress(data)
    if not stream.eof:
        raise error("Error -5 while decompressing data: incomplete or truncated stream")
    return out


def _make_codes():
    """The fixed codes, as `(bits, how many)` for each literal, length and distance."""
    literals = [None] * 288
    for symbol, length, code in _codes([8] * 144 + [9] * 112 + [7] * 24 + [8] * 8)[0]:
        literals[symbol] = (code, length)
    lengths = {}
    for code, (base, extra) in enumerate(_LENGTHS):
        bits, size = literals[257 + code]
        for more in range(1 << extra):
            if base + more <= 258:
                lengths[base + more] = (bits | more << size, size + extra)
    return literals, lengths


_CODES = None


def _distance(distance):
    """The fixed code of a distance and the bits behind it, and how many that are."""
    code = distance - 1
    if code > 3:
        top = code.bit_length() - 1
        code = 2 * top + (code >> top - 1 & 1)
    base, extra = _DISTANCES[code]
    return int(format(code, "05b")[::-1], 2) | distance - base << 5, 5 + extra


class Compress:
    """What `compressobj` makes: matches within 32 KiB, found by their first three bytes, in fixed codes."""

    def __init__(self, level=-1, method=DEFLATED, wbits=MAX_WBITS, memLevel=8, strategy=0, zdict=b""):
        if method != DEFLATED or not -1 <= level <= 9 or not 8 <= abs(wbits) <= 31:
            raise ValueError("Invalid initialization option")
        self._level = level
        self._kind = "raw" if wbits < 0 else "gzip" if wbits > 15 else "zlib"
        # As zlib does, for which a window of 256 bytes is too small.
        bits = max(abs(wbits) - 16 * (wbits > 15), 9)
        self._reach = 1 << bits
        self._zdict = bytes(zdict)
        self._input = bytearray(self._zdict[-_WINDOW:])
        self._at = len(self._input)
        self._hold = self._held = 0
        self._out = bytearray()
        self._heads = {}
        self._size = 0
        self._check = 0 if self._kind == "gzip" else 1
        self._done = False
        for place in range(max(self._at - 2, 0)):
            self._heads[bytes(self._input[place : place + 3])] = place
        if self._kind == "gzip":
            self._out += b"\x1f\x8b\x08\0\0\0\0\0\0\x03"
        elif self._kind == "zlib":
            head = (bits - 8 << 4 | DEFLATED) << 8 | (0x20 if zdict else 0) | (0x80 if level in (-1, 6) else 0xC0 if level > 6 else 0)
            self._out += (head + 31 - head % 31).to_bytes(2, "big")
            if zdict:
                self._out += adler32(self._zdict).to_bytes(4, "big")

    def _put(self, bits, count):
        self._hold |= bits << self._held
        self._held += count
        if self._held >= 64:
            whole = self._held // 8
            self._out += (self._hold & (1 << 8 * whole) - 1).to_bytes(whole, "little")
            self._hold >>= 8 * whole
            self._held -= 8 * whole

    def _align(self):
        self._held += -self._held % 8
        self._out += self._hold.to_bytes(self._held // 8, "little")
        self._hold = self._held = 0

    def compress(self, data, /):
        if self._done:
            raise error("Error -2 while compressing data: inconsistent stream state")
        data = bytes(data)
        self._check = crc32(data, self._check) if self._kind == "gzip" else adler32(data, self._check) if self._kind == "zlib" else 0
        self._size += len(data)
        self._input += data
        if len(self._input) - self._at >= _WINDOW:
            self._block(False)
        return self._given()

    def _given(self):
        out = bytes(self._out)
        self._out.clear()
        return out

    def _stored(self, last):
        data = self._input[self._at :]
        for at in range(0, max(len(data), 1), 65535):
            part = data[at : at + 65535]
            self._put(last and at + 65535 >= len(data), 1)
            self._put(0, 2)
            self._align()
            self._out += len(part).to_bytes(2, "little") + (len(part) ^ 0xFFFF).to_bytes(2, "little") + part
        self._at = len(self._input)

    def _block(self, last):
        if self._level == 0:
            self._stored(last)
            self._trim()
            return
        global _CODES
        if _CODES is None:
            _CODES = _make_codes()
        literals, lengths = _CODES
        self._put(last, 1)
        self._put(1, 2)
        data, heads, at, put = bytes(self._input), self._heads, self._at, self._put
        end = len(data)
        while at < end:
            key = data[at : at + 3]
            found = heads.get(key)
            heads[key] = at
            if found is None or at - found > self._reach or len(key) < 3:
                put(*literals[data[at]])
                at += 1
                continue
            longest = min(258, end - at)
            length = 3
            while length + 16 <= longest and data[found + length : found + length + 16] == data[at + length : at + length + 16]:
                length += 16
            while length < longest and data[found + length] == data[at + length]:
                length += 1
            put(*lengths[length])
            put(*_distance(at - found))
            for place in range(at + 1, min(at + length, end - 2)):
                heads[data[place : place + 3]] = place
            at += length
        self._at = at
        put(*literals[256])
        self._trim()

    def _trim(self):
        drop = self._at - _WINDOW
        if drop > _WINDOW:
            del self._input[:drop]
            self._at -= drop
            self._heads = {key: place - drop for key, place in self._heads.items() if place >= drop}

    def flush(self, mode=Z_FINISH, /):
        if mode == Z_NO_FLUSH or self._done:
            return b""
        if mode != Z_FINISH:
            if self._at < len(self._input):
                self._block(False)
            # An empty stored block brings the output to a whole byte.
            self._put(0, 3)
            self._align()
            self._out += b"\0\0\xff\xff"
            if mode == Z_FULL_FLUSH:
                self._heads.clear()
            return self._given()
        self._block(True)
        self._align()
        if self._kind == "gzip":
            self._out += self._check.to_bytes(4, "little") + (self._size & 0xFFFFFFFF).to_bytes(4, "little")
        elif self._kind == "zlib":
            self._out += self._check.to_bytes(4, "big")
        self._done = True
        return self._given()

    def copy(self):
        import copy

        other = Compress.__new__(Compress)
        other.__dict__.update({name: copy.copy(value) for name, value in self.__dict__.items()})
        return other

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, _memo):
        return self.copy()


def compressobj(level=-1, method=DEFLATED, wbits=MAX_WBITS, memLevel=DEF_MEM_LEVEL, strategy=Z_DEFAULT_STRATEGY, zdict=b""):
    return Compress(level, method, wbits, memLevel, strategy, zdict)


def compress(data, /, level=-1, wbits=MAX_WBITS):
    stream = Compress(level, DEFLATED, wbits)
    return stream.compress(data) + stream.flush()
