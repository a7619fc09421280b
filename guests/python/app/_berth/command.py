"""The command line of `python3`, as CPython's own `Modules/main.c` reads it."""

import atexit
import builtins
import gc
import importlib.machinery
import io
import logging
import os
import random
import signal
import site
import sys
import time
import types

from . import frames, localtime, options, signals, waiting


class Exit(BaseException):
    """Ends the command with a code, without a word."""


def main(arguments, environ, cwd):
    """Runs the command and answers its exit code."""
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environ)
    random.seed()
    localtime.start()
    # What records say of their age is counted from here, and not from when the component was made.
    logging._startTime = time.time_ns() if sys.version_info >= (3, 13) else time.time()
    given = options.parse(arguments)
    if given.answer is not None:
        streams(given)
        print(given.answer, file=sys.stderr if given.code else sys.stdout)
        return finish(given.code)
    options.apply(given)
    streams(given)
    signals.start()
    code = guarded(lambda: run(given))
    if options.inspects(given) and not reads_input(given) and sys.stdin and (given.interactive or sys.stdin.isatty()):
        code = guarded(lambda: interact(given, greet=False))
    return finish(code)


def streams(given):
    """The standard streams; at build time there was no terminal to look at."""
    encoding, _, errors = os.environ.get("PYTHONIOENCODING", "").partition(":") if given.environment else ("", "", "")
    encoding = encoding or "utf-8"
    for fd, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            raw = waiting.Raw(fd, mode, closefd=False)
            terminal = os.isatty(fd)
        except OSError:
            setattr(sys, name, None)
            setattr(sys, f"__{name}__", None)
            continue
        if mode == "r":
            buffered = io.BufferedReader(raw)
        else:
            # A buffer that nobody holds any more closes what it wrote to: none is made in vain.
            buffered = raw if given.unbuffered else io.BufferedWriter(raw)
        stream = io.TextIOWrapper(
            buffered,
            encoding=encoding,
            errors="backslashreplace" if fd == 2 else errors or "surrogateescape",
            newline="\n" if mode == "w" else None,
            line_buffering=terminal or fd == 2,
            write_through=mode == "w" and given.unbuffered,
        )
        raw.name = f"<{name}>"
        stream.mode = mode
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def fresh_main():
    module = types.ModuleType("__main__")
    module.__builtins__ = builtins
    module.__annotations__ = {}
    sys.modules["__main__"] = module
    return module


def run(given):
    main = fresh_main()
    if given.command is not None:
        put_path(given, "")
        main.__loader__ = importlib.machinery.BuiltinImporter
        source = dedented(given.command) + "\n"
        register_source("<string>", source)
        execute(compile(source, "<string>", "exec", dont_inherit=True, optimize=given.optimize), main)
    elif given.module == "site":
        # Run anew, it decides by the platform's name that there are no users.
        put_path(given, os.getcwd())
        sys.argv[0] = site.__file__
        site._script()
    elif given.module == "asyncio" and len(given.argv) == 1:
        from . import asyncio_prompt

        put_path(given, os.getcwd())
        asyncio_prompt.run(main)
    elif given.module is not None:
        import runpy

        put_path(given, os.getcwd())
        runpy._run_module_as_main(given.module, alter_argv=True)
    elif given.script is not None:
        script(given, main)
    elif sys.stdin is None:
        return
    elif sys.stdin.isatty() or given.interactive:
        put_path(given, "")
        interact(given, greet=not given.quiet)
    else:
        put_path(given, "")
        main.__loader__ = importlib.machinery.BuiltinImporter
        source = sys.stdin.buffer.read()
        execute(compile(source, "<stdin>", "exec", dont_inherit=True, optimize=given.optimize), main)


def dedented(command):
    """The text of `-c`, which 3.14 takes an indentation of all its lines from."""
    if sys.version_info < (3, 14):
        return command
    import textwrap

    return textwrap.dedent(command)


def reads_input(given):
    """Whether the program is what stands in the input, and not something before it."""
    return given.command is given.module is given.script is None


def register_source(name, source):
    # Tracebacks of `-c` show its lines.
    import linecache

    linecache.cache[name] = (len(source), None, source.splitlines(True), name)


