"""Pools of processes: `concurrent.futures.ProcessPoolExecutor` and `multiprocessing.Pool`.

The library's have threads that hand out jobs and collect results, and queues and semaphores that processes share; a session
has neither. Here each worker has a pipe for jobs and one for results. Whoever has the pool hands out jobs as it gets them, and collects
results when it waits for something.
"""

import atexit
import collections
import os
import pickle
import select
import struct
import subprocess
import sys
import traceback
import weakref

WORK = "import sys; from _berth import crews; crews.work(int(sys.argv[1]))"
LENGTH = struct.Struct("<Q")


def send(file, thing):
    from multiprocessing.reduction import ForkingPickler

    content = bytes(ForkingPickler.dumps(thing))
    file.write(LENGTH.pack(len(content)))
    file.write(content)
    file.flush()


def receive(file):
    """What was sent, still pickled; None at the end."""
    head = file.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    content = file.read(length)
    return content if len(content) == length else None


class RemoteTraceback(Exception):
    """Where a worker's exception came from, as the cause of the exception."""

    def __str__(self):
        return self.args[0]


def work(number):
    """A worker's life; `number` is of its pipe for results."""
    from multiprocessing import process, spawn

    jobs, results = sys.stdin.buffer, open(f"/proc/self/fd/{number}", "wb")
    sys.stdin = open(os.devnull)
    process.current_process()._inheriting = True
    spawn.prepare(pickle.loads(receive(jobs)))
    del process.current_process()._inheriting
    initializer, arguments = pickle.loads(receive(jobs))
    if initializer is not None:
        initializer(*arguments)
    while (job := receive(jobs)) is not None:
        try:
            function, arguments, keywords = pickle.loads(job)
            answer = True, function(*arguments, **keywords), None
        except KeyboardInterrupt:
            return
        except BaseException as error:
            answer = False, error, "".join(traceback.format_exception(error))
        try:
            send(results, answer)
        except Exception as error:
            if isinstance(error, BrokenPipeError):
                return
            send(results, (False, TypeError(f"cannot send the result of a job: {error}"), ""))


class Worker:
    """A process, and the job that it has."""

    def __init__(self, name, initializer, arguments):
        from multiprocessing import spawn

        preparation = spawn.get_preparation_data(name)
        # Keys are not given away otherwise.
        preparation["authkey"] = bytes(preparation["authkey"])
        preparation.pop("start_method", None)
        reader, writer = os.pipe()
        command = [sys.executable, *subprocess._args_from_interpreter_flags(), "-c", WORK, str(writer)]
        try:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=(writer,))
        finally:
            os.close(writer)
        self.results, self.job = open(reader, "rb"), None
        send(self.process.stdin, preparation)
        send(self.process.stdin, (initializer, arguments))

    def end(self):
        try:
            self.process.stdin.close()
        except OSError:
            pass
        self.process.wait()
        self.results.close()


class Job:
    """What is to be done. `begin` says whether it still is, `done` takes whether it went well and what came out."""

    def __init__(self, call, begin, done):
        self.call, self.begin, self.done = call, begin, done


class Crew:
    """Up to `size` workers."""

    def __init__(self, size, initializer=None, arguments=()):
        self.size, self.initializer, self.arguments = size, initializer, arguments
        self.workers, self.waiting = [], collections.deque()
        crews.add(self)

    def add(self, job):
        self.waiting.append(job)
        self.hand_out()

    def busy(self):
        return [worker for worker in self.workers if worker.job is not None]

    def is_busy(self):
        return bool(self.waiting or self.busy())

    def hand_out(self):
        while self.waiting:
            idle = next((worker for worker in self.workers if worker.job is None), None)
            if idle is None and len(self.workers) >= self.size:
                return
            job = self.waiting.popleft()
            if not job.begin():
                continue
            if idle is None:
                idle = Worker(f"Worker-{len(self.workers) + 1}", self.initializer, self.arguments)
                self.workers.append(idle)
            idle.job = job
            try:
                send(idle.process.stdin, job.call)
            except BrokenPipeError:
                # It has ended: seen when its results are looked at.
                pass
            except Exception as error:
                # What cannot be sent there is the job's failure.
                idle.job = None
                job.done(False, error)

    def collect(self, worker):
        """Takes the result that a worker has, and gives it something else to do."""
        content = receive(worker.results)
        job, worker.job = worker.job, None
        if content is None:
            from concurrent.futures.process import BrokenProcessPool

            self.workers.remove(worker)
            worker.end()
            went, value = False, BrokenProcessPool("A process in the process pool was terminated abruptly while it had a job.")
        else:
            went, value, told = pickle.loads(content)
            if not went:
                value.__cause__ = RemoteTraceback(f'\n"""\n{told}"""')
        self.hand_out()
        job.done(went, value)

    def finish(self):
        """Waits for all jobs."""
        while self.is_busy():
            collect(None)

    def end(self):
        """Ends the workers, whatever they do."""
        crews.discard(self)
        self.waiting.clear()
        for worker in self.workers:
            if worker.job is not None:
                worker.process.kill()
            worker.end()
        self.workers.clear()


