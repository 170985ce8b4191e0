"""What a call computes: the bits of `smalti run`, on every way through the package."""

import numpy
import smalti

from support import Case, command_outputs, kinds, rows, video

TYPES = {
    "f64": "float64",
    "f32": "float32",
    "f16": "float16",
    "i64": "int64",
    "i32": "int32",
    "i16": "int16",
    "i8": "int8",
    "u64": "uint64",
    "u32": "uint32",
    "u16": "uint16",
    "u8": "uint8",
    "bool": "bool",
}


class Runs(Case):
    def test_whole(self):
        clip = video()
        with smalti.load("simone.so") as model:
            outputs = model(video=clip)
            names = [tensor.name for tensor in model.whole.outputs]
            self.assertSameBits(outputs, command_outputs(["simone.so"], {"video": clip}, names))
            self.assertSameBits(model({"video": clip}), outputs)
            self.assertSameBits(model.whole(video=clip), outputs)
            self.assertSameBits(model.entry("whole")(video=clip), outputs)
            # The parts of the whole, one after the other.
            latents = model.encode(video=clip)
            self.assertEqual(list(latents), names[4:])
            self.assertSameBits(latents, {name: outputs[name] for name in latents})

    def test_entry(self):
        with smalti.load("simone.so") as model:
            inputs = model.encode(video=video())
            inputs["time_indices"] = numpy.array([1], numpy.int32)
            outputs = model.decode_train(inputs)
            expected = command_outputs(
                ["simone.so"], inputs, list(outputs), "--entry", "decode_train"
            )
            self.assertSameBits(outputs, expected)

    def test_which_is_whole(self):
        with smalti.load("inside.so") as model:
            self.assertSameBits(model(x=rows()), model.dense(x=rows()))
            self.assertSameBits(model.entry("no weights")(x=rows()), {"y": rows() + rows()})

        with smalti.load("kinds.so") as model:
            self.assertEqual(list(model.entries), ["whole", "after"])
            self.assertSameBits(model(kinds(model)), model.whole(kinds(model)))

    def test_threads_agree(self):
        with smalti.load("simone.so", threads=1) as model:
            expected = model(video=video())
        for threads in (2, 3, 7):
            with smalti.load("simone.so", threads=threads) as model:
                self.assertSameBits(model(video=video()), expected)

    def test_kinds(self):
        with smalti.load("kinds.so") as model:
            inputs = kinds(model)
            outputs = model(inputs)
            for name in ("f64", "i32", "i8", "f16", "empty", "key", "scale"):
                self.assertSameBits({"": outputs[name]}, {"": inputs[name] + inputs[name]})
            self.assertSameBits({"": outputs["out:0"]}, {"": inputs["in:0"] * numpy.uint8(2)})
            self.assertSameBits({"": outputs["bool"]}, {"": ~inputs["bool"]})
            self.assertEqual(outputs["noise"].std() > 0, True)
            self.assertEqual(outputs["empty"].shape, (0, 3))
            # bf16 by its bits, whatever type holds it: 3 + 3 is 6.
            inputs["bf16"] = numpy.full(4, 0x4040, numpy.uint16)
            bits = model(inputs)["bf16"].view(numpy.uint16)
            self.assertEqual(bits.tolist(), [0x40C0] * 4)

    def test_types(self):
        with smalti.load("kinds.so") as model:
            tensors = [*model.whole.inputs, *model.after.inputs]
            own = {tensor.element: tensor.dtype for tensor in tensors}
            self.assertIn(own.pop("bf16").name, ("uint16", "bfloat16"))
            expected = {name: numpy.dtype(kind) for name, kind in TYPES.items()}
            self.assertEqual(own, expected)
            inputs = {
                tensor.name: numpy.array([1, 2**15 - 1], tensor.dtype)
                for tensor in model.after.inputs
            }
            self.assertSameBits(model.after(inputs), inputs)

    def test_key(self):
        """Python's numbers stand for arrays without axes."""
        with smalti.load("kinds.so") as model:
            inputs = kinds(model)
            inputs["key"] = numpy.array(2**63 + 5, numpy.uint64)
            expected = model(inputs)
            self.assertSameBits(model({**inputs, "key": 2**63 + 5}), expected)
            self.assertSameBits(model({**inputs, "key": numpy.uint64(2**63 + 5)}), expected)
            self.assertFalse(
                numpy.array_equal(model({**inputs, "key": 6})["noise"], expected["noise"])
            )
            self.assertEqual(model({**inputs, "scale": 0.25})["scale"], numpy.float32(0.5))
            self.assertEqual(model({**inputs, "scale": 3})["scale"], numpy.float32(6))
            for key, word in ((-1, "-1"), (2**64, "0 to 18446744073709551615")):
                with self.raises(smalti.WrongArray, "WRONG_ARRAY", "'key'", word):
                    model({**inputs, "key": key})
            for key in (1.0, True):
                with self.raises(smalti.WrongArray, "WRONG_ARRAY", "'key'", "needs uint64"):
                    model({**inputs, "key": key})


class Outputs(Case):
    def test_some(self):
        with smalti.load("simone.so") as model:
            expected = model(video=video())
            for names in (["frame_mean", "weights"], [], ["logits"] * 2):
                outputs = model(video=video(), outputs=iter(names))
                self.assertSameBits(outputs, {name: expected[name] for name in names})
            self.assertEqual(list(model(video=video(), outputs="logits")), ["logits"])
            with self.raises(smalti.WrongCall, "UNKNOWN_NAME", "'masks'", "'reconstruction'"):
                model(video=video(), outputs=["masks"])

    def test_some_into(self):
        """An array in `out` is written, asked for or not."""
        with smalti.load("inside.so") as model:
            expected = model(x=rows())
            array = numpy.full((4, 48), 7, numpy.float32)
            outputs = model(x=rows(), out={"sum": array}, outputs=["y"])
            self.assertSameBits(outputs, {"y": expected["y"]})
            self.assertSameBits({"sum": array}, {"sum": expected["sum"]})

    def test_results_are_apart(self):
        """What one call returned is not touched by the next."""
        with smalti.load("inside.so") as model:
            first = model(x=rows(1))
            kept = {name: array.copy() for name, array in first.items()}
            model(x=rows(2))
            self.assertSameBits(first, kept)
        self.assertSameBits(first, kept)
