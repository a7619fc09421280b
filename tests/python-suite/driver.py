"""Runs one module of CPython's own test suite: `driver.py RESULTS MODULE [LEFT_OUT...]`.

A line for each test is appended to RESULTS: "begin ID" before it, and how it ended after it, so that whoever looks
sees which test it was that took the interpreter down.
"""

import importlib
import sys
import traceback
import unittest

from test import support

results, name, *left_out = sys.argv[1:]
# As `python -m test` does without -u: nothing that takes minutes, sounds, or asks the world.
support.use_resources = ()
# Sessions start programs, which the suite does not expect of WASI.
support.has_subprocess_support = True


class Lines(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.file = open(results, "a", encoding="utf-8")
        self.verdict = None

    def say(self, verdict, what):
        print(verdict, what, file=self.file, flush=True)

    def startTest(self, test):
        super().startTest(test)
        self.verdict = "ok"
        self.say("begin", test.id())

    def stopTest(self, test):
        super().stopTest(test)
        self.say(self.verdict, test.id())

    def failed(self, test, error):
        self.verdict = "fail"
        text = self._exc_info_to_string(error, test)
        print(f"== {test.id()}\n{text}", file=sys.stderr, flush=True)
        if not hasattr(test, "_testMethodName"):
            # A class or a module that could not be set up.
            self.say("fail", test.id().replace(" ", ""))

    def addError(self, test, error):
        super().addError(test, error)
        self.failed(test, error)

    addFailure = addError

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is not None:
            self.failed(test, error)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.verdict = "skip"
        if not hasattr(test, "_testMethodName"):
            self.say("skip", test.id().replace(" ", ""))

    def addExpectedFailure(self, test, error):
        super().addExpectedFailure(test, error)

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.verdict = "fail"


def chosen(suite):
    """The tests of a suite without those that are left out; its classes stay together."""
    kept = unittest.TestSuite()
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            kept.addTest(chosen(test))
        elif not any(test.id() == one or test.id().startswith(one + ".") for one in left_out):
            kept.addTest(test)
    return kept


def main():
    outcome = Lines()
    try:
        module = importlib.import_module(f"test.{name}")
    except unittest.SkipTest as reason:
        outcome.say("skip", f"test.{name}")
        print(reason, file=sys.stderr)
    except Exception:
        outcome.say("fail", f"test.{name}")
        print(f"== test.{name}\n{traceback.format_exc()}", file=sys.stderr)
    else:
        chosen(unittest.defaultTestLoader.loadTestsFromModule(module)).run(outcome)
    outcome.say("end", name)


# A process that a test starts imports this file, too.
if __name__ == "__main__":
    main()
