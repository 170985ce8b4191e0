"""What convert.py reads of a checkpoint, and which it refuses: damaged and hostile ones."""

import os
from pathlib import Path
import pickle
import sys
import warnings
import zipfile

import numpy

from checkpoint_files import (
    called,
    dictionary,
    grouped,
    named,
    plain,
    program,
    storage,
    tensor,
    write_arrays,
    write_members,
    write_program,
)
from support import Case, ROOT

# At the end, so that the package that is imported stays the one that is installed.
sys.path.append(str(ROOT / "tools/python"))
from conversion.checkpoints import Checkpoint
from conversion.pickles import unpickled
from conversion.words import Failure, quoted

FIXTURES = Path(__file__).with_name("Fixtures")


def small(offset=0, shape=(2, 2), strides=(2, 1), count=4, kind="FloatStorage", key="0"):
    """Instructions of a state dict with one tensor, `w`."""
    return dictionary([("w", tensor(storage(kind, key, count), offset, shape, strides))])


class Reading(Case):
    """Files that PyTorch wrote; tools/fixtures/make_state.py says what is in them."""

    def test_views(self):
        base = numpy.arange(24, dtype=numpy.float32)
        matrix = base.reshape(4, 6)
        expected = {
            "whole": base,
            "offset": base[5:9],
            "matrix": matrix,
            "transposed": matrix.T,
            "strided": matrix[1::2, ::3],
            "permuted": base.reshape(2, 3, 4).transpose(2, 0, 1),
            "scalar": base[7],
            "empty": numpy.empty((0, 3), numpy.float32),
        }
        with Checkpoint(FIXTURES / "views.pt") as checkpoint:
            for name, array in expected.items():
                numpy.testing.assert_array_equal(checkpoint.array(name), array, name)
                self.assertEqual(checkpoint.array(name).dtype, numpy.float32)

    def test_types(self):
        values = [-2.0, -0.5, 0.0, 1.0, 1.5, 100.0]
        expected = {
            "bf16": (values, numpy.float32),
            "f16": (values, numpy.float16),
            "f64": (values, numpy.float64),
            "i64": ([-2, 0, 0, 1, 1, 100], numpy.int64),
            "i32": ([-2, 0, 0, 1, 1, 100], numpy.int32),
            "i16": ([-2, 0, 0, 1, 1, 100], numpy.int16),
            "i8": ([-2, 0, 0, 1, 1, 100], numpy.int8),
            "u8": ([2, 0, 0, 1, 1, 100], numpy.uint8),
            "bool": ([0, 0, 0, 1, 1, 1], numpy.uint8),
        }
        with Checkpoint(FIXTURES / "views.pt") as checkpoint:
            for name, (own, kind) in expected.items():
                array = checkpoint.array(name)
                self.assertEqual((array.tolist(), array.dtype), (own, kind), name)

    def test_lightning(self):
        with Checkpoint(FIXTURES / "lightning.ckpt") as checkpoint:
            self.assertEqual(list(checkpoint.tensors), ["weight", "bias"])
            self.assertEqual(checkpoint.array("weight").tolist(), [[0, 1, 2], [3, 4, 5]])
            self.assertEqual(checkpoint.array("bias").tolist(), [0, 1, 2])

    def test_prefixes(self):
        """Those that all names have go, one after the other; others stay."""
        one = numpy.ones(1, numpy.float32)
        for names, expected in (
            (["module.model.a", "module.model.b"], ["a", "b"]),
            (["_orig_mod.a"], ["a"]),
            (["model.a", "b"], ["model.a", "b"]),
            (["net.a", "net.b"], ["net.a", "net.b"]),
        ):
            write_arrays(self.folder / "p.pt", {name: one for name in names})
            with Checkpoint(self.folder / "p.pt") as checkpoint:
                self.assertEqual(list(checkpoint.tensors), expected)

    def test_other_protocols(self):
        """Protocol 4 names globals by the stack, and remembers without places."""
        value = {"a": [1, 2.5, None, True], "b": ("x", -7, 1 << 40), "c": {}}
        for protocol in (2, 3, 4, 5):
            self.assertEqual(unpickled(pickle.dumps(value, protocol)), value)

    def test_no_controls_in_messages(self):
        self.assertEqual(quoted("a b"), "'a b'")
        self.assertEqual(quoted("a\x1b[2J"), "'a\\x1b[2J'")
        self.assertEqual(len(quoted("a" * 1000)), 203)


