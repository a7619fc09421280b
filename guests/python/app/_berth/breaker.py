"""Where the interpreter looks whether something is to be done between two of its instructions.

The words are found in the memory of the running interpreter, which was lent to the host before: nothing here depends on
how it was built, and what is not as expected is left alone.
"""

import gc
import struct
import sys

from .door import notice

# `_PyRuntime` begins before its small integers and ends behind them, with the main interpreter.
RUNTIME_MAX_BYTES = 256 << 10

# Python 3.14: Include/internal/pycore_ceval.h.
GC_SCHEDULED_BIT = 1 << 4
# `_Py_DebugOffsets` (Include/internal/pycore_debug_offsets.h) begins `_PyRuntime`.
COOKIE = b"xdebugpy"
INTERPRETERS_HEAD_AT = 40
THREADS_HEAD_AT = 72
# `PyThreadState` begins with `prev`, `next`, `interp`, `eval_breaker` (Include/cpython/pystate.h).
THREAD_INTERPRETER_AT = 8
THREAD_EVAL_BREAKER_AT = 12

# Python 3.12: `struct _ceval_state` (Include/internal/pycore_ceval_state.h), around its `recursion_limit`.
EVAL_BREAKER_AT, GIL_DROP_REQUEST_AT, OWN_GIL_AT, GC_SCHEDULED_AT = -8, -4, 8, 12
# `struct gc_generation` (Include/internal/pycore_gc.h), behind its `threshold`.
COUNT_AT = 4
# Set in a count, it is more than any threshold: the collector collects then.
MANY_BIT = 1 << 30
# Numbers that are nowhere by chance; two, because one may be left in memory that is free.
MARKS = 23457, 31259


def words():
    """The words to set bits in, with the bits, so that the interpreter collects garbage at its next instruction."""
    return _words_3_14() if sys.version_info >= (3, 14) else _words_3_12()


def _word(address):
    word = notice.peek(address, 4)
    return struct.unpack("<I", word)[0] if len(word) == 4 else 0


def _words_3_14():
    """The thread's `eval_breaker`, found through the offsets that CPython publishes for debuggers."""
    one = id(1)
    start = max(one - RUNTIME_MAX_BYTES, 0)
    place = notice.peek(start, one - start).rfind(COOKIE)
    if place < 0:
        return []
    runtime = start + place
    interpreter = _word(runtime + _word(runtime + INTERPRETERS_HEAD_AT))
    thread = _word(interpreter + _word(runtime + THREADS_HEAD_AT))
    # What is not as it was in 3.14 is left alone.
    if interpreter == 0 or _word(thread + THREAD_INTERPRETER_AT) != interpreter:
        return []
    return [(thread + THREAD_EVAL_BREAKER_AT, GC_SCHEDULED_BIT)]


def _words_3_12():
    """The interpreter's `eval_breaker` and `gc_scheduled`, and the count of its youngest generation."""
    limit, thresholds = sys.getrecursionlimit(), gc.get_threshold()
    limits = _changing(sys.setrecursionlimit)
    counts = _changing(gc.set_threshold)
    sys.setrecursionlimit(limit)
    gc.set_threshold(*thresholds)
    # The thread has a copy of the limit; what is around it is another.
    limits = [place for place in limits if _is_ceval_state(place)]
    if len(limits) != 1 or len(counts) != 1:
        return []
    (limit,), (threshold,) = limits, counts
    return [(limit + EVAL_BREAKER_AT, 1), (limit + GC_SCHEDULED_AT, 1), (threshold + COUNT_AT, MANY_BIT)]


def _is_ceval_state(limit):
    return _word(limit + EVAL_BREAKER_AT) <= 1 and _word(limit + GIL_DROP_REQUEST_AT) == 0 and _word(limit + OWN_GIL_AT) == 1


def _changing(set_number):
    """The addresses of the words that `set_number` sets."""
    found = None
    for mark in MARKS:
        set_number(mark)
        places = _places(mark)
        found = places if found is None else found & places
    return found


def _places(number):
    start, word = id(1), struct.pack("<I", number)
    memory, places = notice.peek(start, RUNTIME_MAX_BYTES), set()
    place = memory.find(word)
    while place >= 0:
        places.add(start + place)
        place = memory.find(word, place + 1)
    return places
