"""convert.py: from a checkpoint of PyTorch to weights that compute the same, or to words."""

import json
from pathlib import Path
import subprocess
import sys

import numpy

from checkpoint_files import write_arrays
from support import Case, ROOT, command_outputs

# At the end, so that the package that is imported stays the one that is installed.
sys.path += [str(ROOT / "tools/python"), str(ROOT / "tools/fixtures")]
from conversion.checkpoints import Checkpoint
from conversion.layouts import BUILT_IN
from conversion.simone import PRESETS, parameter_count, parameters, sizes_named, words_of
from fixture_files import read_safetensors
from state_weights import weights

FIXTURES = Path(__file__).with_name("Fixtures")
STATE = FIXTURES / "state.pt"
MODEL = (
    "simone:tiny conv_channels=8 width=20 transformer_layers=2 feed_forward=24 head_hidden=12 "
    "latent_channels=4 decoder_width=16"
)
# What no checkpoint shows.
REST = ["size=16", "frames=3", "slots=4", "log_std_clamp=-10,3"]


class Converting(Case):
    def setUp(self):
        super().setUp()
        self.output = self.folder / "out.safetensors"

    def convert(self, *arguments):
        """Exit code, standard output and standard error."""
        program = [sys.executable, "-W", "error", ROOT / "tools/python/convert.py"]
        done = subprocess.run(
            [*program, *map(str, arguments)], capture_output=True, text=True, cwd=self.folder
        )
        return done.returncode, done.stdout, done.stderr

    def converted(self, path, *arguments):
        """The tensors that are written, after a call that goes well."""
        code, _, words = self.convert(path, "-o", self.output, *arguments)
        self.assertEqual((code, words), (0, ""))
        return read_safetensors(self.output)

    def refused(self, code, *words, arguments):
        found, output, error = self.convert(*arguments)
        self.assertEqual((found, output), (code, ""), error)
        self.assertNotIn("Traceback", error)
        for word in words:
            self.assertIn(word, error)
        return error

    def state(self):
        """The arrays of state.pt, to be changed."""
        with Checkpoint(STATE) as checkpoint:
            return {name: checkpoint.array(name) for name in checkpoint.tensors}

    def written(self, arrays):
        write_arrays(self.folder / "changed.pt", arrays)
        return self.folder / "changed.pt"


class Weights(Converting):
    def test_tensors(self):
        """Each is what tools/fixtures/make_state.py gave to PyTorch, under Smalti's path."""
        found, expected = self.converted(STATE), weights()
        self.assertSameBits(found, dict(sorted(expected.items())))

    def test_outputs(self):
        """They compute what PyTorch computed from the checkpoint, in f64.

        Its own f32 is off by as much as ours, about 1e-6 of values up to 3.
        """
        self.converted(STATE)
        expected = read_safetensors(FIXTURES / "state.outputs.safetensors")
        video = {"video": expected.pop("video")}
        model = [*MODEL.split(), *REST, "--weights", str(self.output)]
        found = command_outputs(model, video, list(expected))
        for name, array in expected.items():
            numpy.testing.assert_allclose(found[name], array, rtol=0, atol=1e-5, err_msg=name)

    def test_file(self):
        """The same bytes each time, and what was converted, in words."""
        code, words, _ = self.convert(STATE, "-o", self.output)
        line = f"wrote '{self.output}': 69 tensors, 14156 parameters of {MODEL}\n"
        self.assertEqual((code, words), (0, line))
        first = self.output.read_bytes()
        length = int.from_bytes(first[:8], "little")
        header = json.loads(first[8 : 8 + length])
        self.assertEqual(header["__metadata__"], {"layout": "simone-2022", "model": MODEL})
        self.assertEqual(length % 8, 0)
        self.convert(STATE, "-o", self.output)
        self.assertEqual(self.output.read_bytes(), first)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["out.safetensors"])

    def test_default_output(self):
        own = self.folder / "own.name.pt"
        own.write_bytes(STATE.read_bytes())
        self.assertEqual(self.convert(own)[0], 0)
        self.assertTrue((self.folder / "own.name.safetensors").exists())

    def test_types(self):
        """f16, bf16 and f64 become f32; what f32 cannot hold is refused."""
        arrays, path = self.state(), "encoder_transformer.linear_layer.weight"
        for kind in (numpy.float16, numpy.float64):
            found = self.converted(self.written(arrays | {path: arrays[path].astype(kind)}))
            expected = arrays[path].astype(kind).astype(numpy.float32).T
            numpy.testing.assert_array_equal(found["encoder.projection.weight"], expected)
        bits = (arrays[path].view(numpy.uint32) >> 16).astype(numpy.uint16)
        found = self.converted(self.written(arrays | {path: bits}))
        expected = (bits.astype(numpy.uint32) << 16).view(numpy.float32).T
        numpy.testing.assert_array_equal(found["encoder.projection.weight"], expected)
        changed = arrays[path].astype(numpy.float64)
        changed[0, 0] = 1e39
        given = [self.written(arrays | {path: changed})]
        self.refused(1, f"'{path}'", "values beyond f32", arguments=given)

    def test_list(self):
        code, words, error = self.convert(FIXTURES / "lightning.ckpt", "--list")
        lines = "weight f32[2, 3]\nbias f32[3]\n2 tensors, 9 elements\n"
        self.assertEqual((code, words, error), (0, lines, ""))


