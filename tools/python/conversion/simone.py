"""SIMONe's parameters: path, shape, and the sizes that a checkpoint shows.

Shapes are Smalti's: a dense weight is [inputs, outputs], a convolution's [height, width, inputs,
outputs]. docs/models/simone.md has the same table in words.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
import math
from typing import Any, Dict, List, Mapping, Sequence, Tuple, Union

import numpy

from .words import Mistake

FAMILY = "simone"


@dataclass(frozen=True)
class Sizes:
    """What the shapes depend on, by the names of the model's options; the published model's."""

    conv_layers: int = 3
    conv_channels: int = 128
    width: int = 320
    transformer_layers: int = 4
    feed_forward: int = 1024
    head_hidden: int = 1024
    latent_channels: int = 32
    decoder_layers: int = 5
    decoder_width: int = 512

    def values(self) -> Dict[str, int]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


# The first is the default.
PRESETS = {
    "published": Sizes(),
    "small": Sizes(transformer_layers=1),
    "tiny": Sizes(2, 32, 80, 1, 320, 256, 8, 3, 96),
}

Dimension = Union[int, str]


@dataclass(frozen=True)
class Group:
    """Parameters under one path; `count` is the size that says how many there are of {i}."""

    path: str
    count: str
    members: Tuple[Tuple[str, Tuple[Dimension, ...]], ...]
    numbers: Tuple[int, ...] = (0,)  # what {n} runs through


def _dense(path: str, inputs: Dimension, outputs: Dimension) -> Tuple[Any, ...]:
    return ((f"{path}weight", (inputs, outputs)), (f"{path}bias", (outputs,)))


def _norm(path: str) -> Tuple[Any, ...]:
    return ((f"{path}.weight", ("width",)), (f"{path}.bias", ("width",)))


_HEAD = (
    *_dense("hidden.", "width", "head_hidden"),
    *_dense("output.", "head_hidden", "2 latent_channels"),
)

GROUPS = (
    Group(
        "encoder.conv.{i}",
        "conv_layers",
        (
            ("weight", (4, 4, "conv_inputs", "conv_channels")),
            ("bias", ("conv_channels",)),
        ),
    ),
    Group("encoder.projection", "", (("weight", ("conv_channels", "width")),)),
    Group(
        "encoder.transformer{n}.{i}",
        "transformer_layers",
        (
            *_norm("norm1"),
            *_dense("attention.qkv.", "width", "3 width"),
            *_dense("attention.output.", "width", "width"),
            *_norm("norm2"),
            *_dense("mlp.hidden.", "width", "feed_forward"),
            *_dense("mlp.output.", "feed_forward", "width"),
        ),
        (1, 2),
    ),
    Group("encoder.object_head", "", _HEAD),
    Group("encoder.frame_head", "", _HEAD),
    Group("decoder.hidden.{i}", "decoder_layers", _dense("", "decoder_inputs", "decoder_width")),
    Group("decoder.output", "", _dense("", "decoder_width", 4)),
)

PATTERNS = tuple(f"{group.path}.{name}" for group in GROUPS for name, _ in group.members)

# Where each size shows: pattern, axis of Smalti's shape, and how many times it stands there.
SHOWN = {
    "conv_channels": ("encoder.projection.weight", 0, 1),
    "width": ("encoder.projection.weight", 1, 1),
    "feed_forward": ("encoder.transformer{n}.{i}.mlp.hidden.bias", 0, 1),
    "head_hidden": ("encoder.object_head.hidden.bias", 0, 1),
    "latent_channels": ("encoder.object_head.output.bias", 0, 2),
    "decoder_width": ("decoder.output.weight", 0, 1),
}


@dataclass(frozen=True)
class Parameter:
    """A parameter: its path, the pattern that the path comes from, and what is written in it."""

    path: str
    pattern: str
    places: Mapping[str, int]
    shape: Tuple[int, ...]


def parameters(sizes: Sizes) -> List[Parameter]:
    """All parameters, in the order of the forward pass."""
    values = sizes.values()
    result = []
    for group in GROUPS:
        for number in group.numbers:
            for index in range(values[group.count] if group.count else 1):
                for name, shape in group.members:
                    pattern = f"{group.path}.{name}"
                    places = {"n": number, "i": index, **values}
                    result.append(
                        Parameter(
                            pattern.format(n=number, i=index),
                            pattern,
                            places,
                            tuple(_length(dimension, index, values) for dimension in shape),
                        )
                    )
    return result


def parameter_count(sizes: Sizes) -> int:
    """The number of trained scalars, without a list of them."""
    values = sizes.values()
    values_of_first = [(group, 0) for group in GROUPS] + [(group, 1) for group in GROUPS]
    total = 0
    for group, index in values_of_first:
        count = values[group.count] if group.count else 1
        times = min(count, 1) if index == 0 else max(count - 1, 0)
        for _, shape in group.members:
            lengths = [_length(dimension, index, values) for dimension in shape]
            total += math.prod(lengths) * times * len(group.numbers)
    return total


def _length(dimension: Dimension, index: int, values: Dict[str, int]) -> int:
    if isinstance(dimension, int):
        return dimension
    if dimension == "conv_inputs":
        return 3 if index == 0 else values["conv_channels"]
    if dimension == "decoder_inputs":
        return 2 * values["latent_channels"] + 3 if index == 0 else values["decoder_width"]
    factor, _, name = dimension.rpartition(" ")
    return int(factor or 1) * values[name]


def encoding_frequencies(sizes: Sizes) -> numpy.ndarray[Any, Any]:
    """10000^(-2i/A), A = 2 ceil(width / 6): of the positions' sines and cosines on each axis."""
    axis_width = 2 * math.ceil(sizes.width / 6)
    frequencies: numpy.ndarray[Any, Any] = 10000.0 ** (-numpy.arange(0, axis_width, 2) / axis_width)
    return frequencies


def sizes_named(words: Sequence[str]) -> Sizes:
    """`simone:tiny width=40` as sizes; raises Mistake."""
    family, _, preset = words[0].partition(":")
    if family != FAMILY or (preset or "published") not in PRESETS:
        known = ", ".join(f"{FAMILY}:{name}" for name in PRESETS)
        raise Mistake(f"there is no model '{words[0]}'; choose one of {known}")
    sizes = PRESETS[preset or "published"]
    for word in words[1:]:
        key, _, value = word.partition("=")
        if key not in sizes.values():
            raise Mistake(
                f"'{word}' sets no size that a parameter has; choose KEY=NUMBER with one of "
                f"{', '.join(sizes.values())}, and leave others to `smalti run`"
            )
        if not (value.isascii() and value.isdigit() and 1 <= int(value[:6]) <= 99999):
            raise Mistake(f"'{word}' needs a number from 1 to 99999")
        sizes = replace(sizes, **{key: int(value)})
    return sizes


def words_of(sizes: Sizes) -> str:
    """The shortest name of a model with these sizes: a preset and the sizes that differ."""
    best = ""
    for name, preset in PRESETS.items():
        known = preset.values()
        changes = [f"{key}={value}" for key, value in sizes.values().items() if value != known[key]]
        words = " ".join([f"{FAMILY}:{name}", *changes])
        if not best or words.count(" ") < best.count(" "):
            best = words
    return best
