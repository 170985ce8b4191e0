"""A compiled file as bytes: seen to be whole before any of it is loaded.

A damaged library can end the process that loads it, so its length and checksum are compared first.
The last 64 bytes, little-endian:

    0   8  "SMALTIA\\n"
    8   4  version, 1
    12  4  CRC-32 of all bytes before the trailer
    16  8  bytes of the whole file
    24  8  where the description starts, and
    32  8  its bytes
    40 20  zero
    60  4  CRC-32 of the trailer's bytes before
"""

from __future__ import annotations

import json
import mmap
import os
import platform
import stat
import struct
import zlib
from dataclasses import dataclass
from typing import Any, Dict, Tuple

from ._errors import DamagedFile, NotLoaded, Status, Unreadable

_TRAILER = struct.Struct("<8sIIQQQ20xI")
_MAGIC = b"SMALTIA\n"
_VERSION = 1

# Machines as the header of an ELF file numbers them.
_MACHINES = {"x86_64": 62, "aarch64": 183}


@dataclass(frozen=True)
class ArtefactFile:
    """What a whole file says of itself."""

    path: str
    # Device and inode: two files of one path, one after the other, differ in them.
    identity: Tuple[int, int]
    description: Dict[str, Any]
    machine: int

    def require_loadable(self) -> None:
        """Raises NotLoaded for a file that is no shared library of this machine."""
        if self.description.get("form") != "so":
            raise NotLoaded(
                Status.NOT_LOADED,
                f"'{self.path}' is no shared library but '{self.description.get('form')}'; "
                "compile with --emit so",
            )
        if not self.is_for_this_machine:
            names = {number: name for name, number in _MACHINES.items()}
            raise NotLoaded(
                Status.NOT_LOADED,
                f"'{self.path}' is for {names.get(self.machine, f'machine {self.machine}')}, "
                f"this is {platform.machine()}; compile it for this machine",
            )

    @property
    def is_for_this_machine(self) -> bool:
        """Whether its code is for this kind of processor, whatever its level."""
        return self.machine == _MACHINES.get(platform.machine(), self.machine)


def read_file(path: str) -> ArtefactFile:
    """Checks the file from its first byte to its last.

    Raises Unreadable, or DamagedFile for a file without trailer, cut off or changed.
    """
    try:
        # A pipe that nobody writes to would block without O_NONBLOCK.
        number = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise Unreadable(Status.UNREADABLE, f"cannot read '{path}': {error.strerror}") from error
    try:
        facts = os.fstat(number)
        if not stat.S_ISREG(facts.st_mode):
            raise Unreadable(Status.UNREADABLE, f"cannot read '{path}': it is no regular file")
        if facts.st_size == 0:
            raise _damaged(path, "has no bytes; copy it again")
        with mmap.mmap(number, 0, access=mmap.ACCESS_READ) as mapped:
            with memoryview(mapped) as view:
                description = _checked_description(view, path)
                machine = int.from_bytes(view[18:20], "little")
    finally:
        os.close(number)
    return ArtefactFile(path, (facts.st_dev, facts.st_ino), description, machine)


def _damaged(path: str, fact: str) -> DamagedFile:
    return DamagedFile(Status.DAMAGED_FILE, f"'{path}' {fact}")


def _checked_description(view: memoryview, path: str) -> Dict[str, Any]:
    start = len(view) - _TRAILER.size
    if start < 0 or view[start : start + len(_MAGIC)] != _MAGIC:
        raise _damaged(
            path,
            "does not end as a file of Smalti does: it is none, was cut off, or stripped; "
            "compile or copy it again",
        )
    trailer = bytes(view[start:])  # a part of the view that outlives this would keep the file open
    _, version, checksum, count, first, length, own = _TRAILER.unpack(trailer)
    if zlib.crc32(trailer[:-4]) != own:
        raise _damaged(path, "has a damaged trailer; copy it again")
    if version != _VERSION:
        raise _damaged(path, f"has trailer version {version}, this package reads {_VERSION}")
    if count != len(view):
        raise _damaged(path, f"has {len(view)} bytes, its trailer says {count}; copy it again")
    found = zlib.crc32(view[:start])
    if found != checksum:
        raise _damaged(
            path,
            f"is damaged: its checksum is {found:x}, it should be {checksum:x}; copy it again",
        )
    if first > start or length > start - first:
        raise _damaged(path, "has a description outside itself")
    try:
        description: Dict[str, Any] = json.loads(bytes(view[first : first + length]))
    except ValueError as error:
        raise _damaged(path, f"has a description that is no JSON: {error}") from error
    return description