class Models(Case):
    """The table of parameters, against the one that the Swift tests use."""

    def test_parameters(self):
        folder = ROOT / "Tests/ModelZooTests/Fixtures"
        for preset in ("tiny", "published"):
            lines = (folder / f"simone-{preset}.parameters.txt").read_text().splitlines()
            found = [
                f"{own.path} {'x'.join(map(str, own.shape))}" for own in parameters(PRESETS[preset])
            ]
            self.assertEqual(found, [line.rpartition(" ")[0] for line in lines])

    def test_counts(self):
        self.assertEqual(parameter_count(PRESETS["published"]), 10_998_788)
        self.assertEqual(parameter_count(PRESETS["small"]), 4_585_604)
        self.assertEqual(parameter_count(sizes_named(MODEL.split())), 14156)

    def test_words(self):
        for preset in PRESETS:
            self.assertEqual(words_of(PRESETS[preset]), f"simone:{preset}")
        self.assertEqual(words_of(sizes_named(["simone"])), "simone:published")
        self.assertEqual(words_of(sizes_named(MODEL.split())), MODEL)


class Fitting(Converting):
    def test_all_differences(self):
        """Missing, surplus and wrong ones stand in one message; nothing is written."""
        arrays = self.state()
        missing = "encoder_transformer.transformer_1.layers.0.norm2.bias"
        del arrays[missing], arrays["decoder.mlp.sequential.2.weight"]
        arrays["decoder.extra"] = numpy.zeros(4, numpy.float32)
        arrays["encoder_conv.conv_1.weight"] = numpy.zeros((8, 3, 3, 3), numpy.float32)
        arrays["encoder_conv.conv_2.bias"] = numpy.zeros(8, numpy.int64)
        path = self.written(arrays)
        error = self.refused(1, arguments=[path, "-o", self.output])
        lines = [
            f"convert.py: error: '{path}' does not fit {MODEL} in the layout 'simone-2022': "
            "5 differences",
            "  wrong: 'encoder_conv.conv_1.weight' is f32[8, 3, 3, 3], not f32[8, 3, 4, 4]",
            "  wrong: 'encoder_conv.conv_2.bias' is i64[8], not f32[8]",
            f"  missing: '{missing}', f32[20]",
            "  missing: 'decoder.mlp.sequential.2.weight', f32[16, 16]",
            "  surplus: 'decoder.extra', f32[4]",
            "  help: --model names other sizes, --map another layout",
        ]
        self.assertEqual(error.splitlines(), lines)
        self.assertFalse(self.output.exists())

    def test_model(self):
        self.converted(STATE, "--model", *MODEL.split())
        other = MODEL.replace("decoder_width=16", "decoder_width=17").split()
        words = ("'decoder.mlp.sequential.6.weight' is f32[4, 16], not f32[4, 17]", "7 differences")
        self.refused(1, *words, arguments=[STATE, "--model", *other])
        deeper = MODEL.replace("transformer_layers=2", "transformer_layers=3").split()
        words = ("missing: 'encoder_transformer.transformer_2.layers.2.norm1.weight'", "24 diff")
        self.refused(1, *words, arguments=[STATE, "--model", *deeper])
        shallower = MODEL.replace("transformer_layers=2 ", "").split()
        words = ("surplus: 'encoder_transformer.transformer_2.layers.1.norm1.weight'", "24 diff")
        self.refused(1, *words, arguments=[STATE, "--model", *shallower])

    def test_constants(self):
        """The frequencies of the position encoding may be left out, but must not be others."""
        arrays, name = self.state(), "encoder_transformer.position_encoding_2.inv_freq"
        self.converted(self.written({key: arrays[key] for key in arrays if key != name}))
        changed = self.written(arrays | {name: arrays[name] * numpy.float32(1.1)})
        words = f"wrong: '{name}' holds other frequencies than 10000^(-2i/8)"
        self.refused(1, words, arguments=[changed])
        changed = self.written(arrays | {name: arrays[name][:3]})
        self.refused(1, f"'{name}' is f32[3], not f32[4]", arguments=[changed])

    def test_other_networks(self):
        words = ("has no tensor of the layout 'simone-2022'", "its first is 'weight'", "--list")
        self.refused(1, *words, arguments=[FIXTURES / "lightning.ckpt"])

    def test_bounds(self):
        """A model that a few strides claim is not allocated."""
        arrays = self.state()
        name = "encoder_transformer.linear_layer.weight"
        path = self.written(arrays | {name: numpy.zeros((1 << 16, 1 << 8), numpy.float16)})
        words = ("parameters, this converts 1073741824 at most",)
        self.refused(1, *words, arguments=[path])

    def test_kept_output(self):
        """A refusal leaves what was there; so does a folder that cannot be written to."""
        self.output.write_bytes(b"mine")
        self.refused(1, arguments=[FIXTURES / "lightning.ckpt", "-o", self.output])
        self.assertEqual(self.output.read_bytes(), b"mine")
        nowhere = self.folder / "nowhere" / "x"
        self.refused(1, "cannot write", "No such file", arguments=[STATE, "-o", nowhere])


