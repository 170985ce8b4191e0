"""Weights inside the file, beside it, and made of raw parameters."""

from pathlib import Path

import numpy
import smalti

from make_inputs import parameters
from support import Case, command_outputs, rows


class Weights(Case):
    def setUp(self):
        super().setUp()
        with smalti.load("inside.so") as model:
            self.expected = model(x=rows())

    def test_inside(self):
        own = parameters()
        product = rows().astype(float) @ own["dense.weight"].astype(float)
        numpy.testing.assert_allclose(self.expected["y"], product, rtol=0, atol=1e-4)
        numpy.testing.assert_allclose(
            self.expected["sum"], product + own["dense.bias"], rtol=0, atol=1e-4
        )
        call = (["inside.so"], {"x": rows()}, ["y", "sum"], "--entry", "dense")
        self.assertSameBits(self.expected, command_outputs(*call))

    def test_beside(self):
        for weights in ("beside.weights", Path("beside.weights")):
            with smalti.load("beside.so", weights) as model:
                self.assertSameBits(model(x=rows()), self.expected)
                self.assertSameBits(model.entry("no weights")(x=rows()), {"y": rows() * 2})

    def test_beside_instead_of_inside(self):
        """A weights file of the same layout takes the place of the weights inside."""
        path = self.folder / "other.weights"
        content = Path("beside.weights").read_bytes()
        path.write_bytes(content)
        with smalti.load("inside.so", path) as model:
            self.assertSameBits(model(x=rows()), self.expected)

    def test_bare(self):
        with smalti.load("bare.so", parameters=parameters(), threads=2) as model:
            self.assertSameBits(model(x=rows()), self.expected)
            # Other parameters, then the first again, each as it lies in memory.
            zeros = {name: numpy.zeros_like(array) for name, array in parameters().items()}
            model.prepare(zeros)
            self.assertFalse(model(x=rows())["sum"].any())
            odd = {name: numpy.asfortranarray(array) for name, array in parameters().items()}
            model.prepare(odd)
            self.assertSameBits(model(x=rows()), self.expected)

    def test_prepared_while_running(self):
        """A call keeps the weights that it started with."""
        zeros = {name: numpy.zeros_like(array) for name, array in parameters().items()}
        with smalti.load("bare.so", parameters=parameters()) as model:
            outputs = model(x=rows(), progress=lambda done, count: model.prepare(zeros))
            self.assertSameBits(outputs, self.expected)
            self.assertFalse(model(x=rows())["sum"].any())

    def test_no_weights_yet(self):
        with smalti.load("bare.so") as model:
            names = [tensor.name for tensor in model.parameters]
            self.assertEqual(names, ["dense.weight", "dense.bias"])
            with self.raises(smalti.WrongWeights, "NO_WEIGHTS", "'bare.so'", "prepare("):
                model(x=rows())
            self.assertSameBits(model.entry("no weights")(x=rows()), {"y": rows() * 2})
            model.prepare(parameters())
            self.assertSameBits(model(x=rows()), self.expected)

    def test_wrong_parameters(self):
        with smalti.load("bare.so") as model:
            own = parameters()
            with self.raises(smalti.WrongCall, "MISSING_BUFFER", "'dense.bias'", "parameter"):
                model.prepare({"dense.weight": own["dense.weight"]})
            with self.raises(smalti.WrongCall, "UNKNOWN_NAME", "no parameter 'bias'"):
                model.prepare({**own, "bias": own["dense.bias"]})
            with self.raises(smalti.WrongArray, "WRONG_ARRAY", "'dense.bias'", "(1, 48)", "(48,)"):
                model.prepare({**own, "dense.bias": own["dense.bias"][None]})
            with self.raises(smalti.WrongArray, "WRONG_ARRAY", "parameter 'dense.bias'", "float64"):
                model.prepare({**own, "dense.bias": own["dense.bias"].astype(float)})

    def test_takes_none(self):
        for name in ("inside.so", "kinds.so"):
            with self.raises(smalti.WrongWeights, "WRONG_WEIGHTS", name, "takes no parameters"):
                smalti.load(name, parameters=parameters())
        with self.raises(smalti.WrongWeights, "WRONG_WEIGHTS", "takes no parameters"):
            smalti.load("beside.so", "beside.weights").prepare(parameters())

    def test_missing_weights(self):
        with self.raises(smalti.WrongWeights, "NO_WEIGHTS", "'beside.so'", "as weights"):
            smalti.load("beside.so")
        with self.raises(smalti.Unreadable, "UNREADABLE", "'nowhere.weights'", "No such file"):
            smalti.load("beside.so", "nowhere.weights")

    def test_wrong_files(self):
        for name in ("simone.so", "net.graph"):
            with self.raises(smalti.WrongWeights, "WRONG_WEIGHTS", f"'{name}' is no file of"):
                smalti.load("beside.so", name)
        with self.raises(smalti.WrongWeights, "WRONG_WEIGHTS", "use the file that was written"):
            smalti.load("simone.so", "beside.weights")

    def test_damaged_weights(self):
        whole = Path("beside.weights").read_bytes()
        path = self.folder / "damaged.weights"
        path.write_bytes(whole[:-1])
        with self.raises(smalti.DamagedFile, "DAMAGED_WEIGHTS", f"{len(whole) - 1} bytes"):
            smalti.load("beside.so", path)
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with self.raises(smalti.DamagedFile, "DAMAGED_WEIGHTS", "checksum"):
            smalti.load("beside.so", path)
