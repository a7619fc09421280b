"""Memory maps, made of copies.

WebAssembly has no memory maps: the part of the file is read into memory, and what was changed in a shared map is
written back by `flush` and `close`. Programs that read through a map see no difference; two maps of one file
do not see each other's changes before that.
"""

import os

ACCESS_DEFAULT, ACCESS_READ, ACCESS_WRITE, ACCESS_COPY = 0, 1, 2, 3
MAP_SHARED, MAP_PRIVATE, MAP_ANON = 1, 2, 32
MAP_ANONYMOUS = MAP_ANON
PROT_READ, PROT_WRITE, PROT_EXEC = 1, 2, 4
PAGESIZE = ALLOCATIONGRANULARITY = 65536
error = OSError


class mmap:
    """mmap(fileno, length[, flags[, prot[, access[, offset]]]])"""

    def __init__(self, fileno, length, flags=MAP_SHARED, prot=PROT_READ | PROT_WRITE, access=ACCESS_DEFAULT, offset=0):
        if length < 0 or offset < 0:
            raise OverflowError("memory mapped size must be positive")
        if offset % ALLOCATIONGRANULARITY:
            raise ValueError("mmap offset must be a multiple of ALLOCATIONGRANULARITY")
        self._fd, self._offset, self._position = -1, offset, 0
        self._writable = access != ACCESS_READ and bool(prot & PROT_WRITE)
        self._shared = access == ACCESS_WRITE or (access == ACCESS_DEFAULT and bool(flags & MAP_SHARED))
        self._data = bytearray(length)
        if fileno == -1:
            return
        size = os.fstat(fileno).st_size
        if length == 0:
            if size <= offset:
                raise ValueError("cannot mmap an empty file")
            length = size - offset
        elif offset + length > size:
            raise ValueError("mmap length is greater than file size")
        self._data = bytearray(length)
        view, got = memoryview(self._data), 0
        while got < length:
            part = os.pread(fileno, length - got, offset + got)
            if not part:
                break
            view[got : got + len(part)] = part
            got += len(part)
        view.release()
        if self._writable and self._shared:
            self._fd = os.dup(fileno)

    def _open(self):
        if self._data is None:
            raise ValueError("mmap closed or invalid")
        return self._data

    def _change(self):
        data = self._open()
        if not self._writable:
            raise TypeError("mmap can't modify a readonly memory map.")
        return data

    closed = property(lambda self: self._data is None)

    def __len__(self):
        return len(self._open())

    def __getitem__(self, index):
        value = self._open()[index]
        return value if isinstance(value, int) else bytes(value)

    def __setitem__(self, index, value):
        data = self._change()
        if isinstance(index, slice) and len(data[index]) != len(value):
            raise IndexError("mmap slice assignment is wrong size")
        data[index] = value

    def __buffer__(self, flags):
        view = memoryview(self._open())
        return view if self._writable else view.toreadonly()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()

    def __contains__(self, value):
        return value in self._open()

    def flush(self, offset=0, size=-1, /):
        data = self._open()
        if self._fd < 0:
            return
        end = len(data) if size < 0 else offset + size
        while offset < end:
            offset += os.pwrite(self._fd, data[offset:end], self._offset + offset)

    def close(self):
        if self._data is None:
            return
        self.flush()
        if self._fd >= 0:
            os.close(self._fd)
        self._data, self._fd = None, -1

    def __del__(self):
        try:
            self.close()
        except Exception:
            pass

    def find(self, sub, start=None, end=None):
        data = self._open()
        return data.find(sub, self._position if start is None else start, len(data) if end is None else end)

    def rfind(self, sub, start=None, end=None):
        data = self._open()
        return data.rfind(sub, self._position if start is None else start, len(data) if end is None else end)

    def read(self, n=None, /):
        data = self._open()
        end = len(data) if n is None or n < 0 else min(self._position + n, len(data))
        part = bytes(data[self._position : end])
        self._position = max(end, self._position)
        return part

    def read_byte(self):
        part = self.read(1)
        if not part:
            raise ValueError("read byte out of range")
        return part[0]

    def readline(self):
        data = self._open()
        newline = data.find(b"\n", self._position)
        return self.read((len(data) if newline < 0 else newline + 1) - self._position)

    def write(self, part, /):
        data = self._change()
        part = bytes(part)
        if self._position + len(part) > len(data):
            raise ValueError("data out of range")
        data[self._position : self._position + len(part)] = part
        self._position += len(part)
        return len(part)

    def write_byte(self, byte, /):
        self.write(bytes([byte]))

    def seek(self, pos, whence=0, /):
        position = pos + (0, self._position, len(self._open()))[whence]
        if not 0 <= position <= len(self._open()):
            raise ValueError("seek out of range")
        self._position = position
        return position

    def tell(self):
        self._open()
        return self._position

    def size(self):
        return len(self._open()) if self._fd < 0 else os.fstat(self._fd).st_size

    def resize(self, newsize, /):
        raise SystemError("mmap: resizing not available--no mremap()")

    def move(self, dest, src, count, /):
        data = self._change()
        data[dest : dest + count] = data[src : src + count]

    def madvise(self, *_advice):
        self._open()
