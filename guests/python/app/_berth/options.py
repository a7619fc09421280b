"""The options of the command line and the PYTHON* variables."""

import collections
import importlib._bootstrap_external
import os
import site
import sys
import warnings

from . import importtime
from .place import STDLIB

USAGE = """\
usage: {program} [option] ... [-c cmd | -m mod | file | -] [arg] ...
Options (and corresponding environment variables):
-b     : issue warnings about converting bytes/bytearray to str and comparing
         bytes/bytearray with str or bytes with int; also -bb: issue errors
-B     : don't write .pyc files on import; also PYTHONDONTWRITEBYTECODE=x
-c cmd : program passed in as string (terminates option list)
-E     : ignore PYTHON* environment variables (such as PYTHONPATH)
-d     : turn on the debug flag of sys.flags, and nothing else; also PYTHONDEBUG=x
-h     : print this help message and exit (also -? or --help)
-i     : inspect interactively after running script; also PYTHONINSPECT=x
-I     : isolate Python from the user's environment (implies -E, -P and -s)
-m mod : run library module as a script (terminates option list)
-O     : remove assert and __debug__-dependent statements; also PYTHONOPTIMIZE=x
-OO    : do -O changes and also discard docstrings
-P     : don't prepend a potentially unsafe path to sys.path; also PYTHONSAFEPATH
-q     : don't print version and copyright messages on interactive startup
-s     : don't add user site directory to sys.path; also PYTHONNOUSERSITE=x
-S     : don't imply 'import site' on initialization
-u     : force the stdout and stderr streams to be unbuffered; also PYTHONUNBUFFERED=x
-v     : verbose; also PYTHONVERBOSE=x
-V     : print the Python version number and exit (also --version)
-W arg : warning control; arg is action:message:category:module:lineno;
         also PYTHONWARNINGS=arg
-x     : skip first line of source, allowing use of non-Unix forms of #!cmd
-X opt : set implementation-specific option
--help-env      : print help about environment variables and exit
--help-xoptions : print help about the options of -X and exit
--help-all      : print all of it and exit
file   : program read from script file
-      : program read from stdin (default; interactive mode if a tty)
arg ...: arguments passed to program in sys.argv[1:]
"""
HELP_ENVIRONMENT = """\
Environment variables that change behavior:
PYTHONSTARTUP   : file executed on interactive startup (no default)
PYTHONPATH      : ':'-separated list of directories prefixed to the
                  default module search path.  The result is sys.path.
PYTHONUSERBASE  : defines the user base directory (site.USER_BASE)
PYTHONIOENCODING: encoding[:errors] used for stdin/stdout/stderr
PYTHON_BASIC_REPL: use the traditional prompt

These variables have equivalent command-line options (see --help for details):
PYTHON_CPU_COUNT: override the return value of os.cpu_count() (-X cpu_count)
PYTHONDEBUG, PYTHONDEVMODE (-X dev), PYTHONDONTWRITEBYTECODE, PYTHONFAULTHANDLER (-X faulthandler),
PYTHONINSPECT, PYTHONINTMAXSTRDIGITS (-X int_max_str_digits), PYTHONNOUSERSITE, PYTHONOPTIMIZE,
PYTHONPROFILEIMPORTTIME (-X importtime), PYTHONPYCACHEPREFIX (-X pycache_prefix), PYTHONSAFEPATH,
PYTHONTRACEMALLOC (-X tracemalloc), PYTHONUNBUFFERED, PYTHONVERBOSE, PYTHONWARNINGS
"""
HELP_EXTRAS = """\
The following implementation-specific options are available:
-X cpu_count=N: override the return value of os.cpu_count();
         also PYTHON_CPU_COUNT
-X dev : enable Python Development Mode; also PYTHONDEVMODE
-X faulthandler: dump the Python traceback on fatal errors that Python itself
         finds; also PYTHONFAULTHANDLER
-X importtime: show how long each import takes; use -X importtime=2 to
         log imports of already-loaded modules; also PYTHONPROFILEIMPORTTIME
-X int_max_str_digits=N: limit the size of int<->str conversions; 0 disables
         the limit; also PYTHONINTMAXSTRDIGITS
-X pycache_prefix=DIR: write .pyc files to a parallel tree instead of to the
         code tree; also PYTHONPYCACHEPREFIX
-X tracemalloc[=N]: trace Python memory allocations; N sets a traceback limit
         of N frames (default: 1); also PYTHONTRACEMALLOC=N
Other options are kept in sys._xoptions and change nothing in a session.
"""
# The least limit of digits that is not none (`sys.int_info.str_digits_check_threshold`).
DIGITS_MIN = sys.int_info.str_digits_check_threshold
WITH_ARGUMENT = "WX"
KNOWN = "bBdEhiIOPqRsSuvVx?tJ"


class Given:
    """What the command line says. `answer` is a text that is all there is to do."""

    def __init__(self):
        self.answer, self.code = None, 0
        self.command = self.module = self.script = None
        self.environment = True
        self.interactive = self.quiet = self.unbuffered = self.skip_first_line = False
        self.no_site = self.no_user_site = self.isolated = self.safe_path = self.no_bytecode = False
        self.optimize = self.verbose = self.bytes_warning = self.versions = 0
        self.debug = False
        self.warnings, self.extras = [], []
        self.digits = self.processors = None


