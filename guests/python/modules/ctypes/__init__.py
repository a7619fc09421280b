"""C's numbers, arrays and structures without C: there are no shared libraries in a session to call into.

What programs ask `ctypes` for beside that works on bytes: sizes, conversions, layouts. Loading a library is an OSError,
as where there is none of that name. Pointers and callbacks are not there.
"""

import struct as _struct

__version__ = "1.1.0"
DEFAULT_MODE = RTLD_LOCAL = 0
RTLD_GLOBAL = 256
_endian = "<"


class ArgumentError(Exception):
    """An argument that a function does not take."""


class _Type(type):
    def __mul__(cls, length):
        if length < 0:
            raise ValueError("Array length must be >= 0, not %d" % length)
        return _ArrayType(f"{cls.__name__}_Array_{length}", (Array,), {"_type_": cls, "_length_": length})

    __rmul__ = __mul__

    def _size(cls):
        raise TypeError("this type has no size")

    _alignment = _size

    def from_buffer(cls, source, offset=0, /):
        view = memoryview(source).cast("B")
        if view.readonly:
            raise TypeError("underlying buffer is not writable")
        if offset < 0 or len(view) - offset < cls._size():
            raise ValueError("Buffer size too small (%d instead of at least %d bytes)" % (len(view), offset + cls._size()))
        made = cls.__new__(cls)
        made._memory = view[offset : offset + cls._size()]
        return made

    def from_buffer_copy(cls, source, offset=0, /):
        return cls.from_buffer(bytearray(memoryview(source).cast("B")[offset : offset + cls._size()]))

    def from_param(cls, value, /):
        return value if isinstance(value, cls) else cls(value)


class _CData(metaclass=_Type):
    def __new__(cls, *_arguments, **_named):
        made = super().__new__(cls)
        made._memory = memoryview(bytearray(cls._size()))
        return made

    def __buffer__(self, flags):
        return memoryview(self._memory)

    def __bytes__(self):
        return bytes(self._memory)

    def __ctypes_from_outparam__(self):
        return self


class _SimpleType(_Type):
    def _size(cls):
        return _struct.calcsize(cls._code())

    _alignment = _size

    def _code(cls):
        # The sizes of wasm32, whatever runs this.
        return "<" + {"l": "i", "L": "I", "P": "I", "O": "I", "z": "I", "Z": "I", "g": "dd", "u": "I"}.get(cls._type_, cls._type_)


class _SimpleCData(_CData, metaclass=_SimpleType):
    def __init__(self, value=None):
        if value is not None:
            self.value = value

    def _get(self):
        (value, *_) = _struct.unpack(type(self)._code(), self._memory)
        return chr(value) if self._type_ == "u" else value

    def _set(self, value):
        code = type(self)._code()
        if self._type_ in "fdg":
            value = float(value)
        elif self._type_ == "?":
            value = bool(value)
        elif self._type_ == "u":
            value = ord(value)
        elif self._type_ == "c":
            value = bytes([value]) if isinstance(value, int) else bytes(value)
        elif not isinstance(value, int):
            raise TypeError(f"an integer is required (got type {type(value).__name__})")
        else:
            # As C assigns: what does not fit is cut off.
            bits = 8 * type(self)._size()
            value &= (1 << bits) - 1
            if self._type_ in "bhilq" and value >> bits - 1:
                value -= 1 << bits
        self._memory[:] = _struct.pack(code, *[value] * len(code[1:]))

    value = property(lambda self: self._get(), lambda self, value: self._set(value))

    def __bool__(self):
        return bool(self.value)

    def __repr__(self):
        return f"{type(self).__name__}({self.value!r})"


def _simple(name, code):
    made = _SimpleType(name, (_SimpleCData,), {"_type_": code, "__module__": "ctypes", "__qualname__": name})
    globals()[name] = made
    return made


for _name, _code in (
    ("c_byte", "b"), ("c_ubyte", "B"), ("c_short", "h"), ("c_ushort", "H"), ("c_int", "i"), ("c_uint", "I"),
    ("c_long", "l"), ("c_ulong", "L"), ("c_longlong", "q"), ("c_ulonglong", "Q"), ("c_float", "f"), ("c_double", "d"),
    ("c_longdouble", "g"), ("c_bool", "?"), ("c_char", "c"), ("c_wchar", "u"), ("c_void_p", "P"), ("py_object", "O"),
):
    _simple(_name, _code)
c_int8, c_uint8, c_int16, c_uint16 = c_byte, c_ubyte, c_short, c_ushort
c_int32, c_uint32, c_int64, c_uint64 = c_int, c_uint, c_longlong, c_ulonglong
c_size_t, c_ssize_t, c_time_t, c_voidp = c_uint, c_int, c_longlong, c_void_p


class c_char_p(_SimpleCData):
    _type_ = "z"

    def __init__(self, value=None):
        self._value = value

    value = property(lambda self: self._value, lambda self, value: self.__init__(value))


class c_wchar_p(c_char_p):
    _type_ = "Z"


class _ArrayType(_Type):
    def _size(cls):
        return cls._type_._size() * cls._length_

    def _alignment(cls):
        return cls._type_._alignment()


def _load(kind, memory):
    made = kind.__new__(kind)
    made._memory = memory
    return made.value if isinstance(made, _SimpleCData) and type(made).__bases__ == (_SimpleCData,) else made


