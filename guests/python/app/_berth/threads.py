"""Threads: there are none, and who asks for one is told so in more words than the interpreter's own.

Pools of threads are another matter. Most programs have them to be done sooner, and do not care who does the work: here a
job runs when it is handed in, in the caller, and what comes of it is there at once. Results, exceptions, order,
callbacks, `wait` and `as_completed` are as always; nothing is done sooner, and nothing can be cancelled or time out. A job
that waits for what its caller does later would wait for ever: it is told that there are no threads.
"""

import _thread
import contextvars
import os
import sys
import threading
import time

from . import crews

REFUSAL = "can't start new thread: a program in a session has only the one"


def start(*_arguments, **_keywords):
    raise RuntimeError(REFUSAL)


class Work:
    """A job runs in its caller's place, maybe within another."""

    depth = 0

    def __enter__(self):
        Work.depth += 1
        # In a thread no loop of asyncio would be running: a job may run one of its own.
        events = sys.modules.get("asyncio.events")
        self.loop = events and events._get_running_loop()
        if self.loop is not None:
            self.task = sys.modules["asyncio.tasks"]._swap_current_task(self.loop, None)
            events._set_running_loop(None)

    def __exit__(self, *_error):
        Work.depth -= 1
        if self.loop is not None:
            sys.modules["asyncio.events"]._set_running_loop(self.loop)
            sys.modules["asyncio.tasks"]._swap_current_task(self.loop, self.task)


def change_condition():
    """All that waits without a limit in `threading`, `queue` and `concurrent.futures` waits for a condition."""
    wait = threading.Condition.wait

    def wait_if_possible(self, timeout=None):
        if crews.is_busy():
            return wait_collecting(self, timeout)
        if timeout is None and Work.depth:
            raise RuntimeError(REFUSAL)
        return wait(self, timeout)

    def wait_collecting(self, timeout):
        """As the library's, but what it waits for are results of processes."""
        if not self._is_owned():
            raise RuntimeError("cannot wait on un-acquired lock")
        end = None if timeout is None else time.monotonic() + timeout
        waiter = threading.Lock()
        waiter.acquire()
        self._waiters.append(waiter)
        saved = self._release_save()
        try:
            while not waiter.acquire(False):
                rest = None if end is None else end - time.monotonic()
                if rest is not None and rest <= 0:
                    self._waiters.remove(waiter)
                    return False
                if not crews.is_busy():
                    raise RuntimeError(REFUSAL)
                crews.collect(rest)
            return True
        finally:
            self._acquire_restore(saved)

    wait_if_possible.__name__, wait_if_possible.__qualname__ = wait.__name__, wait.__qualname__
    wait_if_possible.__doc__ = wait.__doc__
    threading.Condition.wait = wait_if_possible


def change_executor(module):
    """`ThreadPoolExecutor`: what was submitted is taken from the queue by whoever submitted it."""
    executor = module.ThreadPoolExecutor
    queue_job = executor.submit

    def submit(self, fn, /, *args, **kwargs):
        future = queue_job(self, fn, *args, **kwargs)
        if not hasattr(self, "_at_work"):
            begin(self)
        while not self._work_queue.empty():
            job = self._work_queue.get_nowait()
            if job is not None:
                run(self, job)
        return future

    def begin(self):
        # 3.14 has an object that initializes and runs; before that there are only the initializer and its arguments.
        make = getattr(self, "_create_worker_context", None)
        self._at_work = make() if make is not None else None
        try:
            with Work():
                if make is not None:
                    self._at_work.initialize()
                elif self._initializer is not None:
                    self._initializer(*self._initargs)
        except KeyboardInterrupt:
            raise
        except BaseException:
            module._base.LOGGER.critical("Exception in initializer:", exc_info=True)
            self._initializer_failed()

    def run(self, job):
        with Work():
            job.run(*(() if self._at_work is None else (self._at_work,)))
        failure = job.future._exception
        # Threads never get the ^C, the caller does.
        if isinstance(failure, KeyboardInterrupt):
            raise failure

    submit.__qualname__, submit.__doc__ = queue_job.__qualname__, queue_job.__doc__
    executor.submit = submit
    executor._adjust_thread_count = lambda self: None


