"""Whether a checkpoint fits a model: all differences at once, or the weights in Smalti's layout."""

from __future__ import annotations

from typing import Any, Dict, List, Set, Tuple

import numpy

from .checkpoints import Checkpoint
from .layouts import Layout
from .pickles import Tensor
from .simone import Parameter, Sizes, encoding_frequencies, parameter_count, parameters, words_of
from .words import Failure, counted, quoted, typed

Arrays = Dict[str, "numpy.ndarray[Any, Any]"]

_FLOATING = ("f32", "f16", "bf16", "f64")
_PARAMETER_LIMIT = 1 << 30


def fitted(checkpoint: Checkpoint, layout: Layout, sizes: Sizes) -> Arrays:
    """The weights by Smalti's paths, in f32.

    Raises Failure with every missing, surplus and wrong tensor unless they are just the model's.
    """
    count = parameter_count(sizes)
    if count > _PARAMETER_LIMIT:
        raise Failure(
            f"{words_of(sizes)} has {count} parameters, this converts {_PARAMETER_LIMIT} at most"
        )
    own = parameters(sizes)
    _require_some(checkpoint, layout, own)
    differences = _differences(checkpoint, layout, own, sizes)
    if differences:
        raise Failure(
            f"{quoted(str(checkpoint.path))} does not fit {words_of(sizes)} in the layout "
            f"{quoted(layout.name)}: {counted(len(differences), 'difference')}\n"
            + "".join(f"  {line}\n" for line in differences)
            + "  help: --model names other sizes, --map another layout"
        )
    return {
        parameter.path: _converted(checkpoint, layout.name_of(parameter.pattern, parameter.places))
        for parameter in own
    }


def _require_some(checkpoint: Checkpoint, layout: Layout, own: List[Parameter]) -> None:
    """Of another network, a list of all that differs would say nothing."""
    names = (layout.name_of(parameter.pattern, parameter.places) for parameter in own)
    if not any(name in checkpoint.tensors for name in names):
        first = next(iter(checkpoint.tensors))
        raise Failure(
            f"{quoted(str(checkpoint.path))} has no tensor of the layout {quoted(layout.name)}, "
            f"its first is {quoted(first)}; see them with --list, and give a layout with --map"
        )


def _differences(
    checkpoint: Checkpoint, layout: Layout, own: List[Parameter], sizes: Sizes
) -> List[str]:
    """One line for each, in the order of the model, then of the file."""
    lines: List[str] = []
    known: Set[str] = set()
    for parameter in own:
        name = layout.name_of(parameter.pattern, parameter.places)
        known.add(name)
        shape = _checkpoint_shape(parameter.shape)
        tensor = checkpoint.tensors.get(name)
        if tensor is None:
            lines.append(f"missing: {quoted(name)}, {typed('f32', shape)}")
        elif tensor.shape != shape or tensor.storage.kind not in _FLOATING:
            lines.append(
                f"wrong: {quoted(name)} is {_described(tensor)}, not {typed('f32', shape)}"
            )
    for name, _ in layout.constants():
        known.add(name)
        lines += _constant_differences(checkpoint, name, sizes)
    lines += [
        f"surplus: {quoted(name)}, {_described(tensor)}"
        for name, tensor in checkpoint.tensors.items()
        if name not in known
    ]
    return lines


def _constant_differences(checkpoint: Checkpoint, name: str, sizes: Sizes) -> List[str]:
    """A constant may be missing, since Smalti computes it, but must not be another."""
    tensor = checkpoint.tensors.get(name)
    if tensor is None:
        return []
    expected = encoding_frequencies(sizes)
    if tensor.shape != expected.shape or tensor.storage.kind not in _FLOATING:
        return [
            f"wrong: {quoted(name)} is {_described(tensor)}, not {typed('f32', expected.shape)}"
        ]
    # Saved in f16 or bf16 they are rounded; another base or another width is off by far more.
    if numpy.allclose(checkpoint.array(name).astype(float), expected, rtol=0.01, atol=1e-6):
        return []
    return [f"wrong: {quoted(name)} holds other frequencies than 10000^(-2i/{2 * len(expected)})"]


def _described(tensor: Tensor) -> str:
    return typed(tensor.storage.kind, tensor.shape)


def _checkpoint_shape(shape: Tuple[int, ...]) -> Tuple[int, ...]:
    """PyTorch's: [outputs, inputs] and [outputs, inputs, height, width]."""
    if len(shape) == 4:
        return (shape[3], shape[2], shape[0], shape[1])
    return shape[::-1]


def _converted(checkpoint: Checkpoint, name: str) -> numpy.ndarray[Any, Any]:
    values = checkpoint.array(name)
    values = values.transpose(2, 3, 1, 0) if values.ndim == 4 else values.T
    with numpy.errstate(over="ignore"):
        result = numpy.ascontiguousarray(values, numpy.dtype("<f4"))
    if numpy.any(numpy.isinf(result) & ~numpy.isinf(values)):
        raise Failure(f"{quoted(name)} of {quoted(str(checkpoint.path))} has values beyond f32")
    return result