def script(given, main):
    path = absolute(given.script)
    if os.path.isdir(path) or is_archive(path):
        import runpy

        sys.path.insert(0, path)
        runpy._run_module_as_main("__main__", alter_argv=False)
        return
    try:
        with io.open_code(path) as file:
            source = file.read()
    except OSError as error:
        # CPython shows the number and the text; its numbers are the system's.
        sys.stderr.write(f"{sys.orig_argv[0]}: can't open file {path!r}: [Errno {error.errno}] {error.strerror}\n")
        raise Exit(2) from None
    put_path(given, os.path.dirname(os.path.realpath(path)))
    if given.skip_first_line:
        source = b"\n" + source.partition(b"\n")[2]
    main.__file__ = path
    main.__cached__ = None
    main.__loader__ = importlib.machinery.SourceFileLoader("__main__", path)
    if path.endswith(".pyc"):
        import marshal

        code = marshal.loads(source[16:])
    else:
        code = compile(source, path, "exec", dont_inherit=True, optimize=given.optimize)
    execute(code, main)


def absolute(path):
    """As the interpreter makes the path of a script absolute, which leaves what is in its middle alone."""
    return path if path.startswith("/") else os.path.join(os.getcwd(), path.removeprefix("./"))


def is_archive(path):
    import zipfile

    return os.path.isfile(path) and not path.endswith((".py", ".pyc")) and zipfile.is_zipfile(path)


def put_path(given, directory):
    if not given.safe_path:
        sys.path.insert(0, directory)


def execute(code, main):
    exec(code, main.__dict__)


def interact(given, greet):
    from . import repl

    repl.run(sys.modules["__main__"], greet, given)


# What is no C `long` ends as -1 would.
LONG = 1 << 63


def guarded(work):
    """The exit code of `work`; what it raises is shown as the interpreter shows it."""
    try:
        work()
        return 0
    except Exit as ended:
        return ended.args[0]
    except SystemExit as ended:
        return exit_code(ended.code)
    except KeyboardInterrupt as interrupt:
        show(interrupt)
        flush()
        run_exit_functions()
        signals.die_of(signal.SIGINT)
        return 130
    except BaseException as error:
        show(error)
        return 1


def exit_code(code):
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF if -LONG <= code < LONG else 0xFF
    if sys.stderr is not None:
        flush()
        print(code, file=sys.stderr)
    return 1


def show(error):
    """Shows an exception without our own frames."""
    frames.clean(error)
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_frame.f_code.co_filename == "<frozen runpy>":
        traceback = traceback.tb_next
    error.__traceback__ = traceback
    sys.last_exc = error
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, traceback
    try:
        sys.stdout and sys.stdout.flush()
    except (OSError, ValueError):
        pass
    try:
        sys.excepthook(type(error), error, traceback)
    except BaseException as broken:
        frames.clean(broken)
        print("Error in sys.excepthook:", file=sys.stderr)
        sys.__excepthook__(type(broken), broken, broken.__traceback__)
        print("\nOriginal exception was:", file=sys.stderr)
        sys.__excepthook__(type(error), error, traceback)


def flush():
    """Flushes the standard streams; false if the output could not be written."""
    good = True
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except OSError:
            good = False
    return good


def run_exit_functions():
    threading = sys.modules.get("threading")
    if threading is not None:
        try:
            threading._shutdown()
        except Exception:
            pass
    atexit._run_exitfuncs()


def finish(code):
    run_exit_functions()
    good = flush_at_end(tells=code == 0)
    sys.is_finalizing = lambda: True
    let_main_go()
    # Destructors may have had something to say.
    good = flush_at_end(tells=code == 0) and good
    return code if good or code else 120


def flush_at_end(tells):
    """Flushes the standard streams, and tells what kept the output from being written."""
    good = True
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name, None)
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except OSError as error:
            good = False
            # What cannot be written is not tried again.
            setattr(sys, name, None)
            if tells and name == "stdout" and sys.stderr is not None:
                what = "while flushing sys.stdout" if sys.version_info >= (3, 14) else f"in: {stream!r}"
                print(f"Exception ignored {what}:\n{type(error).__name__}: {error}", file=sys.stderr)
    return good


# What destructors may still ask for when everything else of the program is gone.
KEPT = types.ModuleType, types.FunctionType, types.BuiltinFunctionType, type


def let_main_go():
    """Ends the program's own objects: files that were never closed are written, destructors run.

    What holds others goes before them, one name after the other, so that a file is flushed before what it writes to
    is closed; the collector, which keeps no order, only comes for what is left.
    """
    main = sys.modules.pop("__main__", None)
    if main is None:
        return
    names = vars(main)
    for name in [*names]:
        if not isinstance(names[name], KEPT):
            names[name] = None
    gc.collect()
    classes = any(isinstance(value, type) and value.__module__ == "__main__" for value in names.values())
    names.clear()
    if classes:
        gc.collect()
