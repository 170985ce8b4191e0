"""Whose memory is read and written, and which arrays are refused."""

import numpy
import smalti

from support import Case, kinds, rows, video


class ZeroCopy(Case):
    """Arrays that fit are used where they lie, others are copied or refused."""

    def setUp(self):
        super().setUp()
        self.model = smalti.load("inside.so")
        self.addCleanup(self.model.close)

    def reads_in_place(self, array, other):
        """Whether a change of `array` when the run has begun, before its first step, is seen."""
        before = self.model(x=array.copy())
        after = self.model(x=other.copy())

        def change(done, count):
            if done == 0:
                array[...] = other

        outputs = self.model(x=array, progress=change)
        self.assertIn(outputs["sum"].tobytes(), (before["sum"].tobytes(), after["sum"].tobytes()))
        return outputs["sum"].tobytes() == after["sum"].tobytes()

    def test_inputs(self):
        self.assertTrue(self.reads_in_place(rows(1), rows(2)))

    def test_other_layouts_are_copied(self):
        wide = numpy.zeros((4, 64), numpy.float32)
        for layout in (wide[:, ::2], wide[:, :32], numpy.zeros((32, 4), numpy.float32).T):
            layout[...] = rows(1)
            self.assertFalse(self.reads_in_place(layout, rows(2)))

    def test_misaligned_are_copied(self):
        for offset in (1, 2, 4, 8):
            array = misaligned((4, 32), offset)
            array[...] = rows(1)
            self.assertFalse(self.reads_in_place(array, rows(2)))

    def test_inputs_are_left_alone(self):
        array = rows(1)
        array.flags.writeable = False
        kept = array.copy()
        self.assertSameBits(self.model(x=array), self.model(x=kept))
        self.assertEqual(array.tobytes(), kept.tobytes())
        # Anything that numpy takes for an array of the type will do.
        self.assertSameBits(self.model(x=memoryview(array)), self.model(x=kept))

    def test_outputs(self):
        expected = self.model(x=rows())
        arrays = {
            "sum": numpy.zeros((4, 48), numpy.float32),
            "y": self.model.dense.outputs[0].empty(),
        }
        places = {name: array.ctypes.data for name, array in arrays.items()}
        outputs = self.model(x=rows(), out=arrays)
        for name, array in outputs.items():
            self.assertIs(array, arrays[name])
            self.assertEqual(array.ctypes.data, places[name])
        self.assertSameBits(outputs, expected)

    def test_outputs_in_one_array(self):
        """A part of a larger array is written, and nothing beside it."""
        block = numpy.full((4, 4, 48), 7, numpy.float32)
        expected = self.model(x=rows())
        self.model(x=rows(), out={"y": block[1], "sum": block[2]})
        self.assertEqual(block[1].tobytes(), expected["y"].tobytes())
        self.assertEqual(block[2].tobytes(), expected["sum"].tobytes())
        self.assertTrue((block[0] == 7).all() and (block[3] == 7).all())

    def test_output_in_a_file(self):
        path = self.folder / "sum.npy"
        mapped = numpy.lib.format.open_memmap(path, "w+", numpy.float32, (4, 48))
        expected = self.model(x=rows(), out={"sum": mapped})
        mapped.flush()
        self.assertEqual(numpy.load(path).tobytes(), expected["sum"].tobytes())
        mapped._mmap.close()


