"""Which of a file's codes runs: that for the inputs' shapes, of this machine's level."""

import json
import os
import subprocess
import sys

import numpy
import smalti

from support import Case, command_outputs, video


class Specialisations(Case):
    def test_shapes_choose(self):
        small = ["simone:tiny", "frames=2", "frames_decoded=1"]
        with smalti.load("batches.so") as model:
            own = [signature.specialisation for signature in model.whole.signatures]
            self.assertEqual(own, ["batch=1", "batch=4"])
            clips = video(4)
            outputs = model(video=clips)
            self.assertEqual(outputs["reconstruction"].shape, clips.shape)
            with smalti.load("simone.so") as single:
                self.assertSameBits(model(video=video()), single(video=video()))
                if model.level == single.level:  # for which `smalti run` compiles
                    expected = command_outputs([*small, "batch=4"], {"video": clips}, outputs)
                    self.assertSameBits(outputs, expected)

    def test_none_fits(self):
        with smalti.load("batches.so") as model:
            with self.raises(
                smalti.WrongArray, "WRONG_ARRAY", "(2, 2, 32, 32, 3)", "batch=1", "batch=4"
            ):
                model(video=video(2))
            with self.raises(smalti.WrongArray, "WRONG_ARRAY", "(2, 32, 32, 3)"):
                model(video=video()[0])
            array = numpy.empty((1, 2, 32, 32, 3), numpy.float32)
            with self.raises(smalti.WrongArray, "WRONG_ARRAY", "(1, 2,", "needs (4, 2,"):
                model(video=video(4), out={"reconstruction": array})


LEVEL_PROGRAM = """
import json, sys, smalti, numpy
try:
    model = smalti.load(sys.argv[1])
    numpy.savez("out.npz", **model(numpy.load("in.npz")))
    print(json.dumps({"level": model.level}))
except smalti.Error as error:
    print(json.dumps({"status": error.status, "sentence": str(error)}))
"""


class Levels(Case):
    """SMALTI_LEVEL lowers the level; it is read once, so each has a process of its own."""

    def run_at(self, level):
        environment = {**os.environ, "SMALTI_LEVEL": level}
        done = subprocess.run(
            [sys.executable, "-c", LEVEL_PROGRAM, os.path.abspath("batches.so")],
            env=environment,
            cwd=self.folder,
            check=True,
            capture_output=True,
        )
        return json.loads(done.stdout)

    def test_levels(self):
        numpy.savez(self.folder / "in.npz", video=video())
        self.assertEqual(self.run_at("x86-64-v3"), {"level": "x86-64-v3"})
        with smalti.load("batches.so") as model, numpy.load(self.folder / "out.npz") as lesser:
            expected = model(video=video())
            self.assertEqual(list(lesser), list(expected))
            for name, array in expected.items():
                numpy.testing.assert_allclose(lesser[name], array, rtol=0, atol=1e-3)

    def test_no_level(self):
        numpy.savez(self.folder / "in.npz", video=video())
        answer = self.run_at("x86-64-v2")
        self.assertEqual(answer["status"], "NO_FEATURES")
        self.assertIn("x86-64-v3, x86-64-v4", answer["sentence"])
        self.assertIn("SMALTI_LEVEL=x86-64-v2", answer["sentence"])
