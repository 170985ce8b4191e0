"""What is left of a model: nothing when it is closed, and one workspace for the next call."""

import gc
import os
from pathlib import Path
import tracemalloc

import numpy
import smalti
from smalti._tensors import address

from support import at_once, Case, rows, video


class Closing(Case):
    """Nothing is left: no mapping, thread, file or memory."""

    def test_close(self):
        before = left()
        model = smalti.load("beside.so", "beside.weights", threads=3)
        entry = model.dense
        self.assertEqual(left()["tasks"], before["tasks"])  # threads start with the first call
        entry(x=rows())
        self.assertNotEqual(left(), before)
        model.close()
        self.assertEqual(left(), before)
        model.close()
        for call in (lambda: model(x=rows()), lambda: entry(x=rows())):
            with self.raises(smalti.Error, "CLOSED", "'beside.so' is closed"):
                call()
        with smalti.load("bare.so") as bare:
            parameters = {tensor.name: tensor.empty() for tensor in bare.parameters}
        with self.raises(smalti.Error, "CLOSED", "'bare.so' is closed"):
            bare.prepare(parameters)

    def test_forgotten(self):
        """A model lives as long as an entry point of it, and is freed without the collector."""
        gc.disable()
        self.addCleanup(gc.enable)
        before = left()
        entry = smalti.load("inside.so", threads=2).dense
        entry(x=rows())
        self.assertNotEqual(left(), before)
        del entry
        self.assertEqual(left(), before)

    def test_close_while_running(self):
        """A call that runs comes to its end; what it uses is freed after it."""
        before = left()
        model = smalti.load("simone.so", threads=2)
        expected = model(video=video())

        def close(done, count):
            at_once(2, lambda _: model.close())
            self.assertNotEqual(left(), before)

        self.assertSameBits(model(video=video(), progress=close), expected)
        self.assertEqual(left(), before)
        with self.raises(smalti.Error, "CLOSED"):
            model(video=video())

    def test_failed_loads(self):
        before = left()
        for call in (
            lambda: smalti.load("beside.so"),
            lambda: smalti.load("inside.so", "beside.so"),
            lambda: smalti.load("bare.so", parameters={}),
        ):
            try:
                call()
                self.fail("it loads")
            except smalti.Error:
                # Also while the exception keeps what failed.
                self.assertEqual(left(), before)

    def test_no_leak(self):
        """Memory stays the same over many loads, calls, cancellations and mistakes."""
        parameters = {
            tensor.name: numpy.zeros(tensor.shape, tensor.dtype)
            for tensor in smalti.load("bare.so").parameters
        }
        wide = numpy.zeros((4, 64), numpy.float32)

        def round_trip():
            with smalti.load("bare.so", threads=2, parameters=parameters) as model:
                model(x=wide[:, ::2])
                model.prepare(parameters)
                model(x=rows(), outputs=["y"])
                for wrong in (dict(progress=lambda *_: True), dict(out={"y": wide})):
                    with self.assertRaises(smalti.Error):
                        model(x=rows(), **wrong)
            with smalti.load("beside.so", "beside.weights") as model:
                model(x=rows())
            with self.assertRaises(smalti.Error):
                smalti.load("bare.so", parameters={})

        gc.disable()
        self.addCleanup(gc.enable)
        for _ in range(20):
            round_trip()
        before = resident_bytes()
        for _ in range(200):
            round_trip()
        # A library that stays, or the workspace of one call, is more than 20 kB.
        self.assertLess(resident_bytes() - before, 1 << 20)

    def test_workspaces_are_kept(self):
        """The same memory serves call after call, and so do outputs that nobody wants."""
        with smalti.load("simone.so", threads=2) as model:
            model(video=video(), outputs=[])
            own = [address(array) for array in model._resources._workspaces]
            self.assertEqual(len(own), 1)
            clip = video()
            tracemalloc.start()
            self.addCleanup(tracemalloc.stop)
            for _ in range(5):
                model(video=clip, outputs=["object_mean"])
                model.encode(video=clip)
            self.assertEqual([address(array) for array in model._resources._workspaces], own)
            # The smallest of the large outputs has 131 kB, the workspace more.
            self.assertLess(tracemalloc.get_traced_memory()[1], 100_000)


def left():
    """What of our files is mapped, and how many threads and open files there are."""
    maps = Path("/proc/self/maps").read_text()
    own = {line.split()[-1] for line in maps.splitlines() if os.getcwd() in line}
    return {
        "maps": sorted(own),
        "tasks": len(os.listdir("/proc/self/task")),
        "files": len(os.listdir("/proc/self/fd")),
    }


def resident_bytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
