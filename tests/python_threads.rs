//! Where there are no threads: what is done at once instead, and what says so.

use berth_tests::{Session, someone};
use serde_json::json;

fn in_both(test: impl Fn(&Session<'_>)) {
    for environment in ["python-3.14", "python-3.12"] {
        let ann = someone();
        test(&ann.session_with(&json!({"environment": environment})));
    }
}

/// What a program prints, errors included.
#[track_caller]
fn prints(session: &Session<'_>, program: &str, expected: &str) {
    let output = session.exec(
        &json!({"argv": ["bash", "-c", "python3 -c \"$1\" 2>&1", "", program], "timeout_seconds": 60}),
    );
    assert_eq!(output.out(), expected, "{program}: {output}");
}

const REFUSAL: &str = "can't start new thread: a program in a session has only the one";

#[test]
fn pools_of_threads_do_their_work_at_once() {
    in_both(|session| {
        let program = "from concurrent.futures import ThreadPoolExecutor, as_completed, wait\n\
            import logging\n\
            with ThreadPoolExecutor(3, initializer=print, initargs=('begun',)) as pool:\n\
            \x20   print(list(pool.map(lambda x: x * x, range(4))))\n\
            \x20   jobs = {pool.submit(pow, 2, n): n for n in range(3)}\n\
            \x20   print(sorted((jobs[job], job.result()) for job in as_completed(jobs)), len(wait(jobs).done))\n\
            \x20   bad = pool.submit(lambda: 1 / 0)\n\
            \x20   print(repr(bad.exception()), bad.cancel(), bad.done())\n\
            \x20   print(pool.submit(lambda: pool.submit(lambda: 5).result()).result())\n\
            \x20   pool.submit(lambda: 3).add_done_callback(lambda job: print(job.result()))\n\
            \x20   print(repr(pool.submit(exit, 3).exception()))\n\
            try: pool.submit(print)\n\
            except RuntimeError as error: print(error)\n\
            def broken(): raise OSError('no')\n\
            logging.disable()\n\
            pool = ThreadPoolExecutor(initializer=broken)\n\
            print(type(pool.submit(print).exception()).__name__)\n\
            try: pool.submit(print)\n\
            except RuntimeError as error: print(error)";
        prints(
            session,
            program,
            "begun\n[0, 1, 4, 9]\n[(0, 1), (1, 2), (2, 4)] 3\nZeroDivisionError('division by zero') False True\n5\n3\n\
             SystemExit(3)\ncannot schedule new futures after shutdown\nBrokenThreadPool\n\
             A thread initializer failed, the thread pool is not usable anymore\n",
        );
        let program = "from multiprocessing.pool import ThreadPool\n\
            from multiprocessing.dummy import Pool\n\
            with ThreadPool(4, print, ('begun',)) as pool:\n\
            \x20   print(pool.map(abs, [-1, -2]), list(pool.imap(abs, [-1, -3])), pool.apply(pow, (2, 3)))\n\
            \x20   print(sorted(pool.imap_unordered(abs, range(-40, 0)))[:3], pool.starmap(pow, [(2, 3), (3, 2)]))\n\
            \x20   try: pool.apply_async(lambda: 1 / 0).get()\n\
            \x20   except ZeroDivisionError as error: print(error)\n\
            \x20   pool.close()\n\
            \x20   pool.join()\n\
            with Pool() as pool: print(pool.map_async(str, [], callback=print).get())";
        prints(
            session,
            program,
            "begun\n[1, 2] [1, 3] 8\n[1, 2, 3] [8, 9]\ndivision by zero\n[]\n",
        );
    });
}

#[test]
fn asyncio_runs_what_blocks() {
    in_both(|session| {
        let program = "import asyncio\n\
            async def seven(): return 7\n\
            async def main():\n\
            \x20   loop = asyncio.get_running_loop()\n\
            \x20   print(await asyncio.gather(*(asyncio.to_thread(pow, 2, n) for n in range(4))))\n\
            \x20   print(await loop.run_in_executor(None, lambda: asyncio.run(seven())))\n\
            \x20   print((await loop.getaddrinfo('127.0.0.1', 80, type=1))[0][4], loop is asyncio.get_running_loop())\n\
            \x20   try: await asyncio.to_thread(exec, '1/0')\n\
            \x20   except ZeroDivisionError as error: print(error)\n\
            asyncio.run(main())";
        prints(
            session,
            program,
            "[1, 2, 4, 8]\n7\n('127.0.0.1', 80) True\ndivision by zero\n",
        );
    });
}

#[test]
fn what_would_wait_for_ever_says_that_there_are_no_threads() {
    in_both(|session| {
        for program in [
            "import threading; threading.Thread(target=print).start()",
            "import threading; threading.Timer(1, print).start()",
            "import _thread; _thread.start_new_thread(print, ())",
            "from multiprocessing.dummy import Process; Process(target=print).start()",
            "import queue; from concurrent.futures import ThreadPoolExecutor as T; T().submit(queue.Queue().get).result()",
            "import asyncio, threading; asyncio.run(asyncio.to_thread(threading.Event().wait))",
            "from concurrent.futures import Future, ThreadPoolExecutor as T; T().submit(Future().result).result()",
        ] {
            let output =
                session.exec(&json!({"argv": ["python3", "-c", program], "timeout_seconds": 60}));
            let last = output.err().lines().last().unwrap_or_default().to_owned();
            assert_eq!(
                last,
                format!("RuntimeError: {REFUSAL}"),
                "{program}: {output}"
            );
        }
    });
}

#[test]
fn pools_of_processes_are_processes() {
    in_both(|session| {
        let program = r#"
import os, time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import Pool
def square(x): return x * x
def pid(x): time.sleep(0.2); return os.getpid()
def broken(x): raise ValueError(x)
def die(x): os._exit(3)
def keep(x): global kept; kept = x
def get_kept(x): return kept
if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        print(list(pool.map(square, range(10), chunksize=3)))
        pids = {job.result() for job in [pool.submit(pid, n) for n in range(4)]}
        print(len(pids), os.getpid() in pids)
        print(sorted(job.result() for job in as_completed([pool.submit(square, n) for n in range(5)])))
        print(repr(pool.submit(broken, 7).exception()))
        try: pool.submit(time.sleep, 2).result(timeout=0.1)
        except TimeoutError: print("late")
        print(type(pool.submit(die, 1).exception()).__name__, pool.submit(square, 3).result())
        pool.submit(print, "from a child", flush=True).result()
    with Pool(2, keep, ("k",)) as pool:
        print(pool.map(square, range(5)), pool.apply(get_kept, (1,)), list(pool.imap(square, range(3))))
        print(sorted(pool.imap_unordered(square, range(3))), pool.apply_async(square, (4,)).get(60))
        pool.close()
        pool.join()
"#;
        let output = session.exec(&json!({
            "argv": ["bash", "-c", "printf %s \"$1\" > p.py; python3 -u p.py 2>&1", "", program],
            "timeout_seconds": 120,
        }));
        assert_eq!(
            output.out(),
            "[0, 1, 4, 9, 16, 25, 36, 49, 64, 81]\n2 False\n[0, 1, 4, 9, 16]\nValueError(7)\nlate\nBrokenProcessPool 9\n\
             from a child\n[0, 1, 4, 9, 16] k [0, 1, 4]\n[0, 1, 4] 16\n",
            "{output}"
        );
    });
}

#[test]
fn a_process_of_multiprocessing_is_one() {
    // 3.12 would fork, unless it is told to spawn.
    let ann = someone();
    let session = &ann.session_with(&json!({"environment": "python-3.14"}));
    let program = r#"
import os, sys, time
from multiprocessing import Process, active_children, current_process, parent_process
def say(what):
    print(what, current_process().name, parent_process().pid == os.getppid(), flush=True)
    sys.exit(4)
def stay(): time.sleep(60)
if __name__ == "__main__":
    one = Process(target=say, args=("hello",), name="one")
    one.start()
    one.join()
    print(one.exitcode, one.is_alive())
    two = Process(target=stay)
    two.start()
    two.join(0.2)
    print(two.is_alive(), active_children() == [two])
    two.terminate()
    two.join()
    print(two.exitcode, active_children())
"#;
    let output = session.exec(&json!({
        "argv": ["bash", "-c", "printf %s \"$1\" > m.py; python3 -u m.py 2>&1", "", program],
        "timeout_seconds": 120,
    }));
    assert_eq!(
        output.out(),
        "hello one True\n4 False\nTrue True\n-15 []\n",
        "{output}"
    );
}

#[test]
fn asyncio_has_children() {
    let ann = someone();
    let session = &ann.session_with(&json!({"environment": "python-3.14"}));
    let program = "import asyncio\n\
            async def main():\n\
            \x20   child = await asyncio.create_subprocess_exec('sh', '-c', 'read x; echo got $x; exit 3', stdin=-1, stdout=-1)\n\
            \x20   print(await child.communicate(b'it\\n'), child.returncode)\n\
            \x20   child = await asyncio.create_subprocess_shell('sleep 60')\n\
            \x20   child.kill()\n\
            \x20   print(await child.wait())\n\
            asyncio.run(main())";
    prints(session, program, "(b'got it\\n', None) 3\n-9\n");
}
