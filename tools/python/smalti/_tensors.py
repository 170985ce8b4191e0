"""What a model reads and writes: names, types and shapes; and memory that fits them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Tuple

import numpy
import numpy.typing

from . import _abi
from ._errors import Error, Status

Array = numpy.typing.NDArray[Any]

_DTYPES: Dict[str, Any] = {
    "f64": numpy.float64,
    "f32": numpy.float32,
    "f16": numpy.float16,
    "i64": numpy.int64,
    "i32": numpy.int32,
    "i16": numpy.int16,
    "i8": numpy.int8,
    "u64": numpy.uint64,
    "u32": numpy.uint32,
    "u16": numpy.uint16,
    "u8": numpy.uint8,
    "bool": numpy.bool_,
}


def dtype_of(element: str) -> numpy.dtype[Any]:
    """The numpy type of an element type.

    numpy has no bf16. With the package ml_dtypes it is that package's `bfloat16`, without it
    `uint16`, which holds the same bits.
    """
    if element == "bf16":
        try:
            from ml_dtypes import bfloat16
        except ImportError:
            return numpy.dtype(numpy.uint16)
        element_type: Any = bfloat16
    elif element in _DTYPES:
        element_type = _DTYPES[element]
    else:
        raise Error(Status.WRONG_VERSION, f"element type '{element}' is unknown to this package")
    result: numpy.dtype[Any] = numpy.dtype(element_type)
    return result


@dataclass(frozen=True)
class Tensor:
    """An array that goes in or comes out, row-major."""

    name: str
    element: str
    """The element type as the compiler calls it: "f32", "bf16", "u64", "bool"."""
    dtype: numpy.dtype[Any] = field(repr=False)
    shape: Tuple[int, ...]
    bytes: int
    alignment: int
    """The power of two that its address divides by."""

    def empty(self) -> Array:
        """A new array that fits, its elements undefined.

        >>> import smalti
        >>> model = smalti.load("simone.so")
        >>> model.encode.inputs[0].empty().shape
        (1, 2, 32, 32, 3)
        """
        return empty(self.shape, self.dtype)

    def accepts(self, dtype: numpy.dtype[Any]) -> bool:
        """Whether arrays of `dtype` hold this tensor's elements: bf16 may come as its bits."""
        return dtype == self.dtype or (self.element == "bf16" and dtype == numpy.uint16)

    def __str__(self) -> str:
        return f"{self.name}: {self.element}[{', '.join(map(str, self.shape))}]"


@dataclass(frozen=True)
class Signature:
    """An entry point for inputs of one size."""

    specialisation: str
    """As "batch=8"; empty where there is one signature."""
    inputs: Tuple[Tensor, ...]
    outputs: Tuple[Tensor, ...]
    flops: int
    """Of a run, a multiply-add being two."""

    def __str__(self) -> str:
        return f"({', '.join(map(str, self.inputs))}) -> ({', '.join(map(str, self.outputs))})"


def tensors(table: Any, count: int) -> Tuple[Tensor, ...]:
    """A table of `smalti_tensor`, copied."""

    def tensor(own: _abi.Tensor) -> Tensor:
        element = own.element.decode()
        shape = tuple(int(own.dimensions[axis]) for axis in range(own.rank))
        return Tensor(
            own.name.decode(), element, dtype_of(element), shape, own.byte_count, own.alignment
        )

    return tuple(tensor(table[index]) for index in range(count))


def signatures(table: Any, count: int) -> Tuple[Signature, ...]:
    """A table of `smalti_signature`, copied."""

    def signature(own: _abi.Signature) -> Signature:
        return Signature(
            own.specialisation.decode(),
            tensors(own.inputs, own.input_count),
            tensors(own.outputs, own.output_count),
            own.flops,
        )

    return tuple(signature(table[index]) for index in range(count))


def address(array: Array) -> int:
    """Where the array's first element lies."""
    pointer: int = array.__array_interface__["data"][0]
    return pointer


def empty_bytes(count: int) -> Array:
    """Bytes that start on a cache line, as workspace and weights must."""
    block = numpy.empty(count + _abi.ALIGNMENT, numpy.uint8)
    start = -address(block) % _abi.ALIGNMENT
    return block[start:][:count]  # numpy does not move an empty slice to its start


def empty(shape: Tuple[int, ...], dtype: numpy.dtype[Any]) -> Array:
    """An array that starts on a cache line."""
    count = dtype.itemsize
    for dimension in shape:
        count *= dimension
    return empty_bytes(count).view(dtype).reshape(shape)
