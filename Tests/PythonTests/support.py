"""What the tests share: where things lie, arrays to run on, and the command to compare with.

Tests run in the folder of the compiled models, so a path is a file's name.
"""

import os
from pathlib import Path
import subprocess
import tempfile
import threading
import unittest

import numpy

COMMAND = os.environ["SMALTI_COMMAND"]
ROOT = Path(os.environ["SMALTI_ROOT"])
# The folders of smalti_abi.h and smalti.h.
HEADERS = [ROOT / "Sources/CRuntime/include", ROOT / "tools/library/C/include"]


def video(batch=1, seed=1):
    """A clip of noise for simone.so and batches.so."""
    random = numpy.random.default_rng(seed)
    return random.random((batch, 2, 32, 32, 3), dtype=numpy.float32)


def rows(seed=2):
    """An input of the models of net.graph."""
    return numpy.random.default_rng(seed).standard_normal((4, 32)).astype(numpy.float32)


def kinds(model):
    """Inputs of kinds.so as a whole, by name; small numbers."""
    random = numpy.random.default_rng(3)
    return {
        tensor.name: random.integers(0, 2 if tensor.element == "bool" else 9, tensor.shape).astype(
            tensor.dtype
        )
        for tensor in model.whole.inputs
    }


def command_outputs(model, inputs, outputs, *options):
    """What `smalti run` computes, by name."""
    with tempfile.TemporaryDirectory() as folder:
        call = [COMMAND, "run", *model, "--quiet", "--outputs", ",".join(outputs), *options]
        for number, (name, array) in enumerate(inputs.items()):
            path = os.path.join(folder, f"{number}.npy")
            numpy.save(path, array)
            call += ["--input", f"{name}={path}"]
        result = os.path.join(folder, "out.npz")
        subprocess.run([*call, "-o", result], check=True)
        with numpy.load(result) as file:
            return {name: file[name] for name in file}


def at_once(count, work):
    """Runs `work(number)` in `count` threads that start together; returns the answers."""
    barrier, answers = threading.Barrier(count), [None] * count

    def run(number):
        barrier.wait()
        try:
            answers[number] = work(number)
        except BaseException as error:
            answers[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return answers


class Case(unittest.TestCase):
    """A test with a folder of its own, and words for what is compared often."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def assertSameBits(self, actual, expected):
        """The same names, types, shapes and bytes."""
        self.assertEqual(list(actual), list(expected))
        for name, array in expected.items():
            self.assertEqual(actual[name].dtype, array.dtype, name)
            self.assertEqual(actual[name].shape, array.shape, name)
            self.assertEqual(actual[name].tobytes(), array.tobytes(), name)

    def raises(self, kind, code, *words):
        """Expects exactly this class and number, and all of the words in the sentence."""
        return _Raises(self, kind, code, words)


class _Raises:
    def __init__(self, case, kind, code, words):
        self.case, self.kind, self.code, self.words = case, kind, code, words

    def __enter__(self):
        self.context = self.case.assertRaises(self.kind)
        self.context.__enter__()
        return self.context

    def __exit__(self, *facts):
        if not self.context.__exit__(*facts):
            return False
        error = self.context.exception
        self.case.assertIs(type(error), self.kind)
        self.case.assertEqual(error.status, self.code)
        for word in self.words:
            self.case.assertIn(word, str(error))
        return True