def _store(kind, memory, value):
    if isinstance(value, _CData):
        if not isinstance(value, kind):
            raise TypeError(f"incompatible types, {type(value).__name__} instance instead of {kind.__name__} instance")
        memory[:] = value._memory
        return
    made = kind(*value) if isinstance(value, tuple) else kind(value)
    memory[:] = made._memory


class Array(_CData, metaclass=_ArrayType):
    _type_, _length_ = c_byte, 0

    def __init__(self, *values):
        if len(values) > self._length_:
            raise IndexError("invalid index")
        for index, value in enumerate(values):
            self[index] = value

    def __len__(self):
        return self._length_

    def _place(self, index):
        if not -self._length_ <= index < self._length_:
            raise IndexError("invalid index")
        size = self._type_._size()
        return self._memory[index % self._length_ * size :][:size]

    def __getitem__(self, index):
        if isinstance(index, slice):
            values = [self[place] for place in range(*index.indices(self._length_))]
            return b"".join(values) if self._type_ is c_char else "".join(values) if self._type_ is c_wchar else values
        return _load(self._type_, self._place(index))

    def __setitem__(self, index, value):
        if isinstance(index, slice):
            places = range(*index.indices(self._length_))
            if len(places) != len(value):
                raise ValueError("Can only assign sequence of same size")
            for place, one in zip(places, value):
                self[place] = one
            return
        _store(self._type_, self._place(index), value)

    def __iter__(self):
        return (self[index] for index in range(self._length_))

    def _get_raw(self):
        return bytes(self._memory)

    def _set_raw(self, value):
        self._memory[: len(value)] = value

    raw = property(_get_raw, _set_raw)

    @property
    def value(self):
        if self._type_ is c_char:
            return bytes(self._memory).partition(b"\0")[0]
        if self._type_ is c_wchar:
            return self[:].partition("\0")[0]
        raise AttributeError("value")

    @value.setter
    def value(self, value):
        if len(value) > self._length_:
            raise ValueError("byte string too long")
        for index, one in enumerate(value):
            self[index] = one
        if len(value) < self._length_:
            self[len(value)] = 0 if self._type_ is c_char else "\0"


class _Field:
    def __init__(self, kind, offset):
        self.kind, self.offset, self.size = kind, offset, kind._size()

    def __get__(self, made, _owner=None):
        return self if made is None else _load(self.kind, made._memory[self.offset :][: self.size])

    def __set__(self, made, value):
        _store(self.kind, made._memory[self.offset :][: self.size], value)


class _StructType(_Type):
    def __new__(mcs, name, bases, space):
        cls = super().__new__(mcs, name, bases, space)
        if "_fields_" in space:
            cls._lay_out(space["_fields_"])
        return cls

    def __setattr__(cls, name, value):
        super().__setattr__(name, value)
        if name == "_fields_":
            cls._lay_out(value)

    def _lay_out(cls, fields):
        parent = next((base for base in cls.__bases__ if getattr(base, "_names", None)), None)
        end, widest = (parent._end, parent._widest) if parent else (0, 1)
        names = list(parent._names) if parent else []
        for name, kind, *bits in fields:
            if bits:
                raise TypeError("bit fields are not there")
            alignment = min(kind._alignment(), getattr(cls, "_pack_", None) or kind._alignment())
            offset = 0 if cls._union else -(-end // alignment) * alignment
            super().__setattr__(name, _Field(kind, offset))
            end = max(end, kind._size()) if cls._union else offset + kind._size()
            widest = max(widest, alignment)
            names.append(name)
        for name, value in (("_names", names), ("_end", end), ("_widest", widest)):
            super().__setattr__(name, value)

    def _size(cls):
        return -(-cls._end // cls._widest) * cls._widest

    def _alignment(cls):
        return cls._widest


class Structure(_CData, metaclass=_StructType):
    _union, _names, _end, _widest = False, (), 0, 1

    def __init__(self, *values, **named):
        if len(values) > len(self._names):
            raise TypeError("too many initializers")
        for name, value in [*zip(self._names, values), *named.items()]:
            setattr(self, name, value)


class Union(Structure):
    _union = True


LittleEndianStructure, LittleEndianUnion = Structure, Union


def sizeof(thing, /):
    return (thing if isinstance(thing, type) else type(thing))._size()


def alignment(thing, /):
    return (thing if isinstance(thing, type) else type(thing))._alignment()


def create_string_buffer(init, size=None):
    if isinstance(init, int):
        return (c_char * init)()
    made = (c_char * (len(init) + 1 if size is None else size))()
    made.value = init
    return made


c_buffer = create_string_buffer


def create_unicode_buffer(init, size=None):
    if isinstance(init, int):
        return (c_wchar * init)()
    made = (c_wchar * (len(init) + 1 if size is None else size))()
    made.value = init
    return made


class CDLL:
    """A shared library: there is none."""

    def __init__(self, name=None, mode=DEFAULT_MODE, handle=None, use_errno=False, use_last_error=False, winmode=None):
        raise OSError(f"{name or 'the program itself'}: there are no shared libraries to call in a session")


class PyDLL(CDLL):
    """A shared library of functions that know Python's objects: there is none."""


class LibraryLoader:
    def __init__(self, kind):
        self._kind = kind

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return self.LoadLibrary(name)

    __getitem__ = __getattr__

    def LoadLibrary(self, name):
        return self._kind(name)


cdll, pydll = LibraryLoader(CDLL), LibraryLoader(PyDLL)
