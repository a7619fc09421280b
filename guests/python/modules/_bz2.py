"""bzip2 in Python: what the module `bz2` stands on, for an interpreter that was built without it.

Reads every bzip2 stream but the randomised ones of before 1997. Writes blocks of 100,000 bytes, whatever level is asked
for: sorting them is what takes the time.
"""

BLOCK_MAGIC, END_MAGIC = 0x314159265359, 0x177245385090
_LEVEL_BYTES = 100_000
_GROUP = 50


def _checksums():
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value >> 31 else 0)) & 0xFFFFFFFF
        table.append(value)
    return table


_TABLE = _checksums()


def _checksum(data):
    value, table = 0xFFFFFFFF, _TABLE
    for byte in data:
        value = (value << 8 & 0xFFFFFFFF) ^ table[value >> 24 ^ byte]
    return value ^ 0xFFFFFFFF


class _Bits:
    """Bits of bytes, the highest first."""

    def __init__(self, data, bit):
        self.data, self.at = data, bit >> 3
        self.hold = self.held = 0
        self.take(bit & 7)

    def take(self, count):
        while self.held < count:
            part = self.data[self.at : self.at + 8]
            if not part:
                raise OSError("Invalid data stream")
            self.hold = (self.hold & (1 << self.held) - 1) << 8 * len(part) | int.from_bytes(part, "big")
            self.held += 8 * len(part)
            self.at += len(part)
        self.held -= count
        return self.hold >> self.held & (1 << count) - 1

    def place(self):
        return 8 * self.at - self.held


class _Code:
    """A Huffman code, read bit by bit where a table of its short words does not tell."""

    SHORT = 10

    def __init__(self, lengths):
        self.words, self.short = {}, [None] * (1 << self.SHORT)
        code = 0
        for length in range(1, 21):
            for symbol, own in enumerate(lengths):
                if own != length:
                    continue
                self.words[length, code] = symbol
                if length <= self.SHORT:
                    spare = self.SHORT - length
                    first = code << spare
                    if first + (1 << spare) > len(self.short):
                        raise OSError("Invalid data stream")
                    self.short[first : first + (1 << spare)] = [(symbol, length)] * (1 << spare)
                code += 1
            code <<= 1

    def read(self, bits):
        if bits.held < self.SHORT and bits.at < len(bits.data):
            part = bits.data[bits.at : bits.at + 8]
            bits.hold = (bits.hold & (1 << bits.held) - 1) << 8 * len(part) | int.from_bytes(part, "big")
            bits.held += 8 * len(part)
            bits.at += len(part)
        if bits.held >= self.SHORT:
            found = self.short[bits.hold >> bits.held - self.SHORT & (1 << self.SHORT) - 1]
            if found is not None:
                bits.held -= found[1]
                return found[0]
        code, words = 0, self.words
        for length in range(1, 21):
            code = code << 1 | bits.take(1)
            if (length, code) in words:
                return words[length, code]
        raise OSError("Invalid data stream")


def _block(bits, limit):
    """The bytes of a block, whose magic was read."""
    checksum, randomised, origin = bits.take(32), bits.take(1), bits.take(24)
    if randomised:
        raise OSError("Invalid data stream")
    used = bits.take(16)
    alphabet = []
    for high in range(16):
        if used >> 15 - high & 1:
            low = bits.take(16)
            alphabet += [high << 4 | place for place in range(16) if low >> 15 - place & 1]
    groups, count = bits.take(3), bits.take(15)
    if not 2 <= groups <= 6 or not count or not alphabet:
        raise OSError("Invalid data stream")
    order, selectors = list(range(groups)), []
    for _ in range(count):
        place = 0
        while bits.take(1):
            place += 1
            if place >= groups:
                raise OSError("Invalid data stream")
        order.insert(0, order.pop(place))
        selectors.append(order[0])
    codes = []
    for _ in range(groups):
        length, lengths = bits.take(5), []
        for _ in range(len(alphabet) + 2):
            while bits.take(1):
                length += -1 if bits.take(1) else 1
            if not 1 <= length <= 20:
                raise OSError("Invalid data stream")
            lengths.append(length)
        codes.append(_Code(lengths))
    end, last, run, weight = len(alphabet) + 1, bytearray(), 0, 1
    front = alphabet[:]
    for selector in selectors:
        read = codes[selector].read
        for _ in range(_GROUP):
            symbol = read(bits)
            if symbol < 2:
                run += weight << symbol
                weight <<= 1
                if run > limit:
                    raise OSError("Invalid data stream")
                continue
            if run:
                last += bytes((front[0],)) * run
                run, weight = 0, 1
            if symbol == end:
                return _joined(_unsorted(last, origin), checksum)
            byte = front.pop(symbol - 1)
            front.insert(0, byte)
            last.append(byte)
            if len(last) > limit:
                raise OSError("Invalid data stream")
    raise OSError("Invalid data stream")


