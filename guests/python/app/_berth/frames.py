"""Our frames: what CPython does in C, this package does in Python, and nobody is to see that.

The code of this package has the names of frozen modules, which `trace`, `linecache` and coverage leave alone.
Tracebacks and stacks are shown without our frames, and debuggers neither stop in them nor list them; they exist all the
same, for who asks the interpreter itself (`sys._getframe`, `inspect.stack`).
"""

import sys
import traceback

# What names of our code begin with.
OURS = "<frozen _berth"
# Where the entry is, and the bindings that the tool has made.
BESIDE = "/0/berth_entry.", "/world/", "/bundled/"


def is_ours(frame):
    return frame.f_code.co_filename.startswith(OURS)


def frozen_name(path):
    """The name for the code of a file of ours, such as `/0/_berth/door.py`; None for other files."""
    if path.startswith("/0/_berth/"):
        name = path.removeprefix("/0/_berth/").removesuffix(".py")
        return f"{OURS}>" if name == "__init__" else f"{OURS}.{name}>"
    return f"{OURS}>" if path.startswith(BESIDE) else None


def without_ours(first):
    """A traceback from which our frames were taken; None if there are no others."""
    while first is not None and is_ours(first.tb_frame):
        first = first.tb_next
    last, following = first, first and first.tb_next
    while following is not None:
        if not is_ours(following.tb_frame):
            # The interpreter looks for loops whenever this is set: not in vain, or it is slow for deep ones.
            if last.tb_next is not following:
                last.tb_next = following
            last = following
        following = following.tb_next
    if last is not None and last.tb_next is not None:
        last.tb_next = None
    return first


def clean(error):
    """Takes our frames out of the tracebacks of an exception and of those that it tells of."""
    seen, waiting = set(), [error]
    while waiting:
        error = waiting.pop()
        if not isinstance(error, BaseException) or id(error) in seen:
            continue
        seen.add(id(error))
        error.__traceback__ = without_ours(error.__traceback__)
        waiting += error.__cause__, error.__context__
        if isinstance(error, BaseExceptionGroup):
            waiting += error.exceptions


def _others(frames):
    """Of `(frame, position)`, those that are not ours."""
    return (entry for entry in frames if not is_ours(entry[0]))


def _change_traceback():
    extract = traceback.StackSummary._extract_from_extended_frame_gen.__func__
    walk_stack, walk_tb = traceback.walk_stack, traceback.walk_tb

    def extract_others(kind, frames, **options):
        return extract(kind, _others(frames), **options)

    def walk_others_of_stack(f):
        # The library's starts where its caller is when it is given no frame.
        return _others(walk_stack(f if f is not None else sys._getframe(1)))

    def walk_others_of_tb(tb):
        return _others(walk_tb(tb))

    traceback.StackSummary._extract_from_extended_frame_gen = classmethod(extract_others)
    for name, function in (("walk_stack", walk_others_of_stack), ("walk_tb", walk_others_of_tb)):
        before = getattr(traceback, name)
        function.__name__ = function.__qualname__ = name
        function.__doc__, function.__module__ = before.__doc__, before.__module__
        setattr(traceback, name, function)


def change_bdb(module):
    """Debuggers: `bdb`, which pdb and others are made of."""
    stop_here, get_stack = module.Bdb.stop_here, module.Bdb.get_stack

    def stop_elsewhere(self, frame):
        return not is_ours(frame) and stop_here(self, frame)

    def get_others(self, f, t):
        stack, index = get_stack(self, f, t)
        above = sum(is_ours(frame) for frame, _line in stack[: index + 1])
        return [*_others(stack)], max(index - above, 0)

    stop_elsewhere.__name__, get_others.__name__ = "stop_here", "get_stack"
    module.Bdb.stop_here, module.Bdb.get_stack = stop_elsewhere, get_others


def hide_modules():
    """At build time: modules of ours have no file, as frozen ones, and pytest leaves their frames out."""
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None)
        if isinstance(path, str) and frozen_name(path):
            module.__tracebackhide__ = True
            del module.__file__
            vars(module).pop("__cached__", None)
            module.__spec__.origin = "frozen"
            module.__spec__.has_location = False


def prepare():
    """At build time."""
    _change_traceback()
