"""Where the interpreter is in a session, and what was imported where it is not any more."""

import _imp
import gc
import importlib
import site
import sys
import sysconfig
import types

from . import frames

VERSION = "%d.%d" % sys.version_info[:2]
PREFIX = "/usr"
STDLIB = f"{PREFIX}/lib/python{VERSION}"
# Where the tool that builds the component has the standard library, and where frozen modules believe it to be there.
BUILD_STDLIBS = f"/python/lib/python{VERSION}", "/python"
# Modules of ours that stand in for the library's, and were imported from beside this package.
STAND_INS = {
    f"/0/{name}": f"{STDLIB}/{name}"
    for name in ("_bz2.py", "_lzma.py", "ctypes/__init__.py", "grp.py", "mmap.py", "pwd.py", "zlib.py")
}


def _moved(path):
    if not isinstance(path, str):
        return path
    for library in BUILD_STDLIBS:
        if path == library or path.startswith(library + "/"):
            return STDLIB + path[len(library) :]
    return STAND_INS.get(path, path)


def _move_module(module):
    for name in ("__file__", "__cached__"):
        if hasattr(module, name):
            setattr(module, name, _moved(getattr(module, name)))
    if isinstance(getattr(module, "__path__", None), list):
        module.__path__[:] = map(_moved, module.__path__)
    spec = getattr(module, "__spec__", None)
    if spec is not None:
        spec.origin = _moved(spec.origin)
        spec.cached = _moved(spec.cached) if spec.has_location else None
        if isinstance(spec.submodule_search_locations, list):
            spec.submodule_search_locations[:] = map(_moved, spec.submodule_search_locations)
    loader = getattr(module, "__loader__", None)
    if isinstance(getattr(loader, "path", None), str):
        loader.path = _moved(loader.path)
    # What modules remember of where they are: `logging` leaves out the frames in its own file.
    for name, value in list(vars(module).items()):
        if isinstance(value, str) and _moved(value) != value:
            setattr(module, name, _moved(value))


def _move_code(code):
    moved = frames.frozen_name(code.co_filename) or _moved(code.co_filename)
    if moved != code.co_filename:
        _imp._fix_co_filename(code, moved)


def _user_base():
    import os

    return os.environ.get("PYTHONUSERBASE") or os.path.expanduser("~/.local")


def _mend_configuration():
    """What the interpreter was configured with was cut off in the middle of a word by its build."""
    name = sysconfig._get_sysconfigdata_name()
    variables = importlib.import_module(name).build_time_vars
    arguments = variables.get("CONFIG_ARGS", "")
    if arguments.count("'") % 2:
        variables["CONFIG_ARGS"] = arguments.rstrip("\n") + "'"


def prepare():
    """At build time, after everything was imported."""
    _mend_configuration()
    for module in list(sys.modules.values()):
        if isinstance(module, types.ModuleType):
            _move_module(module)
    for thing in gc.get_objects():
        if isinstance(thing, types.FunctionType):
            _move_code(thing.__code__)
    frames.hide_modules()
    for name in ("prefix", "exec_prefix", "base_prefix", "base_exec_prefix"):
        setattr(sys, name, PREFIX)
    sys.platlibdir = "lib"
    sys._stdlib_dir = STDLIB
    sysconfig._PREFIX = sysconfig._BASE_PREFIX = sysconfig._EXEC_PREFIX = sysconfig._BASE_EXEC_PREFIX = PREFIX
    sysconfig._PROJECT_BASE = PREFIX + "/bin"
    sysconfig._CONFIG_VARS = None
    sysconfig._CONFIG_VARS_INITIALIZED = False
    site._getuserbase = sysconfig._getuserbase = _user_base
    # It decided at its import that there are no users.
    sysconfig._HAS_USER_BASE = True
    library = "{userbase}/lib/python{py_version_short}"
    sysconfig._INSTALL_SCHEMES["posix_user"] = {
        "stdlib": library,
        "platstdlib": library,
        "purelib": library + "/site-packages",
        "platlib": library + "/site-packages",
        "include": "{userbase}/include/python{py_version_short}",
        "scripts": "{userbase}/bin",
        "data": "{userbase}",
    }