def _unsorted(last, origin):
    """Burrows-Wheeler, backwards."""
    if origin >= len(last):
        raise OSError("Invalid data stream")
    starts, total = [0] * 256, 0
    for byte in range(256):
        starts[byte] = total
        total += last.count(byte)
    following = [0] * len(last)
    for place, byte in enumerate(last):
        following[starts[byte]] = place
        starts[byte] += 1
    out, place = bytearray(), following[origin]
    for _ in range(len(last)):
        out.append(last[place])
        place = following[place]
    return out


def _joined(data, checksum):
    """Four equal bytes are followed by how many more of them there are."""
    out, at, same, before = bytearray(), 0, 0, -1
    for byte in data:
        if same == 4:
            out += bytes((before,)) * byte
            same = 0
            before = -1
            continue
        same = same + 1 if byte == before else 1
        before = byte
        out.append(byte)
    if _checksum(out) != checksum:
        raise OSError("Invalid data stream")
    return out


def _magic_from(data, bit):
    """Whether another magic begins at or behind a bit: then the block before it is whole."""
    for shift in range(8):
        for magic in (BLOCK_MAGIC, END_MAGIC):
            # Five whole bytes in the middle, whichever bit it begins at.
            word = (magic << 8 - shift).to_bytes(7, "big")
            if data.find(word[1:6], bit >> 3) >= 0:
                return True
    return False


