"""Reads the clips of `smalti data make sprites`, and makes them small as the loader does."""

from pathlib import Path
from typing import Iterator
import sys

import numpy as np


def clips(folder: Path, limit: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Bytes [frames, size, size, 3] and labels [frames, size, size]."""
    count = 0
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as archive:
            missing = {"video", "labels"} - set(archive.files)
            if missing:
                sys.exit(f"error: {path} has no {' and no '.join(sorted(missing))}; it is no clip of smalti data make")
            for video, labels in zip(archive["video"], archive["labels"]):
                if count == limit:
                    return
                count += 1
                yield video, labels


def reduced(video: np.ndarray, labels: np.ndarray, frames: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The first frames, areas averaged, labels by majority, of equals the smallest: as the loader does."""
    factor, rest = divmod(video.shape[1], size)
    if rest or factor == 0 or frames > len(video):
        sys.exit(f"error: a clip of {video.shape[:3]} cannot become {frames} frames of {size} x {size}")
    areas = (frames, size, factor, size, factor)
    colours = video[:frames].reshape(*areas, 3).mean(axis=(2, 4)) / 255
    parts = labels[:frames].reshape(areas).transpose(0, 1, 3, 2, 4).reshape(frames, size, size, -1)
    counts = np.stack([(parts == label).sum(-1) for label in range(int(labels.max()) + 1)], -1)
    return colours, counts.argmax(-1)
