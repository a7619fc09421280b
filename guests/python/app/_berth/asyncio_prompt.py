"""The prompt of `python -m asyncio`, where the library's has a thread for the loop: here the loop runs while a statement is awaited."""

import ast
import code
import contextvars
import inspect
import os
import sys
import types

from . import repl

BANNER = f"""\
asyncio REPL {sys.version} on {sys.platform}
Use "await" directly instead of "asyncio.run()".
Type "help", "copyright", "credits" or "license" for more information.
"""


def console_of(kind, main, loop):
    """A prompt of that kind whose statements may await."""

    class Console(kind):
        def __init__(self):
            super(Console, self).__init__(main.__dict__, filename="<stdin>")
            self.compile.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            self.context = contextvars.copy_context()

        def runcode(self, code):
            async def statement():
                # Within the loop, whether it awaits or not: it may begin tasks.
                value = types.FunctionType(code, self.locals)()
                return await value if inspect.iscoroutine(value) else value

            try:
                return loop.run_until_complete(loop.create_task(statement(), context=self.context))
            except SystemExit:
                raise
            except KeyboardInterrupt:
                self.write("\nKeyboardInterrupt\n")
            except BaseException:
                self.showtraceback()
            return getattr(self, "STATEMENT_FAILED", None)

    return Console()


def run(main):
    import asyncio

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    main.asyncio = asyncio
    edited = sys.stdin.isatty() and sys.stdout.isatty() and not os.environ.get("PYTHON_BASIC_REPL")
    repl.prepare_editing()
    try:
        from _pyrepl.console import InteractiveColoredConsole
        from _pyrepl.main import CAN_USE_PYREPL
        from _pyrepl.simple_interact import run_multiline_interactive_console
    except ImportError:
        edited = False
    edited = edited and CAN_USE_PYREPL
    console = console_of(InteractiveColoredConsole if edited else code.InteractiveConsole, main, loop)
    console.write(BANNER)
    console.write(f"{getattr(sys, 'ps1', '>>> ')}import asyncio\n")
    try:
        if edited:
            run_multiline_interactive_console(console)
        else:
            console.interact(banner="", exitmsg="")
    finally:
        console.write("exiting asyncio REPL...\n")
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