def parse(arguments):
    given = Given()
    program = arguments[0] if arguments else "python3"
    sys.orig_argv = list(arguments)
    rest = arguments[1:]
    given.argv = [""]
    while rest:
        word = rest[0]
        if word == "-" or not word.startswith("-"):
            break
        rest = rest[1:]
        if word == "--":
            break
        if word.startswith("--"):
            if word == "--help":
                word = "-h"
            elif word == "--version":
                word = "-V"
            elif word in ("--help-env", "--help-xoptions", "--help-all"):
                usage = USAGE.format(program=program)
                given.answer = {"env": HELP_ENVIRONMENT, "xoptions": HELP_EXTRAS}.get(
                    word.removeprefix("--help-"), f"{usage}\n{HELP_ENVIRONMENT}\n{HELP_EXTRAS}"
                ).rstrip()
                return given
            elif word.startswith("--check-hash-based-pycs"):
                rest = rest[1:] if "=" not in word else rest
                continue
            else:
                return refuse(given, program, f"unknown option {word}")
        letters = word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter in "cm":
                if not letters and not rest:
                    return refuse(given, program, f"Argument expected for the -{letter} option")
                value, rest = (letters, rest) if letters else (rest[0], rest[1:])
                if letter == "c":
                    given.command = value
                else:
                    given.module = value
                given.argv = ["-" + letter, *rest]
                return settle(given)
            if letter in WITH_ARGUMENT:
                if not letters and not rest:
                    return refuse(given, program, f"Argument expected for the -{letter} option")
                value, rest = (letters, rest) if letters else (rest[0], rest[1:])
                (given.warnings if letter == "W" else given.extras).append(value)
                break
            if letter not in KNOWN:
                return refuse(given, program, f"Unknown option: -{letter}")
            set_flag(given, letter, program)
    if given.answer is not None:
        return given
    if rest:
        if rest[0] != "-":
            given.script = rest[0]
        given.argv = list(rest)
    return settle(given)


def set_flag(given, letter, program):
    if letter in "h?":
        given.answer = USAGE.format(program=program).rstrip()
    elif letter == "V":
        given.versions += 1
        given.answer = "Python " + (sys.version if given.versions > 1 else sys.version.split()[0])
    elif letter == "b":
        given.bytes_warning += 1
    elif letter == "B":
        given.no_bytecode = True
    elif letter == "d":
        given.debug = True
    elif letter == "E":
        given.environment = False
    elif letter == "i":
        given.interactive = True
    elif letter == "I":
        given.isolated = given.safe_path = given.no_user_site = True
        given.environment = False
    elif letter == "O":
        given.optimize += 1
    elif letter == "P":
        given.safe_path = True
    elif letter == "q":
        given.quiet = True
    elif letter == "s":
        given.no_user_site = True
    elif letter == "S":
        given.no_site = True
    elif letter == "u":
        given.unbuffered = True
    elif letter == "v":
        given.verbose += 1
    elif letter == "x":
        given.skip_first_line = True


def refuse(given, program, why):
    given.answer = f"{why}\nusage: {program} [option] ... [-c cmd | -m mod | file | -] [arg] ...\nTry `python -h' for more information."
    given.code = 2
    return given


def settle(given):
    """Adds what the environment says."""
    if given.environment:
        has = lambda name: bool(os.environ.get(name))
        given.debug |= has("PYTHONDEBUG")
        given.unbuffered |= has("PYTHONUNBUFFERED")
        given.no_bytecode |= has("PYTHONDONTWRITEBYTECODE")
        given.no_user_site |= has("PYTHONNOUSERSITE")
        given.safe_path |= has("PYTHONSAFEPATH")
        for name, attribute in (("PYTHONOPTIMIZE", "optimize"), ("PYTHONVERBOSE", "verbose")):
            value = os.environ.get(name)
            if value:
                number = int(value) if value.isdigit() else 1
                setattr(given, attribute, max(getattr(given, attribute), number))
        from_environment = os.environ.get("PYTHONWARNINGS", "")
        given.warnings = [option for option in from_environment.split(",") if option] + given.warnings
    given.extras = dict(extra(option) for option in given.extras)
    numbers(given)
    return given


def extra(option):
    name, equals, value = option.partition("=")
    return name, value if equals else True


def setting(given, name, variable):
    """What `-X name` or the variable says; None if neither does, and True for an option without a value."""
    if name in given.extras:
        return given.extras[name]
    return (given.environment and os.environ.get(variable)) or None


