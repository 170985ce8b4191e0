"""Writes safetensors: the same tensors give the same bytes.

Format: https://github.com/huggingface/safetensors#format.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Dict, Mapping

import numpy

from .words import Failure, quoted


def write(
    path: Path, tensors: Mapping[str, numpy.ndarray[Any, Any]], metadata: Dict[str, str]
) -> None:
    """Writes f32 tensors, sorted by name; a failed or stopped run leaves what was there."""
    header: Dict[str, Any] = {"__metadata__": dict(sorted(metadata.items()))}
    place = 0
    names = sorted(tensors)
    for name in names:
        end = place + tensors[name].nbytes
        shape = list(tensors[name].shape)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [place, end]}
        place = end
    text = json.dumps(header, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 8)  # so that the data start at a multiple of eight

    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        try:
            with open(partial, "xb") as file:
                file.write(len(text).to_bytes(8, "little") + text)
                for name in names:
                    file.write(tensors[name].tobytes())
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise Failure(f"cannot write {quoted(str(path))}: {error.strerror}") from error
