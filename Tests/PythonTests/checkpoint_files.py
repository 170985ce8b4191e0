"""Writes checkpoints in the form of torch.save, right and wrong ones, without PyTorch."""

import pickle
import zipfile

import numpy

STORAGES = {
    "float32": "FloatStorage",
    "float64": "DoubleStorage",
    "float16": "HalfStorage",
    "int64": "LongStorage",
    "uint16": "BFloat16Storage",  # its bits
}

_MARK, _TUPLE, _REDUCE, _PERSISTENT, _SET_ITEMS, _STOP = b"(", b"t", b"R", b"Q", b"u", b"."


def plain(value):
    """Instructions that push a value of Python's own."""
    return pickle.dumps(value, 2)[2:-1]


def named(module, name):
    """The instruction that pushes a global."""
    return f"c{module}\n{name}\n".encode()


def grouped(*parts):
    """Instructions that push a tuple of what the parts push."""
    return _MARK + b"".join(parts) + _TUPLE


def called(function, *arguments):
    """Instructions that push the result of a call."""
    return function + grouped(*arguments) + _REDUCE


def storage(kind, key, count):
    """Instructions that push a storage."""
    identity = grouped(
        plain("storage"), named("torch", kind), plain(key), plain("cpu"), plain(count)
    )
    return identity + _PERSISTENT


def tensor(held, offset, shape, strides):
    """Instructions that push a tensor over the storage that `held` pushes."""
    hooks = called(named("collections", "OrderedDict"))
    function = named("torch._utils", "_rebuild_tensor_v2")
    facts = (plain(offset), plain(shape), plain(strides), plain(False))
    return called(function, held, *facts, hooks)


def dictionary(items):
    """Instructions that push a dictionary; the values are instructions."""
    pairs = b"".join(plain(key) + value for key, value in items)
    return plain({}) + _MARK + pairs + _SET_ITEMS


def program(instructions):
    """A whole pickle."""
    return b"\x80\x02" + instructions + _STOP


def write_members(path, members, compression=zipfile.ZIP_STORED):
    """A zip archive of (name, content) under the folder `state`."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members:
            archive.writestr(f"state/{name}", content)


def write_program(path, instructions, *storages):
    """A checkpoint that holds what the instructions push."""
    data = [(f"data/{key}", content) for key, content in enumerate(storages)]
    write_members(path, [("data.pkl", program(instructions)), ("byteorder", "little"), *data])


def write_arrays(path, arrays):
    """A checkpoint of contiguous arrays; uint16 stands for bf16."""
    items, contents = [], []
    for key, (name, array) in enumerate(arrays.items()):
        kind = STORAGES[array.dtype.name]
        strides = tuple(step // array.itemsize for step in numpy.ascontiguousarray(array).strides)
        held = storage(kind, str(key), array.size)
        items.append((name, tensor(held, 0, array.shape, strides)))
        contents.append(array.tobytes())
    write_program(path, dictionary(items), *contents)
