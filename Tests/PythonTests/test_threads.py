"""Several calls at the same time, in threads and in processes."""

import ctypes
import errno
import os
from pathlib import Path
import signal
import threading
import time
from unittest import mock

import smalti

from support import at_once, Case, rows, video


class Threads(Case):
    def test_eight_at_once(self):
        with smalti.load("simone.so", threads=2) as model:
            clips = [video(seed=seed) for seed in range(8)]
            expected = [model(video=clip) for clip in clips]

            def work(number):
                return [(i % 8, model(video=clips[i % 8])) for i in range(number, number + 5)]

            for answers in at_once(8, work):
                for number, outputs in answers:
                    self.assertSameBits(outputs, expected[number])
            self.assertLessEqual(len(model._resources._workspaces), 8)

    def test_entries_at_once(self):
        """Calls with workspaces of different sizes, and with arrays to write into."""
        with smalti.load("simone.so") as model:
            latents = model.encode(video=video())
            expected = model.decode(latents)

            def work(number):
                for _ in range(3):
                    if number % 2:
                        self.assertSameBits(model.encode(video=video()), latents)
                    else:
                        out = {"pixels": model.decode.outputs[3].empty()}
                        self.assertSameBits(model.decode(latents, out=out), expected)

            at_once(4, work)

    def test_two_models(self):
        with smalti.load("simone.so") as one, smalti.load("inside.so") as other:
            expected = [one(video=video()), other(x=rows())]

            def work(number):
                if number % 2:
                    return [other(x=rows()) for _ in range(50)]
                return [one(video=video()) for _ in range(3)]

            for number, answers in enumerate(at_once(4, work)):
                for outputs in answers:
                    self.assertSameBits(outputs, expected[number % 2])

    def test_python_runs_on(self):
        """A call gives the interpreter's lock back: another thread runs while it is in C."""
        with smalti.load("simone.so", threads=1) as model:
            latents = model.encode(video=video())
            is_done, steps = threading.Event(), []

            def count():
                while not is_done.is_set():
                    steps.append(None)
                    time.sleep(0)

            thread = threading.Thread(target=count)
            thread.start()
            for _ in range(10):
                model.decode(latents, outputs=[])
            is_done.set()
            thread.join()
            # Were the lock held, the thread would take a step or two between the calls, each of
            # which lasts ten milliseconds.
            self.assertGreater(len(steps), 100)

    def test_threads_work(self):
        """The pool's threads take their part of the tasks; with one thread there are none."""
        before = worked()
        with smalti.load("simone.so", threads=1) as model:
            latents = model.encode(video=video())
            self.assertEqual(list(worked()), list(before))
        with smalti.load("simone.so", threads=3) as model:
            for _ in range(5):
                model.decode(latents, outputs=[])
            own = [time for thread, time in worked().items() if thread not in before]
            self.assertEqual(len(own), 2)
            # Five runs are fifty milliseconds of work, asleep a thread takes far less than one.
            self.assertGreater(sum(own), 2_000_000)

    def test_fork(self):
        """A forked process has none of the pool's threads, and makes its own."""
        with smalti.load("simone.so", threads=2) as model:
            expected = model(video=video())
            child = os.fork()
            if child == 0:
                status = 1
                try:
                    self.assertSameBits(model(video=video()), expected)
                    self.assertEqual(len(os.listdir("/proc/self/task")), 2)
                    model.close()
                    status = 0
                finally:
                    os._exit(status)
            self.assertEqual(self.status_of(child), 0)
            self.assertSameBits(model(video=video()), expected)

    def status_of(self, child, seconds=20):
        """How the process ended; one that hangs is killed."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                return status
            time.sleep(0.01)
        os.kill(child, signal.SIGKILL)
        return os.waitpid(child, 0)[1]

    def test_no_threads(self):
        """Where the system gives no thread the call fails, and the next one may not."""

        def pool_create(threads):
            ctypes.set_errno(errno.EAGAIN)

        with smalti.load("inside.so", threads=2) as model:
            library = model._resources.library
            with mock.patch.object(library, "model", mock.Mock(pool_create=pool_create)):
                with self.raises(smalti.Error, "NO_THREADS", "2 threads", "temporarily"):
                    model(x=rows())
            self.assertEqual(model._resources._running, 0)
            model(x=rows())


def worked():
    """The nanoseconds that each thread of this process has run."""
    folder = Path("/proc/self/task")
    return {
        thread: int((folder / thread / "schedstat").read_text().split()[0])
        for thread in os.listdir(folder)
    }