def change_loop(module):
    """asyncio's loop ends its executor in a thread; one without threads ends at once."""
    before = module.BaseEventLoop.shutdown_default_executor

    async def shutdown_default_executor(self, timeout=None):
        self._executor_shutdown_called = True
        if self._default_executor is not None:
            self._default_executor.shutdown(wait=True)

    shutdown_default_executor.__doc__ = before.__doc__
    module.BaseEventLoop.shutdown_default_executor = shutdown_default_executor


# How long asyncio waits before it looks for the end of a child once more, at first and at most, in seconds.
FIRST_LOOK, LAST_LOOK = 0.002, 0.1


def change_watcher(module):
    """asyncio waits for a child in a thread; here it looks for its end now and then."""
    watcher = getattr(module, "_ThreadedChildWatcher", None) or module.ThreadedChildWatcher

    def add_child_handler(self, pid, callback, *args):
        loop = module.events.get_running_loop()

        def look(wait):
            try:
                ended, status = os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                # As the library has it for a child that somebody else has waited for.
                ended, status = pid, 255 << 8
            if ended:
                callback(pid, os.waitstatus_to_exitcode(status), *args)
            else:
                loop.call_later(wait, look, min(wait * 2, LAST_LOOK))

        loop.call_soon(look, FIRST_LOOK)

    add_child_handler.__doc__ = watcher.add_child_handler.__doc__
    watcher.add_child_handler = add_child_handler
    add_reader = module._UnixSelectorEventLoop._add_reader

    def add_reader_if_it_reads(self, fd, callback, *args):
        # The library waits for the other end of a pipe to go by reading from the writing one, which WASI refuses.
        if isinstance(getattr(callback, "__self__", None), module._UnixWritePipeTransport):
            return None
        return add_reader(self, fd, callback, *args)

    module._UnixSelectorEventLoop._add_reader = add_reader_if_it_reads


class Tasks:
    """In the place of the queue that a `multiprocessing.pool.ThreadPool` hands its tasks to."""

    def __init__(self, results):
        self.results = results

    def put(self, tasks):
        count, (tasks, set_length) = 0, tasks
        for job, place, function, arguments, keywords in tasks:
            count = place + 1
            try:
                with Work():
                    result = True, function(*arguments, **keywords)
            except Exception as error:
                result = False, error
            if job in self.results:
                self.results[job]._set(place, result)
        if set_length is not None:
            set_length(count)


def change_pool(module):
    """`ThreadPool`, which is `multiprocessing.dummy.Pool` as well."""

    def __init__(self, processes=None, initializer=None, initargs=()):
        self._state, self._pool, self._cache = module.INIT, [], {}
        if processes is not None and processes < 1:
            raise ValueError("Number of processes must be at least 1")
        if initializer is not None and not callable(initializer):
            raise TypeError("initializer must be a callable")
        self._processes = processes or os.cpu_count() or 1
        # Tasks are handed out in portions, which depend on how many are there to do them.
        self._pool += [None] * self._processes
        if initializer is not None:
            with Work():
                initializer(*initargs)
        self._taskqueue = Tasks(self._cache)
        self._state = module.RUN

    def close(self):
        if self._state == module.RUN:
            self._state = module.CLOSE

    def terminate(self):
        self._state = module.TERMINATE

    def join(self):
        if self._state == module.RUN:
            raise ValueError("Pool is still running")

    for function in (__init__, close, terminate, join):
        before = getattr(module.Pool, function.__name__)
        function.__qualname__, function.__doc__ = f"ThreadPool.{function.__name__}", before.__doc__
        setattr(module.ThreadPool, function.__name__, function)


def change_anyio(module):
    """anyio has threads of its own for what blocks; Starlette runs functions that are not `async` there."""
    backend = module.AsyncIOBackend
    before = backend.run_sync_in_worker_thread

    async def run_sync_in_worker_thread(cls, func, args, abandon_on_cancel=False, limiter=None):
        await cls.checkpoint()
        async with limiter or cls.current_default_thread_limiter():
            with Work():
                return contextvars.copy_context().run(func, *args)

    run_sync_in_worker_thread.__doc__ = before.__doc__
    backend.run_sync_in_worker_thread = classmethod(run_sync_in_worker_thread)


def prepare():
    for module in (_thread, threading):
        for name in ("start_new_thread", "start_new", "start_joinable_thread"):
            for name in (name, "_" + name):
                if hasattr(module, name):
                    setattr(module, name, start)
    change_condition()
