"""Failures, and how names and types are written in them."""

from __future__ import annotations

from typing import Sequence


class Failure(Exception):
    """The call was right, but the file is damaged, hostile or does not fit: exit code 1."""


class Mistake(Exception):
    """The call itself is wrong: exit code 2."""


def quoted(name: str) -> str:
    """A name from a file in quotes; nothing in it reaches the terminal's controls."""
    text = name if len(name) <= 200 else name[:200] + "…"
    return f"'{text}'" if text.isprintable() else ascii(text)


def typed(kind: str, shape: Sequence[int]) -> str:
    """`f32[8, 3, 4, 4]`."""
    return f"{kind}[{', '.join(map(str, shape))}]"


def counted(count: int, noun: str) -> str:
    """`1 tensor`, `2 tensors`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
