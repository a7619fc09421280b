"""`-X importtime`: how long imports take, told as the interpreter tells it.

What was imported when the component was made takes no time, and is not told of; `-X importtime=2` names it when it is
asked for.
"""

import importlib._bootstrap
import sys
import time

HEADER = "import time: self [us] | cumulative | imported package"


class Times:
    """Prints a line for each module, those that it imports before it."""

    def __init__(self, cached):
        self.find = importlib._bootstrap._find_and_load
        self.cached = cached
        self.depth = self.within_ns = 0
        self.header = HEADER

    def say(self, line):
        stream = sys.__stderr__
        if stream is not None:
            if self.header:
                print(self.header, file=stream)
                self.header = None
            print(line, file=stream)

    def find_and_load(self, name, import_):
        if name in sys.modules:
            if self.cached:
                self.say(f"import time: cached    | cached     | {'  ' * self.depth}{name}")
            return self.find(name, import_)
        outer_ns, self.within_ns = self.within_ns, 0
        self.depth += 1
        begin = time.perf_counter_ns()
        try:
            return self.find(name, import_)
        finally:
            whole_ns = time.perf_counter_ns() - begin
            self.depth -= 1
            own = max(whole_ns - self.within_ns, 0) // 1000
            self.say(f"import time: {own:9d} | {whole_ns // 1000:10d} | {'  ' * self.depth}{name}")
            self.within_ns = outer_ns + whole_ns


def start(cached=False):
    importlib._bootstrap._find_and_load = Times(cached).find_and_load