class Refusals(Case):
    def setUp(self):
        super().setUp()
        self.path = self.folder / "x.pt"

    def refused(self, *words):
        with self.assertRaises(Failure) as context:
            with Checkpoint(self.path) as checkpoint:
                for name in checkpoint.tensors:
                    checkpoint.array(name)
        for word in (str(self.path), *words):
            self.assertIn(word, str(context.exception))

    def refused_program(self, instructions, *words):
        write_program(self.path, instructions, bytes(16))
        self.refused(*words)

    def test_reads_what_is_right(self):
        """The helpers make files that are read, so each refusal below has one reason."""
        write_program(self.path, small(), numpy.arange(4, dtype=numpy.float32).tobytes())
        with Checkpoint(self.path) as checkpoint:
            self.assertEqual(checkpoint.array("w").tolist(), [[0, 1], [2, 3]])

    def test_calls(self):
        """Nothing that a pickle names is called, however it is named."""
        marker = self.folder / "called"

        class Evil:
            def __reduce__(self):
                return os.system, (f"touch {marker}",)

        for protocol in (0, 1, 2, 4):
            content = pickle.dumps({"w": Evil()}, protocol)
            write_members(self.path, [("data.pkl", content)])
            self.refused("data.pkl")
            self.assertFalse(marker.exists())
        touch = plain(f"touch {marker}")
        self.refused_program(
            called(named("posix", "system"), touch), "'posix.system'", "model.state_dict()"
        )
        for module, name in (
            ("builtins", "eval"),
            ("torch", "load"),
            ("torch._utils", "_rebuild_tensor_v2.__globals__"),
            ("collections", "namedtuple"),
            ("torch", "FloatStorage.__init__"),
            ("torch.storage", "_load_from_bytes"),
            ("numpy.core.multiarray", "scalar"),
        ):
            self.refused_program(called(named(module, name), touch), f"'{module}.{name}'")
        self.assertFalse(marker.exists())

    def test_calls_of_known_names(self):
        """The names that are known are called only as PyTorch calls them."""
        ordered = named("collections", "OrderedDict")
        rebuilt = named("torch._utils", "_rebuild_tensor_v2")
        parameter = named("torch._utils", "_rebuild_parameter")
        self.refused_program(called(ordered, plain([("a", 1)])), "'collections.OrderedDict'")
        self.refused_program(called(named("torch", "FloatStorage"), plain(9)), "FloatStorage")
        self.refused_program(called(rebuilt, plain(1), plain(2)), "data.pkl is damaged")
        self.refused_program(called(parameter, *map(plain, (1, True, None))), "data.pkl is damaged")
        self.refused_program(called(plain("os.system"), plain("true")), "data.pkl is damaged")
        # BUILD gives attributes to dictionaries only.
        self.refused_program(ordered + plain({"name": "os.system"}) + b"b", "data.pkl is damaged")

    def test_instructions(self):
        for instructions, word in (
            (b"\x82\x01", "EXT1"),
            (b"(iposix\nsystem\n", "INST"),
            (plain("a") + b"0", "POP"),
            (b"\x96" + (1 << 40).to_bytes(8, "little"), "data.pkl is damaged"),  # BYTEARRAY8
            (b"\x81", "NEWOBJ"),
        ):
            self.refused_program(instructions, word)

    def test_crashes(self):
        """Programs that end Python's own machine: an endless memo, a hash that recurses too deep."""
        write_program(self.path, small() + b"r\xff\xff\xff\x7f", bytes(16))
        with Checkpoint(self.path) as checkpoint:
            self.assertEqual(list(checkpoint.tensors), ["w"])
        deep = b")" + b"\x85" * 1_000_000
        self.refused_program(b"}" + deep + b"Ns", "neither names nor numbers")
        own = b"}q\x01" + plain("w") + b"h\x01s"  # a dictionary that holds itself
        self.refused_program(own, "'w', which is no tensor")

    def test_damaged_programs(self):
        whole = program(small())
        write_members(self.path, [("data.pkl", whole), ("data/0", bytes(16))])
        with Checkpoint(self.path):
            pass
        for count in range(len(whole)):
            write_members(self.path, [("data.pkl", whole[:count]), ("data/0", bytes(16))])
            self.refused("data.pkl")
        for instructions in (b"", b"t", b"u", b"R", b"h\x09", b"\x85", b"Q", b"\x93", b"s", b"e"):
            self.refused_program(instructions, "data.pkl is damaged")

    def test_no_state(self):
        self.refused_program(plain([1, 2]), "holds no state dict")
        self.refused_program(plain({}), "holds no state dict")
        self.refused_program(plain({"epoch": 3}), "'epoch', which is no tensor")
        self.refused_program(plain({3: 3}), "'3', which is no tensor")
        own = tensor(storage("FloatStorage", "0", 4), 0, (4,), (1,))
        self.refused_program(dictionary([("w", own), ("w", own)]), "the key 'w' twice")

    def test_storages(self):
        for instructions, word in (
            (small(kind="ComplexFloatStorage"), "'torch.ComplexFloatStorage'"),
            (small(key="1"), "the storage of 'w' is not in it"),
            (small(key="../data.pkl"), "the storage of 'w' is not in it"),
            (small(count=5), "has 16 bytes, its 5 elements of f32 take 20"),
            (small(count=-4), "data.pkl is damaged"),
            (small(kind="DoubleStorage"), "its 4 elements of f64 take 32"),
            (grouped(plain("module"), *map(plain, "abcd")) + b"Q", "no storage"),
            (grouped(plain("storage"), *map(plain, "abcd")) + b"Q", "no known class"),
        ):
            self.refused_program(instructions, word)

    def test_bounds(self):
        for instructions, word in (
            (small(offset=1), "'w' ends at element 5 of a storage with 4"),
            (small(shape=(2, 3)), "ends at element 5"),
            (small(strides=(3, 1)), "ends at element 5"),
            (small(shape=(0,), strides=(1,), offset=5), "ends at element 5"),
            (small(shape=(1 << 40,), strides=(0,)), "1099511627776 elements over a storage of 4"),
            (small(offset=-1), "data.pkl is damaged"),
            (small(strides=(2, -1)), "data.pkl is damaged"),
            (small(shape=(2, True)), "data.pkl is damaged"),
            (small(shape=(1 << 70, 1)), "data.pkl is damaged"),
            (small(shape=(4,)), "1 dimensions and 2 strides"),
            (small(shape=(1,) * 33, strides=(1,) * 33), "33 dimensions"),
            (small(shape=[2, 2]), "data.pkl is damaged"),
        ):
            self.refused_program(instructions, word)

    def test_archives(self):
        content = program(small())
        for members, word in (
            ([("data/0", bytes(16))], "with 0 members 'NAME/data.pkl'"),
            ([("../x", b""), ("data.pkl", content)], "no name of torch.save's"),
            ([("data.pkl", content), ("byteorder", "big")], "byte order 'big'"),
            ([("data.pkl", bytes((8 << 20) + 1))], "a data.pkl of 8388609 bytes"),
        ):
            write_members(self.path, members)
            self.refused(word)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # zipfile's own, of a name that comes twice
            write_members(self.path, [("data.pkl", content), ("data.pkl", content)])
        self.refused("the member 'state/data.pkl' twice")
        with zipfile.ZipFile(self.path, "w") as archive:
            archive.writestr("a/data.pkl", content)
            archive.writestr("b/data.pkl", content)
        self.refused("with 2 members 'NAME/data.pkl'")

    def test_growing_archives(self):
        """What grows when it is read: compressed members, and members that share their bytes."""
        members = [("data.pkl", program(small())), ("data/0", bytes(1 << 24))]
        write_members(self.path, members, zipfile.ZIP_DEFLATED)
        self.assertLess(self.path.stat().st_size, 1 << 20)
        self.refused("the compressed member 'state/data.pkl'")
        with zipfile.ZipFile(self.path, "w") as archive:
            archive.writestr("state/data.pkl", program(small()))
            archive.writestr("state/data/0", bytes(16))
            infos = archive.infolist()
            infos[1].file_size = infos[1].compress_size = 1 << 40
        self.refused(f"its members take {(1 << 40) + len(program(small()))} bytes")

    def test_truncated(self):
        whole = (FIXTURES / "views.pt").read_bytes()
        for count in [0, 1, 3, 4, 5, 100, *range(200, len(whole), 97), len(whole) - 1]:
            self.path.write_bytes(whole[:count])
            self.refused("is no zip archive" if count < 4 else "is damaged")

    def test_changed(self):
        """A changed byte is refused, or none of the tensors' (checksums cover the members)."""
        whole = (FIXTURES / "views.pt").read_bytes()
        with Checkpoint(FIXTURES / "views.pt") as checkpoint:
            expected = {name: checkpoint.array(name).tobytes() for name in checkpoint.tensors}
        refusals = 0
        for place in range(0, len(whole), 3):
            changed = bytearray(whole)
            changed[place] ^= 0x41
            self.path.write_bytes(changed)
            try:
                with Checkpoint(self.path) as checkpoint:
                    found = {name: checkpoint.array(name).tobytes() for name in checkpoint.tensors}
                self.assertEqual(found, expected, place)
            except Failure:
                refusals += 1
        self.assertGreater(refusals, 500)

    def test_other_files(self):
        magic = pickle.dumps(0x1950A86A20F9469CFC6C, 2)
        self.path.write_bytes(magic + pickle.dumps(1001, 2))
        self.refused("before 1.6", "torch.save of PyTorch 1.6 or later")
        self.path.write_bytes((FIXTURES / "state.outputs.safetensors").read_bytes())
        self.refused("is no zip archive")
        self.path.unlink()
        self.refused("No such file")
        self.path.mkdir()
        self.refused("no regular file")
