#!/usr/bin/env python3
"""Writes the PyTorch model of a call as ONNX: export.py CALL.json MODEL.onnx."""

import json
import os
from pathlib import Path
import sys

import torch

from call import Call


def main() -> None:
    """Traces the model on the inputs of the first call."""
    call = Call(json.loads(Path(sys.argv[1]).read_text()))
    target = Path(sys.argv[2])
    module = call.family().torch_module(call)
    # A name that no reader looks for until the file is whole.
    partial = target.with_suffix(".partial")
    program = torch.onnx.export(
        module,
        tuple(torch.from_numpy(array) for array in call.inputs(0)),
        input_names=[fact["name"] for fact in call.input_facts],
        output_names=[f"output.{fact['name']}" for fact in call.output_facts],
        dynamo=True,
        verbose=False,
    )
    program.save(str(partial), external_data=False)
    os.replace(partial, target)


if __name__ == "__main__":
    main()
