#!/usr/bin/env python3
"""Converts a checkpoint of SIMONe in PyTorch into weights for Smalti; needs NumPy only."""

from __future__ import annotations

import argparse
import math
import os
from pathlib import Path
import sys
from typing import List, Optional

from conversion import safetensors
from conversion.checkpoints import Checkpoint
from conversion.fitting import fitted
from conversion.layouts import read_layout
from conversion.simone import sizes_named, words_of
from conversion.words import Failure, Mistake, counted, quoted, typed

_EXAMPLES = """\
The file is one of torch.save from PyTorch 1.6 on: a state dict, or a checkpoint with one under
'state_dict', as Lightning writes it. Nothing that it names is imported or called. Its tensors must
be exactly the model's, in names and shapes. Heads, frames and size are not in the file: give them
to the commands that use the weights.

example: tools/python/convert.py state.pt -o simone.safetensors
example: tools/python/convert.py last.ckpt --model simone:small
example: tools/python/convert.py state.pt --list
"""


def main(arguments: Optional[List[str]] = None) -> int:
    """The exit status: 1 for a file that does not fit, 2 for a call that is wrong."""
    options = _parsed(arguments)
    try:
        with Checkpoint(options.checkpoint) as checkpoint:
            if options.list:
                _list(checkpoint)
            else:
                _convert(checkpoint, options)
    except BrokenPipeError:
        # Who reads the list has seen enough; Python would complain once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (Failure, Mistake) as error:
        print(f"convert.py: error: {error}", file=sys.stderr)
        return 2 if isinstance(error, Mistake) else 1
    return 0


def _parsed(arguments: Optional[List[str]]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="convert.py",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("checkpoint", type=Path, help="the file of PyTorch")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="the safetensors file to write; by default the checkpoint's name with .safetensors",
    )
    parser.add_argument(
        "--model",
        nargs="+",
        metavar=("MODEL", "KEY=NUMBER"),
        help="the model that the file must fit, such as simone:tiny width=40; by default its sizes "
        "are the file's",
    )
    parser.add_argument(
        "--map",
        type=Path,
        metavar="FILE",
        help="a JSON file with other names; by default those of the reference of 2022",
    )
    parser.add_argument(
        "--list", action="store_true", help="print names, types and shapes, and write nothing"
    )
    return parser.parse_args(arguments)


def _list(checkpoint: Checkpoint) -> None:
    total = 0
    for name, tensor in checkpoint.tensors.items():
        print(quoted(name)[1:-1], typed(tensor.storage.kind, tensor.shape))
        total += math.prod(tensor.shape)
    print(f"{counted(len(checkpoint.tensors), 'tensor')}, {counted(total, 'element')}")
    sys.stdout.flush()


def _convert(checkpoint: Checkpoint, options: argparse.Namespace) -> None:
    output: Path = options.output or options.checkpoint.with_suffix(".safetensors")
    if output.exists() and output.samefile(options.checkpoint):
        raise Mistake(f"'{output}' is the checkpoint itself; name another file with -o")
    layout = read_layout(options.map)
    named = sizes_named(options.model) if options.model else None
    sizes = named or layout.sizes(checkpoint.tensors)
    weights = fitted(checkpoint, layout, sizes)
    safetensors.write(output, weights, {"layout": layout.name, "model": words_of(sizes)})
    total = sum(array.size for array in weights.values())
    print(
        f"wrote {quoted(str(output))}: {counted(len(weights), 'tensor')}, "
        f"{counted(total, 'parameter')} of {words_of(sizes)}"
    )


if __name__ == "__main__":
    sys.exit(main())