class WrongInputs(Case):
    def setUp(self):
        super().setUp()
        self.model = smalti.load("simone.so")
        self.addCleanup(self.model.close)

    def refuses(self, value, *words):
        with self.raises(smalti.WrongArray, "WRONG_ARRAY", "input 'video'", "'whole'", *words):
            self.model(video=value)

    def test_types(self):
        self.refuses(video().astype(numpy.float64), "float64", "needs float32 (f32)", "astype")
        self.refuses(video().astype(numpy.float16), "float16", "needs float32")
        self.refuses((video() * 255).astype(numpy.uint8), "uint8", "needs float32")
        self.refuses(video().astype(">f4"), "float32 in the other byte order (>f4)")
        self.refuses(video().tolist(), "float64", "needs float32")
        self.refuses("clip.npy", "<U8", "needs float32")
        self.refuses(None, "object", "needs float32")
        self.refuses(1.0, "float64")

    def test_shapes(self):
        for shape in ((2, 32, 32, 3), (1, 2, 32, 32), (1, 2, 3, 32, 32), (2, 2, 32, 32, 3), ()):
            self.refuses(numpy.zeros(shape, numpy.float32), f"{shape}", "(1, 2, 32, 32, 3)")

    def test_names(self):
        with self.raises(smalti.WrongCall, "MISSING_BUFFER", "'whole'", "'video'"):
            self.model()
        with self.raises(smalti.WrongCall, "UNKNOWN_NAME", "'clip'", "has 'video'"):
            self.model(video=video(), clip=video())
        with self.raises(smalti.WrongCall, "MISSING_BUFFER", "'object_log_std', 'frame_mean'"):
            self.model.decode(object_mean=video())

    def test_bf16(self):
        """Without ml_dtypes bf16 is uint16, and nothing else."""
        with smalti.load("kinds.so") as model:
            inputs = kinds(model)
            inputs["bf16"] = numpy.zeros(4, numpy.float32)
            with self.raises(smalti.WrongArray, "WRONG_ARRAY", "'bf16'", "float32", "(bf16)"):
                model(inputs)


class WrongOutputs(Case):
    def setUp(self):
        super().setUp()
        self.model = smalti.load("inside.so")
        self.addCleanup(self.model.close)

    def refuses(self, array, *words):
        with self.raises(smalti.WrongArray, "WRONG_ARRAY", "output 'sum'", *words):
            self.model(x=rows(), out={"sum": array})

    def test_refused(self):
        self.refuses(numpy.empty((4, 48)), "float64", "float32")
        self.refuses(numpy.empty((48, 4), numpy.float32), "(48, 4)", "(4, 48)")
        self.refuses(numpy.empty((1, 4, 48), numpy.float32), "(1, 4, 48)")
        self.refuses([[0.0] * 48] * 4, "into a list, not an array")
        self.refuses(numpy.empty((48, 4), numpy.float32).T, "not contiguous")
        self.refuses(numpy.empty((4, 96), numpy.float32)[:, ::2], "not contiguous")
        self.refuses(misaligned((4, 48), 4), "does not start at a multiple of 16")
        array = numpy.empty((4, 48), numpy.float32)
        array.flags.writeable = False
        self.refuses(array, "read-only")
        with self.raises(smalti.WrongCall, "UNKNOWN_NAME", "no output 'z'", "'y', 'sum'"):
            self.model(x=rows(), out={"z": array})

    def test_overlap(self):
        """Outputs share no byte with each other or with inputs; a sentence names both."""
        block = numpy.zeros(4 * 48 + 4 * 32, numpy.float32)
        array, given = block[: 4 * 48].reshape(4, 48), block[-4 * 32 - 4 : -4].reshape(4, 32)
        with self.raises(smalti.WrongArray, "OVERLAP", "output 'sum'", "output 'y'"):
            self.model(x=rows(), out={"sum": array, "y": array})
        with self.raises(smalti.WrongArray, "OVERLAP", "output 'sum'", "input 'x'"):
            self.model(x=given, out={"sum": array})
        self.assertFalse(block.any(), "a refused call has written")
        # An input that has to be copied is read before anything is written.
        with smalti.load("simone.so") as model:
            clip = video()
            expected = model(video=clip[:, ::-1].copy())
            outputs = model(video=clip[:, ::-1], out={"reconstruction": clip})
            self.assertSameBits(outputs, expected)


def misaligned(shape, offset):
    """An array of f32 that starts `offset` bytes behind a multiple of 64."""
    count = 4 * int(numpy.prod(shape))
    block = numpy.empty(count + 128, numpy.uint8)
    start = -block.ctypes.data % 64 + offset
    return block[start : start + count].view(numpy.float32).reshape(shape)
