"""The prompt."""

import code
import linecache
import os
import sys


def run(main, greet, given):
    if greet:
        print(f'Python {sys.version} on {sys.platform}\nType "help", "copyright", "credits" or "license" for more information.', file=sys.stderr)
    main.__loader__ = getattr(main, "__loader__", None)
    startup = os.environ.get("PYTHONSTARTUP") if given.environment and not given.isolated else None
    if startup:
        try:
            with open(startup, "rb") as file:
                exec(compile(file.read(), startup, "exec", dont_inherit=True), main.__dict__)
        except SystemExit:
            raise
        except BaseException:
            sys.excepthook(*sys.exc_info())
    prepare_editing()
    sys.flags = sys.flags._replace(interactive=1)
    if sys.stdin.isatty() and sys.stdout.isatty() and not os.environ.get("PYTHON_BASIC_REPL") and edited(main):
        return
    plain(main)


def prepare_editing():
    """What `site` has hung up for prompts: history from one run to the next."""
    hook = getattr(sys, "__interactivehook__", None)
    if hook is None:
        return
    try:
        hook()
    except Exception:
        print("Failed calling sys.__interactivehook__", file=sys.stderr)
        sys.excepthook(*sys.exc_info())


def edited(main):
    """The editing prompt of CPython itself; false if this terminal is not up to it."""
    try:
        from _pyrepl.main import CAN_USE_PYREPL, interactive_console
    except ImportError:
        return False
    if not CAN_USE_PYREPL:
        return False
    interactive_console(mainmodule=main, quiet=True, pythonstartup=False)
    return True


# So that tracebacks and `inspect` have the lines of what was typed; 3.12 has no place for them.
register = getattr(linecache, "_register_code", lambda *_ignored: None)


class Console(code.InteractiveConsole):
    ended = False

    def runsource(self, source, *arguments, **keywords):
        self.source = source
        return super().runsource(source, *arguments, **keywords)

    def raw_input(self, prompt=""):
        # As the interpreter's own loop: the prompt goes where errors go.
        sys.stderr.write(prompt)
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            if self.ended or not self.buffer:
                raise EOFError
            # The end of the input also ends a block.
            self.ended = True
        return line.removesuffix("\n")

    def runcode(self, code):
        register(code, self.source, "<stdin>")
        super().runcode(code)
        # Who talks to a prompt through pipes waits for each answer.
        for stream in (sys.stdout, sys.stderr):
            if stream is not None and not stream.closed:
                stream.flush()


def plain(main):
    console = Console(main.__dict__, "<stdin>")
    console.interact(banner="", exitmsg="")
