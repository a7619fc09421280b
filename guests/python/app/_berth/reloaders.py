"""Servers of development that start anew when a file has changed (Flask's and Django's).

Theirs serve in a thread and look after the files beside it. Here the server looks, between two requests.
"""

import functools
import os
import signal
import sys
import time
import traceback

from . import network

# How often is looked, in seconds.
GLANCE_SECONDS = 1


def while_looking(serve, look):
    """Runs `serve`, which has a server of `socketserver`; `look` ends the program when a file has changed."""
    last = time.monotonic()

    def step():
        nonlocal last
        if time.monotonic() - last >= GLANCE_SECONDS:
            look()
            last = time.monotonic()

    network.steps.append(step)
    try:
        try:
            serve()
        except Exception:
            traceback.print_exc()
        # A program that could not be served may be after the next change.
        while True:
            look()
            time.sleep(GLANCE_SECONDS)
    finally:
        network.steps.remove(step)


def change_werkzeug(module):
    run = module.run_with_reloader

    @functools.wraps(run)
    def wrapper(main_func, extra_files=None, exclude_patterns=None, interval=1, reloader_type="auto"):
        if os.environ.get("WERKZEUG_RUN_MAIN") != "true":
            # The child listens itself: sockets are not handed on.
            main_func.__self__.server_close()
            return run(main_func, extra_files, exclude_patterns, interval, "stat")
        signal.signal(signal.SIGTERM, lambda *_arguments: sys.exit(0))
        reloader = module.reloader_loops["stat"](extra_files, exclude_patterns, interval)
        module.ensure_echo_on()
        try:
            with reloader:
                while_looking(main_func, reloader.run_step)
        except KeyboardInterrupt:
            pass

    module.run_with_reloader = wrapper


def change_werkzeug_server(module):
    make = module.make_server

    @functools.wraps(make)
    def wrapper(*arguments, fd=None, **keywords):
        return make(*arguments, **keywords)

    module.make_server = wrapper


def change_django(module):
    def start_django(reloader, main_func, *args, **kwargs):
        module.ensure_echo_on()
        serve, ticks = module.check_errors(main_func), None

        def look():
            nonlocal ticks
            if ticks is None and module.apps.ready:
                module.autoreload_started.send(sender=reloader)
                ticks = reloader.tick()
            if ticks is not None:
                next(ticks)

        reloader.SLEEP_TIME = 0
        while_looking(lambda: serve(*args, **kwargs), look)

    module.start_django = start_django