crews = weakref.WeakSet()


def is_busy():
    return any(crew.is_busy() for crew in crews)


def collect(seconds):
    """Takes the results that there are; waits so long for one, or for ever (None)."""
    busy = {worker.results.fileno(): (crew, worker) for crew in list(crews) for worker in crew.busy()}
    if busy:
        for number in select.select([*busy], [], [], seconds)[0]:
            crew, worker = busy[number]
            crew.collect(worker)


def change_processes(module):
    """`ProcessPoolExecutor`."""
    executor = module.ProcessPoolExecutor

    def __init__(self, max_workers=None, mp_context=None, initializer=None, initargs=(), *, max_tasks_per_child=None):
        size = max_workers if max_workers is not None else os.cpu_count() or 1
        if size <= 0:
            raise ValueError("max_workers must be greater than 0")
        if initializer is not None and not callable(initializer):
            raise TypeError("initializer must be a callable")
        self._max_workers, self._processes = size, {}
        self._shutdown_thread = False
        self._crew = Crew(size, initializer, initargs)

    def submit(self, fn, /, *args, **kwargs):
        if self._shutdown_thread:
            raise RuntimeError("cannot schedule new futures after shutdown")
        future = Future()

        def done(went, value):
            if went:
                future.set_result(value)
            else:
                future.set_exception(value)

        self._crew.add(Job((fn, args, kwargs), future.set_running_or_notify_cancel, done))
        events = sys.modules.get("asyncio.events")
        if events is not None and events._get_running_loop() is not None:
            # A loop of asyncio waits for its own things only.
            while not future.done():
                collect(None)
        return future

    def shutdown(self, wait=True, *, cancel_futures=False):
        self._shutdown_thread = True
        if cancel_futures:
            for job in self._crew.waiting:
                job.begin.__self__.cancel()
        if wait:
            self._crew.finish()
            self._crew.end()

    class Future(module._base.Future):
        """A future that looks for results when it is asked."""

        def done(self):
            if not super().done():
                collect(0)
            return super().done()

    Future.__module__, Future.__qualname__ = module._base.Future.__module__, "Future"
    submit.__doc__, shutdown.__doc__ = executor.submit.__doc__, executor.shutdown.__doc__
    executor.__init__, executor.submit, executor.shutdown = __init__, submit, shutdown


class Tasks:
    """In the place of the queue that a `multiprocessing.pool.Pool` hands its tasks to."""

    def __init__(self, crew, results):
        self.crew, self.results = crew, results

    def put(self, tasks):
        count, (tasks, set_length) = 0, tasks
        for number, place, function, arguments, keywords in tasks:
            count = place + 1

            def done(went, value, number=number, place=place):
                if number in self.results:
                    self.results[number]._set(place, (went, value))

            self.crew.add(Job((function, arguments, keywords), lambda: True, done))
        if set_length is not None:
            set_length(count)


def change_pool(module):
    """`multiprocessing.Pool`."""
    pool = module.Pool

    def __init__(self, processes=None, initializer=None, initargs=(), maxtasksperchild=None, context=None):
        self._state, self._pool, self._cache = module.INIT, [], {}
        if processes is not None and processes < 1:
            raise ValueError("Number of processes must be at least 1")
        if initializer is not None and not callable(initializer):
            raise TypeError("initializer must be a callable")
        self._processes = processes or os.cpu_count() or 1
        self._pool += [None] * self._processes
        self._crew = Crew(self._processes, initializer, initargs)
        self._taskqueue = Tasks(self._crew, self._cache)
        self._state = module.RUN

    def close(self):
        if self._state == module.RUN:
            self._state = module.CLOSE

    def terminate(self):
        self._state = module.TERMINATE
        self._crew.end()

    def join(self):
        if self._state == module.RUN:
            raise ValueError("Pool is still running")
        self._crew.finish()
        self._crew.end()

    def ready(self):
        if not self._event.is_set():
            collect(0)
        return self._event.is_set()

    for function in (__init__, close, terminate, join):
        function.__qualname__, function.__doc__ = f"Pool.{function.__name__}", getattr(pool, function.__name__).__doc__
        setattr(pool, function.__name__, function)
    module.ApplyResult.ready = ready


def end_all():
    for crew in list(crews):
        crew.finish()
        crew.end()


atexit.register(end_all)
