"""Threads: there are none, and who asks for one is told so in more words than the interpreter's own."""

import _thread
import threading


def start(*_arguments, **_keywords):
    raise RuntimeError("can't start new thread: a program in a session has only the one")


def prepare():
    for module in (_thread, threading):
        for name in ("start_new_thread", "start_new", "start_joinable_thread"):
            for name in (name, "_" + name):
                if hasattr(module, name):
                    setattr(module, name, start)
