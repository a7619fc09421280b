"""`multiprocessing.Process`: a Python of its own that gets what it is to do on its standard input.

The library's way has a process beside it that looks after semaphores and shared memory, which a session has not.
"""

import io
import os
import pickle
import subprocess
import sys

WORK = "from _berth import spawned; spawned.work()"


def work():
    """The life of such a process."""
    from multiprocessing import process, spawn

    process.current_process()._inheriting = True
    try:
        spawn.prepare(pickle.load(sys.stdin.buffer))
        this = pickle.load(sys.stdin.buffer)
    finally:
        del process.current_process()._inheriting
    sys.exit(this._bootstrap())


def change_spawn(module):
    """How a process is started and waited for."""

    def _launch(self, process_obj):
        from multiprocessing import context, reduction, spawn, util

        content = io.BytesIO()
        context.set_spawning_popen(self)
        try:
            reduction.dump(spawn.get_preparation_data(process_obj._name), content)
            reduction.dump(process_obj, content)
        finally:
            context.set_spawning_popen(None)
        command = [spawn.get_executable(), *util._args_from_interpreter_flags(), "-c", WORK, "--multiprocessing-fork"]
        # Nothing is written there: its end is that of the process.
        self.sentinel, held = os.pipe()
        self.finalizer = util.Finalize(self, util.close_fds, [self.sentinel])
        try:
            self._program = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=(held,))
        finally:
            os.close(held)
        self.pid = self._program.pid
        try:
            with self._program.stdin as file:
                file.write(content.getbuffer())
        except BrokenPipeError:
            # It has ended already, and its exit code says how.
            pass

    def poll(self, flag=os.WNOHANG):
        if self.returncode is None:
            self.returncode = self._program.poll() if flag else self._program.wait()
        return self.returncode

    module.Popen._launch, module.Popen.poll = _launch, poll
