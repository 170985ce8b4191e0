"""`smalti.compile`: where it looks for the compiler's library, and what it tells it."""

import os
from pathlib import Path
import platform
import subprocess
from unittest import mock

import smalti
from smalti import _compiler

from support import Case, HEADERS, rows


class Told(Case):
    """A stand-in for the library, made from the same header, writes down what it is told."""

    @classmethod
    def setUpClass(cls):
        source = Path(__file__).with_name("fake_library.c")
        call = ["cc", "-Wall", "-Werror", "-shared", "-fPIC", *(f"-I{own}" for own in HEADERS)]
        subprocess.run([*call, str(source), "-o", "libfake.so"], check=True)

    def setUp(self):
        super().setUp()
        self.log = self.folder / "log"
        change = mock.patch.dict(
            os.environ, {_compiler.VARIABLE: "libfake.so", "FAKE_LOG": str(self.log)}
        )
        forget = mock.patch.object(_compiler, "_compiler", None)
        for patch in (change, forget):
            patch.start()
            self.addCleanup(patch.stop)

    def lines(self):
        return self.log.read_text().splitlines()

    def test_model(self):
        output = self.folder / "new.so"
        model = smalti.compile("net.graph", output, settings={"copy": "inside.so"})
        self.assertIsInstance(model, smalti.Model)
        with smalti.load("inside.so") as inside, model:
            self.assertSameBits(model(x=rows()), inside(x=rows()))
        self.assertEqual(
            self.lines(),
            ["load net.graph", "setting copy=inside.so", "has_no_weights 0", "threads 0", "free"],
        )

    def test_everything(self):
        path = smalti.compile(
            "simone:tiny",
            self.folder / "é.o",
            weights=Path("net.safetensors"),
            settings={"mask_ln_affine": True, "log_std_clamp": [-10, 3], "copy": "net.graph"},
            emit="obj",
            entry="encode",
            target=["x86-64-v3", "x86-64-v4"],
            name="tiny",
            specialise={"batch": [1, 8]},
            no_weights=True,
            weights_file="é.weights",
            threads=3,
            cc="clang",
        )
        self.assertEqual(path, str(self.folder / "é.o"))
        self.assertEqual(Path(path).read_bytes(), Path("net.graph").read_bytes())
        self.assertEqual(
            self.lines(),
            [
                "load simone:tiny",
                "setting mask_ln_affine=true",
                "setting log_std_clamp=-10,3",
                "setting copy=net.graph",
                "weights net.safetensors",
                "emit obj",
                "entry encode",
                "target x86-64-v3,x86-64-v4",
                "name tiny",
                "specialise batch=1,8",
                "weights_file é.weights",
                "c_compiler clang",
                "has_no_weights 1",
                "threads 3",
                "free",
            ],
        )

    def test_seed(self):
        smalti.compile("m", self.folder / "m", settings=["copy=net.graph"], seed=2**64 - 1)
        self.assertIn(f"seed {2**64 - 1}", self.lines())
        for wrong in (dict(seed=-1), dict(seed=2**64), dict(threads=-1)):
            with self.assertRaises(ValueError):
                smalti.compile("m", self.folder / "m", **wrong)
        with self.assertRaisesRegex(TypeError, "copy=a"):
            smalti.compile("m", self.folder / "m", settings="copy=a")
        with self.assertRaisesRegex(ValueError, "2 options"):
            smalti.compile("m", self.folder / "m", specialise={"a": [1], "b": [2]})

    def test_returns_path(self):
        """Of a library for another machine, and of one without code for this machine's level."""
        path = str(self.folder / "m.so")
        settings = {"copy": "other.so"}
        self.assertEqual(smalti.compile("m", path, settings=settings), path)
        if platform.machine() == "x86_64":
            with mock.patch.dict(os.environ, {"SMALTI_LEVEL": "x86-64-v2"}):
                settings = {"copy": "batches.so"}
                self.assertEqual(smalti.compile("m", path, settings=settings), path)
        beside = {"settings": {"copy": "beside.so"}, "weights_file": "beside.weights"}
        with smalti.compile("m", path, **beside) as model:
            model(x=rows())

    def test_failures(self):
        output = self.folder / "m.so"
        with self.raises(smalti.CompileError, "COMPILE_MISTAKE", "no model 'unknown' — é"):
            smalti.compile("unknown", output)
        with self.raises(smalti.CompileError, "COMPILE_FAILED", "the disk is full"):
            smalti.compile("m", output)
        self.assertEqual(self.lines()[-1], "free")
        with self.raises(smalti.CompileError, "COMPILE_FAILED", "smalti_read_weights failed"):
            smalti.compile("m", output, weights="wrong")
        self.assertEqual(self.lines()[-1], "free")


class Search(Case):
    """Where the library is looked for, and what is said when it is nowhere."""

    def looking(self, **variables):
        change = mock.patch.dict(os.environ, variables)
        forget = mock.patch.object(_compiler, "_compiler", None)
        for patch in (change, forget):
            patch.start()
            self.addCleanup(patch.stop)
        if not variables:
            os.environ.pop(_compiler.VARIABLE, None)

    def test_named(self):
        self.looking(SMALTI_LIBRARY="nowhere/libsmalti.so")
        with self.raises(
            smalti.LibraryNotFound, "NO_LIBRARY", "SMALTI_LIBRARY: ", "nowhere/libsmalti.so"
        ):
            smalti.compile("simone:tiny", self.folder / "m.so")

    def test_no_library(self):
        """A library that is none of the compiler's is not taken."""
        self.looking(SMALTI_LIBRARY="inside.so")
        with self.raises(smalti.LibraryNotFound, "NO_LIBRARY", "undefined symbol: smalti_load"):
            smalti.compile("simone:tiny", self.folder / "m.so")

    def test_nowhere(self):
        self.looking()
        missing = str(self.folder / "libsmalti.so")
        change = mock.patch.object(_compiler, "_NAME", missing)
        with change, mock.patch("ctypes.util.find_library", return_value="liblisted.so.1"):
            with self.raises(
                smalti.LibraryNotFound,
                "NO_LIBRARY",
                "SMALTI_LIBRARY (not set), beside the package: ",
                "the linker's list: liblisted.so.1: ",
                f"the linker's path: {missing}: ",
                "set SMALTI_LIBRARY to its path",
            ):
                smalti.compile("simone:tiny", self.folder / "m.so")

    def test_beside_the_package(self):
        self.looking()
        places = list(_compiler._places())
        self.assertEqual(places[0][1], str(Path(smalti.__file__).with_name("libsmalti.so")))
        self.assertEqual(places[-1][1], "libsmalti.so")
