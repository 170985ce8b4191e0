"""The compiler's own library. Without one these tests are skipped."""

import os
import platform

import smalti
from smalti import _compiler

from make_inputs import parameters
from support import Case, rows, video

SMALL = {"frames": 2, "frames_decoded": 1}


class Compiler(Case):
    def setUp(self):
        super().setUp()
        try:
            _compiler.compiler()
        except smalti.LibraryNotFound:
            if _compiler.VARIABLE in os.environ:
                raise
            self.skipTest("there is no libsmalti; set SMALTI_LIBRARY to its path")
        self.output = self.folder / "new.so"

    def test_simone(self):
        options = dict(settings=SMALL, specialise={"batch": [1, 2]}, entry="encode", name="tiny")
        with smalti.compile("simone:tiny", self.output, **options) as model:
            self.assertEqual((model.name, list(model.entries)), ("tiny", ["encode"]))
            own = [signature.specialisation for signature in model.encode.signatures]
            self.assertEqual(own, ["batch=1", "batch=2"])
            with smalti.load("simone.so") as expected:
                self.assertSameBits(model(video=video()), expected.encode(video=video()))

    def test_weights(self):
        options = dict(weights="net.safetensors", weights_file=self.folder / "new.weights")
        with smalti.load("inside.so") as inside:
            expected = inside(x=rows())
        with smalti.compile("net.graph", self.output, **options) as model:
            self.assertSameBits(model(x=rows()), expected)
        with smalti.compile("net.graph", self.output, no_weights=True) as model:
            model.prepare(parameters())
            self.assertSameBits(model(x=rows()), expected)

    def test_seed(self):
        with smalti.compile("net.graph", self.output, seed=7) as model:
            self.assertEqual(model.description["weights"]["origin"], "seed 7")

    def test_returns_path(self):
        target = "aarch64" if platform.machine() == "x86_64" else "x86-64-v3"
        path = str(self.output)
        self.assertEqual(smalti.compile("net.graph", path, target=target), path)
        with self.raises(smalti.NotLoaded, "NOT_LOADED"):
            smalti.load(path)

    def test_failures(self):
        for model, options, word in (
            ("simone:huge", {}, "huge"),
            ("simone:tiny", {"settings": {"frame": 2}}, "frame"),
            ("simone:tiny", {"target": "z80"}, "z80"),
            ("net.graph", {"weights": "missing.safetensors"}, "missing.safetensors"),
            ("simone:tiny", {"weights": "net.safetensors"}, "net.safetensors"),
        ):
            with self.assertRaises(smalti.CompileError) as context:
                smalti.compile(model, self.output, **options)
            self.assertIn(word, str(context.exception))
            self.assertFalse(self.output.exists())
