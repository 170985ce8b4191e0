"""What a model says of itself; the examples of the documentation."""

import doctest
import importlib
import json
import os
from pathlib import Path
import pickle
import pkgutil
import subprocess

import numpy
import smalti

from support import Case, COMMAND, ROOT


class Facts(Case):
    """Names, types and shapes are those that `smalti inspect` shows."""

    def test_description(self):
        for name in ("simone.so", "batches.so", "kinds.so", "bare.so"):
            shown = subprocess.run(
                [COMMAND, "inspect", name, "--json"], check=True, capture_output=True
            )
            with smalti.load(name) as model:
                self.assertEqual(model.description, json.loads(shown.stdout)["description"])
                self.assert_table(model)

    def assert_table(self, model):
        """The loaded table says what the description says."""
        facts = model.description
        self.assertEqual(model.name, facts["name"])
        self.assertIn(model.level, facts["levels"])
        self.assertEqual(list(model.entries), [entry["name"] for entry in facts["entries"]])
        for entry in facts["entries"]:
            own = model.entry(entry["name"])
            self.assertEqual(own.inputs, own.signatures[0].inputs)
            self.assertEqual(own.outputs, own.signatures[0].outputs)
            self.assertEqual(len(own.signatures), len(entry["signatures"]))
            for signature, expected in zip(own.signatures, entry["signatures"]):
                self.assertEqual(signature.specialisation, expected["specialisation"])
                self.assertEqual(signature.flops, expected["flops"])
                self.assert_tensors(signature.inputs, expected["inputs"])
                self.assert_tensors(signature.outputs, expected["outputs"])
        takes_parameters = facts["weights"]["place"] == "nowhere"
        self.assert_tensors(model.parameters, facts["parameters"] if takes_parameters else [])

    def assert_tensors(self, tensors, facts):
        self.assertEqual(
            [
                dict(
                    name=own.name,
                    element=own.element,
                    shape=list(own.shape),
                    bytes=own.bytes,
                    alignment=own.alignment,
                )
                for own in tensors
            ],
            facts,
        )
        for own in tensors:
            self.assertEqual(own.dtype.itemsize * int(numpy.prod(own.shape)), own.bytes)
            array = own.empty()
            self.assertEqual((array.shape, array.dtype), (own.shape, own.dtype))
            self.assertEqual(array.ctypes.data % 64, 0)

    def test_names(self):
        with smalti.load("inside.so", threads=3) as model:
            self.assertEqual(model.threads, 3)
            self.assertIs(model.dense, model.entry("dense"))
            self.assertIs(model.entries["no weights"], model.entry("no weights"))
            self.assertIn("dense", dir(model))
            with self.assertRaisesRegex(AttributeError, "'decode'; it has no weights, dense"):
                model.decode
            with self.raises(smalti.WrongCall, "UNKNOWN_NAME", "'decode'", "'dense'"):
                model.entry("decode")

    def test_text(self):
        with smalti.load("inside.so", threads=1) as model:
            self.assertEqual(
                repr(model),
                f"<smalti model 'inside.so': net.graph, {model.level}, threads 1, no weights, dense>",
            )
            self.assertEqual(
                repr(model.dense),
                "<entry dense(x: f32[4, 32]) -> (y: f32[4, 48], sum: f32[4, 48])>",
            )
        self.assertIn("closed", repr(model))

    def test_threads(self):
        with smalti.load("inside.so") as model:
            self.assertEqual(model.threads, model._resources.library.model.allowed_processors())
        for threads in (-1, 1025, 2**32):
            with self.raises(smalti.Error, "NO_THREADS", str(threads)):
                smalti.load("inside.so", threads=threads)


class Errors(Case):
    """Exceptions have numbers, names and builtin relatives, and travel between processes."""

    def test_status(self):
        with smalti.load("inside.so") as model:
            library = model._resources.library.model
            for status in smalti.Status:
                text = library.status_text(status).decode()
                self.assertEqual(text == "unknown status", status >= 100, status.name)
        self.assertEqual(smalti.Error(4711, "new").status, "UNKNOWN")

    def test_classes(self):
        self.assertTrue(issubclass(smalti.WrongArray, ValueError))
        self.assertTrue(issubclass(smalti.WrongCall, TypeError))
        self.assertTrue(issubclass(smalti.LibraryNotFound, smalti.CompileError))
        for name in smalti.__all__:
            value = getattr(smalti, name)
            if isinstance(value, type) and issubclass(value, Exception):
                self.assertTrue(issubclass(value, smalti.Error))
                again = pickle.loads(pickle.dumps(value(6, "a sentence")))
                self.assertEqual((type(again), again.code, str(again)), (value, 6, "a sentence"))

    def test_names(self):
        self.assertEqual(repr(smalti.WrongArray), "<class 'smalti.WrongArray'>")


class Documentation(Case):
    """Every example runs and shows what it says, in README.md too."""

    def test_examples(self):
        count = 0
        for module in [smalti, *submodules()]:
            found = doctest.testmod(module)
            self.assertEqual(found.failed, 0, module.__name__)
            count += found.attempted
        self.assertGreater(count, 15)

    def test_readme(self):
        place = os.getcwd()
        self.addCleanup(os.chdir, place)
        os.chdir(self.folder)
        for name in ("simone.so", "bare.so"):
            (self.folder / name).write_bytes(Path(place, name).read_bytes())
        readme = ROOT / "tools/python/README.md"
        found = doctest.testfile(str(readme), module_relative=False, optionflags=doctest.ELLIPSIS)
        self.assertEqual(found.failed, 0)
        self.assertGreater(found.attempted, 10)

    def test_version(self):
        self.assertEqual(smalti.__version__, smalti.load("simone.so").description["version"])
        self.assertEqual(smalti.__version__, "0.1.0")


def submodules():
    names = [found.name for found in pkgutil.iter_modules(smalti.__path__)]
    return [importlib.import_module(f"smalti.{name}") for name in names]