class BZ2Decompressor:
    """A stream that is decompressed piece by piece."""

    def __init__(self):
        self.eof, self.needs_input, self.unused_data = False, True, b""
        self._input, self._bit, self._ready = bytearray(), 0, bytearray()
        self._limit, self._sum = 0, 0
        self._failed = False

    def __reduce__(self):
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")

    def decompress(self, data, max_length=-1):
        if self.eof and not self._ready:
            raise EOFError("End of stream already reached")
        if self._failed:
            raise ValueError("Decompressor is unusable after a previous error")
        self._input += data
        self._failed, self.needs_input = True, False
        # One byte more than is wanted, or the end: then it is known whether more input is needed.
        while not self.eof and (max_length < 0 or len(self._ready) <= max_length) and self._step():
            pass
        self._failed = False
        size = len(self._ready) if max_length < 0 else max_length
        out = bytes(self._ready[:size])
        del self._ready[:size]
        self.needs_input = not self.eof and not self._ready
        return out

    def _step(self):
        data = self._input
        if not self._limit:
            if len(data) < 4:
                return False
            if data[:3] != b"BZh" or not 49 <= data[3] <= 57:
                raise OSError("Invalid data stream")
            self._limit, self._bit = (data[3] - 48) * _LEVEL_BYTES, 32
        if 8 * len(data) < self._bit + 80:
            return False
        bits = _Bits(data, self._bit)
        magic = bits.take(48)
        if magic == END_MAGIC:
            if bits.take(32) != self._sum:
                raise OSError("Invalid data stream")
            self.eof = True
            self.unused_data = bytes(data[-(-bits.place() // 8) :])
            return False
        if magic != BLOCK_MAGIC:
            raise OSError("Invalid data stream")
        if not _magic_from(data, bits.place()):
            return False
        start = bits.place()
        self._ready += _block(bits, self._limit)
        checksum = _Bits(data, start).take(32)
        self._sum = (self._sum << 1 & 0xFFFFFFFF | self._sum >> 31) ^ checksum
        whole = bits.place() >> 3
        del data[:whole]
        self._bit = bits.place() & 7
        return True


class BZ2Compressor:
    """A stream that is compressed piece by piece."""

    def __init__(self, compresslevel=9, /):
        if not 1 <= compresslevel <= 9:
            raise ValueError("compresslevel must be between 1 and 9")
        self._level, self._begun = compresslevel, False
        self._input, self._out = bytearray(), bytearray()
        self._hold = self._held = self._sum = 0
        self._done = False

    def _put(self, value, count):
        self._hold, self._held = self._hold << count | value, self._held + count
        if self._held >= 64:
            spare = self._held & 7
            self._out += (self._hold >> spare).to_bytes(self._held >> 3, "big")
            self._hold, self._held = self._hold & (1 << spare) - 1, spare

    def compress(self, data, /):
        if self._done:
            raise ValueError("Compressor has been flushed")
        self._input += memoryview(data).cast("B")
        # A fifth of room for runs of four, which grow.
        size = _LEVEL_BYTES * 4 // 5 - 20
        while len(self._input) >= size:
            self._write(bytes(self._input[:size]))
            del self._input[:size]
        return self._given()

    def flush(self):
        if self._done:
            raise ValueError("Repeated call to flush()")
        self._done = True
        if self._input:
            self._write(bytes(self._input))
        self._begin(self._level)
        self._put(END_MAGIC, 48)
        self._put(self._sum, 32)
        self._put(0, -self._held % 8)
        self._out += self._hold.to_bytes(self._held >> 3, "big")
        return self._given()

    def __reduce__(self):
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")

    def _given(self):
        out = bytes(self._out)
        self._out.clear()
        return out

    def _begin(self, level):
        if not self._begun:
            self._begun = True
            self._out += b"BZh%d" % level

    def _write(self, data):
        # Blocks of the smallest size: what sorts them takes time that grows faster than they do.
        self._begin(1)
        checksum = _checksum(data)
        self._sum = (self._sum << 1 & 0xFFFFFFFF | self._sum >> 31) ^ checksum
        last, origin = _sorted(_split(data))
        put = self._put
        put(BLOCK_MAGIC, 48)
        put(checksum, 32)
        put(origin, 25)
        alphabet = sorted(set(last))
        rows = [sum(1 << 15 - (byte & 15) for byte in alphabet if byte >> 4 == high) for high in range(16)]
        put(sum(1 << 15 - high for high, row in enumerate(rows) if row), 16)
        for row in filter(None, rows):
            put(row, 16)
        symbols = _symbols(last, alphabet)
        lengths = _lengths(symbols, len(alphabet) + 2)
        count = -(-len(symbols) // _GROUP)
        # The format asks for two codes at least; both are the same, and the first is always chosen.
        put(2, 3)
        put(count, 15)
        for _ in range(count):
            put(0, 1)
        for _ in range(2):
            before = lengths[0]
            put(before, 5)
            for length in lengths:
                for _ in range(abs(length - before)):
                    put(2 if length > before else 3, 2)
                put(0, 1)
                before = length
        words, code = {}, 0
        for length in range(1, 21):
            for symbol, own in enumerate(lengths):
                if own == length:
                    words[symbol] = code, length
                    code += 1
            code <<= 1
        for symbol in symbols:
            put(*words[symbol])


def _split(data):
    """After four equal bytes, how many more of them there are."""
    out, at, size = bytearray(), 0, len(data)
    while at < size:
        byte, end = data[at], at + 1
        while end < size and end - at < 259 and data[end] == byte:
            end += 1
        run = end - at
        out += data[at : at + min(run, 4)]
        if run >= 4:
            out.append(run - 4)
        at = end
    return out


def _sorted(data):
    """Burrows-Wheeler: the last column, and the row that the data are. Ranks of prefixes, doubled until all differ."""
    size = len(data)
    rank, step = list(data), 1
    while True:
        # One number for each pair of ranks.
        keys = [first * (size + 256) + second for first, second in zip(rank, rank[step % size :] + rank[: step % size])]
        order = sorted(range(size), key=keys.__getitem__)
        number, before = 0, keys[order[0]]
        for place in order:
            if keys[place] != before:
                number, before = number + 1, keys[place]
            rank[place] = number
        step *= 2
        if number == size - 1 or step >= 2 * size:
            break
    return bytes(data[place - 1] for place in order), order.index(0)


def _symbols(last, alphabet):
    """Move-to-front, with runs of the first in numbers of the digits 1 and 2."""
    front, out, run = alphabet[:], [], 0

    def tell(run):
        while run > 0:
            out.append(0 if run & 1 else 1)
            run = run - 1 >> 1 if run & 1 else run - 2 >> 1

    for byte in last:
        place = front.index(byte)
        if place == 0:
            run += 1
            continue
        tell(run)
        run = 0
        out.append(place + 1)
        front.insert(0, front.pop(place))
    tell(run)
    out.append(len(alphabet) + 1)
    return out


def _lengths(symbols, size):
    """Lengths of a Huffman code of at most 17 bits that has a word for every symbol."""
    from collections import Counter
    from heapq import heapify, heappop, heappush

    counts = Counter(symbols)
    weights = [counts[symbol] or 1 for symbol in range(size)]
    while True:
        heap = [(weight, symbol, (symbol,)) for symbol, weight in enumerate(weights)]
        heapify(heap)
        lengths, number = [0] * size, size
        while len(heap) > 1:
            (one, _, left), (other, _, right) = heappop(heap), heappop(heap)
            for symbol in left + right:
                lengths[symbol] += 1
            heappush(heap, (one + other, number, left + right))
            number += 1
        if max(lengths) <= 17:
            return lengths
        weights = [weight // 2 + 1 for weight in weights]
