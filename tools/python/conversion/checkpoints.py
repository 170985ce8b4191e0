"""A checkpoint of torch.save: a zip archive whose members are one pickle and the storages.

    NAME/data.pkl      the value, with descriptions in place of tensors
    NAME/byteorder     `little` or `big`; older versions leave it out
    NAME/data/KEY      the elements of a storage

PyTorch stores members as they are, so no member can be larger than the file: a compressed one is
refused, and with it every archive that grows when it is read.
"""

from __future__ import annotations

import math
import os
from pathlib import Path
import struct
from typing import Any, Dict, List, Tuple
import zipfile

import numpy

from .pickles import Storage, Tensor, unpickled
from .words import Failure, quoted

_PICKLE_LIMIT = 8 << 20  # bytes; a state dict takes about 200 for each tensor
_MEMBER_LIMIT = 1 << 16
_ENCRYPTED = 0x1  # a bit of a member's flags

# bf16 is read as its bits.
_TYPES = {
    "f32": "<f4",
    "f64": "<f8",
    "f16": "<f2",
    "bf16": "<u2",
    "i64": "<i8",
    "i32": "<i4",
    "i16": "<i2",
    "i8": "i1",
    "u8": "u1",
    "bool": "u1",
}

# Where training scripts put the state dict, and what wrappers put before each of its names.
_PLACES = ("state_dict", "model_state_dict", "model")
_PREFIXES = ("module.", "model.", "_orig_mod.")


class Checkpoint:
    """The tensors of a file by name, described; `array` reads one."""

    def __init__(self, path: Path) -> None:
        """Raises Failure for a file that is none of torch.save, damaged or hostile."""
        self.path = path
        self._members, self._archive = _opened(path)
        try:
            self._root = self._found_root()
            self._require_little_endian()
            self.tensors = self._found_tensors()
            for name, tensor in self.tensors.items():
                self._require_inside(name, tensor)
        except BaseException:
            self._archive.close()
            raise
        self._last: Tuple[str, bytes] = ("", b"")

    def close(self) -> None:
        self._archive.close()

    def __enter__(self) -> Checkpoint:
        return self

    def __exit__(self, *facts: object) -> None:
        self.close()

    def array(self, name: str) -> numpy.ndarray[Any, Any]:
        """The elements of a tensor in the order of its axes; bf16 becomes f32."""
        tensor = self.tensors[name]
        kind = numpy.dtype(_TYPES[tensor.storage.kind])
        values: numpy.ndarray[Any, Any] = numpy.ndarray(
            tensor.shape,
            kind,
            self._content(tensor.storage),
            tensor.offset * kind.itemsize,
            tuple(stride * kind.itemsize for stride in tensor.strides),
        )
        if tensor.storage.kind == "bf16":
            return (values.astype(numpy.uint32) << 16).view(numpy.float32)
        return values

    def _content(self, storage: Storage) -> bytes:
        # Views of one storage stand one after the other, so the last one is enough to keep.
        if self._last[0] != storage.key or not self._last[1]:
            self._last = (storage.key, self._member(f"data/{storage.key}"))
        return self._last[1]

    def _member(self, name: str) -> bytes:
        try:
            return self._archive.read(self._members[self._root + name])
        except _DAMAGE as error:
            raise _damaged(self.path, str(error)) from error

    def _found_root(self) -> str:
        """The folder of all members, with its slash."""
        roots = [
            name[: -len("data.pkl")]
            for name in self._members
            if name.endswith("/data.pkl") and name.count("/") == 1
        ]
        if len(roots) != 1:
            raise Failure(
                f"{quoted(str(self.path))} is a zip archive with {len(roots)} members "
                "'NAME/data.pkl' where a checkpoint of torch.save has one"
            )
        return roots[0]

    def _require_little_endian(self) -> None:
        if self._root + "byteorder" in self._members:
            order = self._member("byteorder")[:16].decode("ascii", "replace")
            if order != "little":
                raise Failure(
                    f"{quoted(str(self.path))} has byte order {quoted(order)}, this reads "
                    "'little'; save it on a little-endian machine"
                )

    def _found_tensors(self) -> Dict[str, Tensor]:
        """The state dict, without the prefixes that all of its names have."""
        size = self._members[self._root + "data.pkl"].file_size
        if size > _PICKLE_LIMIT:
            raise Failure(
                f"{quoted(str(self.path))} has a data.pkl of {size} bytes, the limit is "
                f"{_PICKLE_LIMIT}; save the state dict alone"
            )
        try:
            value = unpickled(self._member("data.pkl"))
        except Failure as error:
            raise Failure(f"{quoted(str(self.path))} is not read: {error}") from error
        place = next((key for key in _PLACES if _is_dictionary(value, key)), None)
        state = value if place is None else value[place]
        tensors: Dict[str, Tensor] = {}
        if not isinstance(state, dict) or not state:
            raise Failure(f"{quoted(str(self.path))} holds no state dict; save model.state_dict()")
        for name, tensor in state.items():
            if not isinstance(name, str) or not isinstance(tensor, Tensor):
                raise Failure(
                    f"{quoted(str(self.path))} holds {quoted(str(name))}, which is no tensor, "
                    "where a state dict has tensors only; save model.state_dict()"
                )
            tensors[name] = tensor
        return _without_prefixes(tensors)

    def _require_inside(self, name: str, tensor: Tensor) -> None:
        """The storage is whole, and the tensor lies in it and has no more elements than it."""
        storage = tensor.storage
        member = self._members.get(f"{self._root}data/{storage.key}")
        if member is None:
            raise _damaged(self.path, f"the storage of {quoted(name)} is not in it")
        expected = storage.count * numpy.dtype(_TYPES[storage.kind]).itemsize
        if member.file_size != expected:
            raise _damaged(
                self.path,
                f"the storage of {quoted(name)} has {member.file_size} bytes, "
                f"its {storage.count} elements of {storage.kind} take {expected}",
            )
        count = math.prod(tensor.shape)
        steps = sum((n - 1) * step for n, step in zip(tensor.shape, tensor.strides))
        end = tensor.offset + steps + 1 if count > 0 else tensor.offset
        if end > storage.count:
            raise _damaged(
                self.path,
                f"{quoted(name)} ends at element {end} of a storage with {storage.count}",
            )
        if count > storage.count:
            raise Failure(
                f"{quoted(str(self.path))} has {quoted(name)} of {count} elements over a storage "
                f"of {storage.count}; save its contiguous() clone"
            )


