#!/usr/bin/env python3
"""One run of an engine as a program that starts, loads, computes, writes and ends:

    once.py ENGINE MODE CALL.json FOLDER

What `Benchmarks/start` takes the time of; README.md says what is in CALL.json and FOLDER."""

import importlib
import json
from pathlib import Path
import sys

from call import Call


def main() -> None:
    """Loads the model of the call, runs it on the inputs 0 and writes the outputs to the folder."""
    engine, mode, description, folder = sys.argv[1:]
    call = Call(json.loads(Path(description).read_text()))
    loaded = importlib.import_module(f"engines.{engine}").Engine(call, mode, "")
    given = loaded.given(call.inputs(0))
    call.write(loaded.arrays(loaded.run(given)), folder)


if __name__ == "__main__":
    main()
