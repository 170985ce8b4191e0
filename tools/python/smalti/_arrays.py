"""The caller's arrays against what a signature asks for: nothing is cast, no axis is added.

An input is passed as it lies in memory if it is contiguous (in C's order) and aligned, else copied.
An output is written where it lies, or refused.
"""

from __future__ import annotations

from typing import Any, Collection, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

import numpy

from ._errors import Status, WrongArray, WrongCall
from ._tensors import Array, Signature, Tensor, address, empty


def check_names(
    given: Collection[str], known: Sequence[str], kind: str, what: str, complete: bool = False
) -> None:
    """Raises WrongCall for a name that is not known, or, if `complete`, for one that is missing."""
    for name in given:
        if name not in known:
            raise WrongCall(
                Status.UNKNOWN_NAME, f"there is no {kind} '{name}'; {what} has {_list(known)}"
            )
    missing = [name for name in known if name not in given] if complete else []
    if missing:
        raise WrongCall(
            Status.MISSING_BUFFER, f"{what} needs {_list(missing)} as {kind}, which is missing"
        )


def _list(names: Sequence[str], limit: int = 12) -> str:
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(f"'{name}'" for name in names[:limit]) + more


def choose(
    signatures: Sequence[Signature], given: Mapping[str, Any], what: str
) -> Tuple[Signature, List[Array]]:
    """The signature whose shapes are those of the inputs, and the inputs in its order."""
    first = signatures[0]
    names = [tensor.name for tensor in first.inputs]
    check_names(given, names, "input", what, complete=True)
    arrays = [as_array(tensor, given[tensor.name], what) for tensor in first.inputs]
    for signature in signatures:
        if all(array.shape == own.shape for array, own in zip(arrays, signature.inputs)):
            return signature, [
                fitted(tensor, array) for tensor, array in zip(signature.inputs, arrays)
            ]
    if len(signatures) > 1:
        shapes = ", ".join(f"{name}: {array.shape}" for name, array in zip(names, arrays))
        known = "; ".join(f"{own.specialisation}: {own}" for own in signatures)
        raise WrongArray(
            Status.WRONG_ARRAY, f"no specialisation of {what} is for {shapes}; it has {known}"
        )
    for tensor, array in zip(first.inputs, arrays):
        check_shape(tensor, array, "input", what)
    raise AssertionError("unreachable: some shape differs")


def ordered(
    inputs: Sequence[Tensor], given: Mapping[str, Any], kind: str, what: str
) -> List[Array]:
    """The arrays in the order of `inputs`, each of its one shape."""
    check_names(given, [tensor.name for tensor in inputs], kind, what, complete=True)
    arrays = []
    for tensor in inputs:
        array = as_array(tensor, given[tensor.name], what, kind)
        check_shape(tensor, array, kind, what)
        arrays.append(fitted(tensor, array))
    return arrays


def as_array(tensor: Tensor, value: Any, what: str, kind: str = "input") -> Array:
    """`value` as an array of the tensor's type, not copied if it is one.

    A Python number stands for an array without axes of its own kind: an int for any integer type.
    """
    if not tensor.shape and type(value) in (bool, int, float):
        value = _scalar(tensor, value)
    array: Array = numpy.asarray(value)
    check_dtype(tensor, array, kind, what)
    return array


def _scalar(tensor: Tensor, value: Any) -> Any:
    kind = tensor.dtype.kind
    if kind in "iu" and type(value) is int and tensor.element != "bf16":
        limits = numpy.iinfo(tensor.dtype)
        if not limits.min <= value <= limits.max:
            raise WrongArray(
                Status.WRONG_ARRAY,
                f"input '{tensor.name}' is {value}, {tensor.element} holds {limits.min} to "
                f"{limits.max}",
            )
        return numpy.array(value, tensor.dtype)
    if (kind == "f" and type(value) is not bool) or (kind == "b" and type(value) is bool):
        return numpy.array(value, tensor.dtype)
    return value


def check_dtype(tensor: Tensor, array: Array, kind: str, what: str) -> None:
    if not tensor.accepts(array.dtype):
        raise WrongArray(
            Status.WRONG_ARRAY,
            f"{kind} '{tensor.name}' has type {_type_name(array.dtype)}, {what} needs "
            f"{_type_name(tensor.dtype)} ({tensor.element}); nothing is cast silently, use astype",
        )


def _type_name(dtype: numpy.dtype[Any]) -> str:
    # The name of a type in the other byte order is that of the type in ours.
    return str(dtype) if dtype.isnative else f"{dtype.name} in the other byte order ({dtype.str})"


def check_shape(tensor: Tensor, array: Array, kind: str, what: str) -> None:
    if array.shape != tensor.shape:
        raise WrongArray(
            Status.WRONG_ARRAY,
            f"{kind} '{tensor.name}' has shape {array.shape}, {what} needs {tensor.shape}",
        )


def fitted(tensor: Tensor, array: Array) -> Array:
    """The array itself if its memory can be read as it is, else a copy."""
    if array.flags.c_contiguous and address(array) % tensor.alignment == 0:
        return array
    copy = empty(array.shape, array.dtype)
    copy[...] = array
    return copy


def check_outputs(
    tensors: Iterable[Tensor], out: Optional[Mapping[str, Any]], what: str
) -> Dict[str, Array]:
    """The caller's arrays for outputs, each seen to be one that can be written as it lies."""
    known = {tensor.name: tensor for tensor in tensors}
    given = dict(out or {})
    check_names(given, list(known), "output", what)
    for name, array in given.items():
        tensor = known[name]
        if not isinstance(array, numpy.ndarray):
            raise WrongArray(
                Status.WRONG_ARRAY,
                f"output '{name}' is to be written into a {type(array).__name__}, not an array",
            )
        check_dtype(tensor, array, "output", what)
        check_shape(tensor, array, "output", what)
        fault = _fault(tensor, array)
        if fault:
            raise WrongArray(
                Status.WRONG_ARRAY,
                f"the array for output '{name}' {fault}; {what} writes in place and makes no copy",
            )
    return given


def _fault(tensor: Tensor, array: Array) -> str:
    """What keeps the array from being written where it lies; empty if nothing does."""
    if not array.flags.writeable:
        return "is read-only"
    if not array.flags.c_contiguous:
        return "is not contiguous in C's order"
    if address(array) % tensor.alignment:
        return f"does not start at a multiple of {tensor.alignment} bytes"
    return ""