# What zipfile raises for archives that are not right.
_DAMAGE = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    ValueError,
    EOFError,
    OSError,
    struct.error,
)


def _opened(path: Path) -> Tuple[Dict[str, zipfile.ZipInfo], zipfile.ZipFile]:
    """The archive and its members by name, none of them larger than the file lets it be."""
    try:
        if not path.is_file():
            path.stat()
            raise Failure(f"cannot read {quoted(str(path))}: it is no regular file")
        size = path.stat().st_size
        with open(path, "rb") as file:
            start = file.read(4)
    except OSError as error:
        raise Failure(f"cannot read {quoted(str(path))}: {error.strerror}") from error
    if start[:1] == b"\x80":
        raise Failure(
            f"{quoted(str(path))} has the form that PyTorch wrote before 1.6; "
            "load it and save it with torch.save of PyTorch 1.6 or later"
        )
    if start != b"PK\x03\x04":
        raise Failure(
            f"{quoted(str(path))} is no zip archive, so it is no checkpoint of torch.save"
        )
    try:
        archive = zipfile.ZipFile(path)
    except _DAMAGE as error:
        raise _damaged(path, str(error)) from error
    try:
        return _checked_members(path, archive.infolist(), size), archive
    except Failure:
        archive.close()
        raise


def _checked_members(
    path: Path, infos: List[zipfile.ZipInfo], size: int
) -> Dict[str, zipfile.ZipInfo]:
    if len(infos) > _MEMBER_LIMIT:
        raise Failure(f"{quoted(str(path))} has {len(infos)} members, the limit is {_MEMBER_LIMIT}")
    members: Dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        name = info.filename
        if name.startswith("/") or "\\" in name or ".." in name.split("/"):
            raise Failure(
                f"{quoted(str(path))} has a member {quoted(name)}, no name of torch.save's"
            )
        if name in members:
            raise Failure(f"{quoted(str(path))} has the member {quoted(name)} twice")
        if info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size:
            raise Failure(
                f"{quoted(str(path))} has the compressed member {quoted(name)}; PyTorch compresses "
                "none, so save it again with torch.save"
            )
        if info.flag_bits & _ENCRYPTED:
            raise Failure(f"{quoted(str(path))} has the encrypted member {quoted(name)}")
        members[name] = info
    total = sum(info.file_size for info in infos)
    if total > size:
        raise _damaged(path, f"its members take {total} bytes, the file has {size}")
    return members


def _damaged(path: Path, fact: str) -> Failure:
    return Failure(f"{quoted(str(path))} is damaged: {fact}; copy it again")


def _is_dictionary(value: Any, key: str) -> bool:
    return isinstance(value, dict) and isinstance(value.get(key), dict)


def _without_prefixes(tensors: Dict[str, Tensor]) -> Dict[str, Tensor]:
    while True:
        prefix = os.path.commonprefix(list(tensors))
        own = next((word for word in _PREFIXES if prefix.startswith(word)), None)
        if own is None:
            return tensors
        tensors = {name[len(own) :]: tensor for name, tensor in tensors.items()}
