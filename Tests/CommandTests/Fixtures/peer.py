#!/usr/bin/env python3
"""A peer for tests of the protocol, with nothing but the standard library: `y = x * 2` on f32.

`bench` takes it for a Python (SMALTI_PEERS) and calls it as `peer.py PROGRAM ENGINE MODE CALL.json
[VARIANT]`. Each engine's name stands for one way to behave; what was asked is kept in PEER_LOG.
"""

import array
import json
import os
from pathlib import Path
import sys
import time

_, program, engine, mode, path, *variant = sys.argv
behaviour = json.loads(os.environ.get("PEER_BEHAVIOUR", "{}")).get(engine, "good")
call = json.loads(Path(path).read_text())
hoard = []


def log(*words):
    """One line of what happened."""
    with open(os.environ["PEER_LOG"], "a") as file:
        print(engine, mode, *words, file=file)


def say(**values):
    """One answer."""
    print(json.dumps(values), flush=True)


def doubled(repetition):
    """The output of a repetition: what an honest peer computes from the files it is given."""
    values = array.array("f")
    source = Path(call["folder"]) / "inputs" / str(repetition) / "0"
    values.frombytes(source.read_bytes())
    return array.array("f", [2 * value for value in values])


def memory():
    """What is resident; one that hoards says more than any machine has."""
    size = 1 << 50 if behaviour == "hoards" else 1 << 20
    return {"peak_rss_bytes": size, "resident_bytes": size}


log("start", Path(program).name, *variant)
if behaviour == "late":
    log("process", os.getpid())
if behaviour == "missing":
    say(failed="missing", reason=engine)
    sys.exit(1)
if behaviour == "unknown":
    say(failed="unknown", reason="no such model")
    sys.exit(1)
say(ready=True)
for line in sys.stdin:
    word, *rest = line.split()
    log(line.strip().replace(call["folder"], "FOLDER"))
    if word == "first":
        output = doubled(0)
        if behaviour == "wrong":
            output[-1] += 0.01
        if rest:
            (Path(rest[0]) / "0").write_bytes(output.tobytes())
        say(first_call_s=1.5, threads=call["threads"], detail=f"{engine} 1.0", variant="v", **memory())
        continue
    if behaviour == "memory":
        say(failed="memory", reason="MemoryError: too much")
        sys.exit(1)
    if behaviour == "killed":
        os.kill(os.getpid(), 9)
    if behaviour == "late":
        time.sleep(600)
    assert len(doubled(rest[0])) > 0
    say(seconds=0.25, **memory())
log("end")
