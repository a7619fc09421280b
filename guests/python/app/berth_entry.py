"""The component's entry. The import of this module is what the component's state is made of."""

import sys

# Imported here so that no start has to: what nearly every program uses.
import argparse  # noqa: F401
import code  # noqa: F401
import collections.abc  # noqa: F401
import dataclasses  # noqa: F401
import datetime  # noqa: F401
import functools  # noqa: F401
import gc
import inspect  # noqa: F401
import json  # noqa: F401
import linecache  # noqa: F401
import logging  # noqa: F401
import pathlib  # noqa: F401
import random  # noqa: F401
import runpy  # noqa: F401
import selectors  # noqa: F401
import shutil  # noqa: F401
import subprocess  # noqa: F401
import tempfile  # noqa: F401
import threading  # noqa: F401
import tokenize  # noqa: F401
import traceback  # noqa: F401
import typing  # noqa: F401
import urllib.parse  # noqa: F401

# The bindings must be named at the top of this very module, or they are not there later.
from wit_world.imports import descriptor, downloads, environment, notice, process, terminal, tls  # noqa: F401

from _berth import (
    asyncio_prompt,  # noqa: F401
    command,
    digests,
    frames,
    localtime,
    network,
    packages,
    place,
    processes,
    repl,
    signals,
    single,
    terminals,
    threads,
    users,
    waiting,
)
from _berth import tls as own_tls

users.prepare()
processes.prepare()
terminals.prepare()
signals.prepare()
waiting.prepare()
network.prepare()
own_tls.prepare()
single.prepare()
digests.prepare()
packages.prepare()
threads.prepare()
frames.prepare()
localtime.prepare()
place.prepare()

# What is here now stays. A collection that looked at it would write to nearly every page of it, in every process.
gc.collect()
gc.freeze()


class WitWorld:
    """What the world exports beside interfaces: nothing."""


class Run:
    """`wasi:cli/run`."""

    def run(self):
        code = 1
        try:
            arguments = environment.get_arguments()
            variables = dict(environment.get_environment())
            code = command.main(arguments, variables, environment.initial_cwd() or "/")
        except BaseException as error:
            # Nothing may leave this function: the component would abort.
            sys.excepthook(type(error), error, error.__traceback__)
        process.exit(code)