def numbers(given):
    """The settings that are numbers, which the interpreter does not start with if they are none."""
    for name, variable, attribute, good, wanted in (
        ("int_max_str_digits", "PYTHONINTMAXSTRDIGITS", "digits", lambda number: number == 0 or number >= DIGITS_MIN,
         f"invalid limit; must be >= {DIGITS_MIN} or 0 for unlimited."),
        ("cpu_count", "PYTHON_CPU_COUNT", "processors", lambda number: number >= 1,
         "n is missing or an invalid number, n must be greater than 0"),
    ):
        value = setting(given, name, variable)
        if value is None or (name == "cpu_count" and value == "default"):
            continue
        if isinstance(value, str) and value.lstrip("-").isdigit() and good(int(value)):
            setattr(given, attribute, int(value))
            continue
        source = f"-X {name}" if name in given.extras else variable
        given.answer, given.code = f"Fatal Python error: config_init_{name}: {source}: {wanted}", 1


def inspects(given):
    return given.interactive or bool(given.environment and os.environ.get("PYTHONINSPECT"))


def executable(program):
    """The path of the interpreter as it was started, so that a virtual environment finds itself."""
    if "/" in program:
        return os.path.abspath(program)
    for directory in os.environ.get("PATH", "").split(":"):
        candidate = os.path.join(directory, program)
        if os.path.isfile(candidate):
            return os.path.abspath(candidate)
    return "/usr/bin/python3"


def apply(given):
    sys.argv = given.argv
    sys.executable = sys._base_executable = executable(sys.orig_argv[0] if sys.orig_argv else "python3")
    if not sys.executable.startswith("/usr/bin/"):
        prefix = os.path.dirname(os.path.dirname(sys.executable))
        if os.path.isfile(os.path.join(prefix, "pyvenv.cfg")):
            sys.prefix = sys.exec_prefix = prefix
            sys._base_executable = "/usr/bin/python3"
    sys._xoptions.clear()
    sys._xoptions.update(given.extras)
    if given.digits is not None:
        sys.set_int_max_str_digits(given.digits)
    if given.processors is not None:
        for name in ("cpu_count", "process_cpu_count"):
            if hasattr(os, name):
                setattr(os, name, lambda: given.processors)
    dev = "dev" in sys._xoptions or bool(given.environment and os.environ.get("PYTHONDEVMODE"))
    sys.flags = flags(given, dev)
    sys.dont_write_bytecode = given.no_bytecode
    prefix = setting(given, "pycache_prefix", "PYTHONPYCACHEPREFIX")
    if isinstance(prefix, str) and prefix:
        sys.pycache_prefix = prefix
    if given.optimize:
        loader = importlib._bootstrap_external.SourceLoader
        loader.source_to_code.__kwdefaults__["_optimize"] = min(given.optimize, 2)
    sys.warnoptions[:] = (["default"] if dev else []) + given.warnings
    if given.bytes_warning:
        sys.warnoptions.append("error::BytesWarning" if given.bytes_warning > 1 else "default::BytesWarning")
    if sys.warnoptions:
        warnings._processoptions(sys.warnoptions)
    if dev or setting(given, "faulthandler", "PYTHONFAULTHANDLER"):
        import faulthandler

        # There are no signals of the machine's to catch, but what Python itself dies of is told with a traceback.
        faulthandler.enable()
    times = setting(given, "importtime", "PYTHONPROFILEIMPORTTIME")
    if times:
        importtime.start(cached=times == "2")
    paths = os.environ.get("PYTHONPATH", "") if given.environment else ""
    sys.path[:] = [path or os.getcwd() for path in paths.split(":")] if paths else []
    sys.path += [STDLIB, STDLIB + "/lib-dynload"]
    sys.path_importer_cache.clear()
    if not given.no_site:
        site.ENABLE_USER_SITE = None
        site.USER_BASE = site.USER_SITE = None
        # Set when the component was made; isolated, there is none.
        vars(sys).pop("__interactivehook__", None)
        site.PREFIXES = list(dict.fromkeys([sys.prefix, sys.exec_prefix]))
        try:
            site.main()
        except Exception as error:
            print(f"Error processing site: {error}", file=sys.stderr)
    trace_memory(given)


def trace_memory(given):
    frames = setting(given, "tracemalloc", "PYTHONTRACEMALLOC")
    if frames and frames != "0":
        import tracemalloc

        tracemalloc.start(1 if frames is True else int(frames))


FLAGS = collections.namedtuple(
    "flags",
    "debug inspect interactive optimize dont_write_bytecode no_user_site no_site ignore_environment verbose"
    " bytes_warning quiet hash_randomization isolated dev_mode utf8_mode warn_default_encoding safe_path"
    " int_max_str_digits gil thread_inherit_context context_aware_warnings",
    defaults=(1, 0, 0),
)
FLAGS.__module__ = "sys"


def flags(given, dev):
    return FLAGS(
        debug=int(given.debug), inspect=int(given.interactive), interactive=int(given.interactive), optimize=given.optimize,
        dont_write_bytecode=int(given.no_bytecode), no_user_site=int(given.no_user_site), no_site=int(given.no_site),
        ignore_environment=int(not given.environment), verbose=given.verbose, bytes_warning=given.bytes_warning,
        quiet=int(given.quiet), hash_randomization=1, isolated=int(given.isolated), dev_mode=dev, utf8_mode=1,
        warn_default_encoding=0, safe_path=given.safe_path, int_max_str_digits=sys.get_int_max_str_digits(),
    )