class Maps(Converting):
    """Other names for the same tensors."""

    def map(self, **changes):
        value = json.loads(BUILT_IN.read_text())
        for key, change in changes.items():
            value[key] = {**value[key], **change} if isinstance(change, dict) else change
        path = self.folder / "map.json"
        path.write_text(json.dumps(value))
        return path

    def test_other_names(self):
        """A layout that names layers one by one, and counts them from another number."""
        names = {pattern: pattern for pattern in json.loads(BUILT_IN.read_text())["names"]}
        names["decoder.hidden.{i}.weight"] = "net.{3*i+7}.w"
        path = self.map(layout="own", names=names)
        arrays = {}
        for name, array in weights().items():
            index = name.split(".")[2]
            if name.startswith("decoder.hidden") and name.endswith("weight"):
                name = f"net.{3 * int(index) + 7}.w"
            arrays[name] = array.transpose(3, 2, 0, 1) if array.ndim == 4 else array.T
        arrays = {name: numpy.ascontiguousarray(array) for name, array in arrays.items()}
        found = self.converted(self.written(arrays), "--map", path)
        self.assertSameBits(found, dict(sorted(weights().items())))

    def test_wrong_maps(self):
        norm = "encoder.transformer{n}.{i}.norm1.weight"
        for changes, word in (
            ({"names": {"encoder.more": "x"}}, "does not have: encoder.more"),
            ({"names": {norm: "a.{n}"}}, "the name 'a.{n}', which needs {i}"),
            ({"names": {norm: "a.{n}.{k}.{i}"}}, "in braces may stand n, i, conv_layers"),
            ({"names": {norm: "a.{n}.{i"}}, "in braces may stand"),
            ({"names": {norm: 3}}, "both of strings"),
            ({"layout": None}, "it needs 'layout'"),
            ({"constants": {"x": "zeros"}}, "the constant 'zeros'"),
        ):
            self.refused(2, word, arguments=[STATE, "--map", self.map(**changes)])
        path = self.folder / "other.json"
        for content, word in (("[1]", "is no map"), ("{", "is no JSON"), ("[" * 9999, "no JSON")):
            path.write_text(content)
            self.refused(2, word, arguments=[STATE, "--map", path])
        path.write_text(json.dumps({"layout": "x", "names": {}}))
        self.refused(2, "it does not map: encoder.conv.{i}", arguments=[STATE, "--map", path])
        self.refused(2, "No such file", arguments=[STATE, "--map", self.folder / "none"])


class Calls(Converting):
    def test_mistakes(self):
        for arguments, word in (
            ([], "required: checkpoint"),
            ([STATE, "--unknown"], "--unknown"),
            ([STATE, "--model", "monet"], "no model 'monet'; choose one of simone:published"),
            ([STATE, "--model", "simone:large"], "no model 'simone:large'"),
            ([STATE, "--model", "simone", "frames=3"], "'frames=3' sets no size"),
            ([STATE, "--model", "simone", "width=0"], "a number from 1 to 99999"),
            ([STATE, "--model", "simone", "width=9999999999"], "a number from 1 to 99999"),
            ([STATE, "--model", "simone", "width=wide"], "a number from 1 to 99999"),
            ([STATE, "-o", STATE], "is the checkpoint itself"),
        ):
            self.refused(2, word, arguments=arguments)

    def test_missing_file(self):
        self.refused(1, "cannot read", "No such file", arguments=[self.folder / "none.pt"])

    def test_help(self):
        code, words, error = self.convert("--help")
        self.assertEqual((code, error), (0, ""))
        self.assertIn("example: tools/python/convert.py state.pt -o simone.safetensors", words)
