#!/usr/bin/env python3
"""One row of `smalti bench --peers`: an engine that runs a model when it is told to.

    peer.py ENGINE MODE CALL.json [VARIANT]

Reads lines from standard input, answers each with a line of JSON on standard output, and ends with
its input; Benchmarks/peers/README.md has the protocol. What libraries print goes to standard error.
"""

import importlib
import json
import os
from pathlib import Path
import queue
import resource
import signal
import sys
import threading
import time
import traceback
from typing import Any, NoReturn, Protocol

# Only the standard library above: an engine sets its threads before anything starts them.


class Engine(Protocol):
    """What a file in engines/ defines under this name.

    `Engine(call, mode, variant)` loads and compiles; with `reads_onnx`, the model has been exported
    before, which counts nowhere. `given` takes arrays to where `run` reads them
    and `arrays` brings results back; neither is timed. `detail` is a sentence about the version and
    the settings, `variant` the setting to start again with (empty if there is no choice), and
    `first_call_s` the cost of that setting alone where several were tried, else None.
    """

    reads_onnx: bool
    detail: str
    variant: str
    first_call_s: float | None

    def given(self, arrays: list[Any]) -> Any: ...
    def run(self, given: Any) -> Any: ...
    def arrays(self, results: Any) -> list[Any]: ...


class Answers:
    """Standard output, kept for the protocol alone: all else that is printed goes to its errors."""

    def __init__(self) -> None:
        self.file = os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)

    def say(self, **values: Any) -> None:
        """One line."""
        print(json.dumps(values), file=self.file, flush=True)

    def fail(self, kind: str, reason: str) -> NoReturn:
        """The last line; ends the process with all that it started."""
        self.say(failed=kind, reason=reason)
        leave()


def leave() -> NoReturn:
    """Ends at once, with all that an engine started: its threads may be anywhere."""
    os.killpg(0, signal.SIGKILL)
    raise AssertionError("a process does not outlive its group")


def heard() -> "queue.SimpleQueue[list[str]]":
    """The lines of standard input as they come; its end ends the process, whatever is computed."""
    lines: queue.SimpleQueue[list[str]] = queue.SimpleQueue()

    def listen() -> None:
        for line in sys.stdin:
            lines.put(line.split())
        leave()

    threading.Thread(target=listen, daemon=True).start()
    return lines


def spare_the_machine() -> None:
    """A peer that wants too much is refused memory, and is the first that the system would end."""
    Path("/proc/self/oom_score_adj").write_text("1000")
    facts = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    available = int(facts["MemAvailable"].split()[0]) * 1024
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    if most == resource.RLIM_INFINITY or available < most:
        resource.setrlimit(resource.RLIMIT_DATA, (available, most))


def memory() -> dict[str, int]:
    """The most that this process ever had resident, and what it has now, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    facts = dict(line.split(":", 1) for line in lines if line.startswith("Vm"))
    names = {"peak_rss_bytes": "VmHWM", "resident_bytes": "VmRSS"}
    return {key: int(facts[name].split()[0]) * 1024 for key, name in names.items()}


def is_memory(error: BaseException) -> bool:
    """Whether an engine says that it could not allocate; each says so in its own words."""
    words = ("bad_alloc", "allocate memory", "out of memory", "failed to allocate")
    text = str(error).lower()
    return isinstance(error, MemoryError) or any(word in text for word in words)


def serve(answers: Answers, engine_name: str, mode: str, path: str, variant: str) -> None:
    """Answers until the input ends."""
    lines = heard()
    spare_the_machine()
    description = json.loads(Path(path).read_text())
    threads = description["threads"]
    # For engines that count processors; for OpenMP, which reads the second when it is loaded.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    os.environ["OMP_NUM_THREADS"] = str(threads)
    try:
        module = importlib.import_module(f"engines.{engine_name}")
        from call import Call
    except ModuleNotFoundError as error:
        answers.fail("missing", str(error.name))
    call = Call(description)
    unknown = call.unknown()
    if unknown:
        answers.fail("unknown", unknown)
    if call.entry == "step" and not hasattr(module, "make"):
        answers.fail("unknown", f"{engine_name} trains nothing there")
    answers.say(ready=True)

    engine: Engine | None = None
    while True:
        words = lines.get()
        if words[0] == "first":
            given_arrays = call.inputs(0)
            if module.Engine.reads_onnx:
                call.onnx()
            start = time.perf_counter()
            engine = getattr(module, "make", module.Engine)(call, mode, variant)
            given = engine.given(given_arrays)
            # What is drawn beforehand is no part of the call.
            start += getattr(engine, "drawing_s", 0.0)
            results = engine.run(given)
            del given
            seconds = time.perf_counter() - start
            if len(words) > 1:
                call.write(engine.arrays(results), words[1])
            del results
            answers.say(
                first_call_s=seconds if engine.first_call_s is None else engine.first_call_s,
                threads=threads,
                detail=engine.detail,
                variant=engine.variant,
                **memory(),
            )
        elif words[0] == "run" and engine is not None:
            given = engine.given(call.inputs(int(words[1])))
            start = time.perf_counter()
            results = engine.run(given)
            seconds = time.perf_counter() - start
            del given, results
            answers.say(seconds=seconds, **memory())
        else:
            answers.fail("error", f"the line {words} is not understood")


def main() -> None:
    """Serves, and says how it failed if it did."""
    # A group of its own: Ctrl-C on a terminal is the parent's to answer, and what an engine starts
    # ends with it.
    os.setpgid(0, 0)
    answers = Answers()
    try:
        serve(answers, *sys.argv[1:4], sys.argv[4] if len(sys.argv) > 4 else "")
    except BaseException as error:
        traceback.print_exc()
        kind = "memory" if is_memory(error) else "error"
        answers.fail(kind, f"{type(error).__name__}: {error}".splitlines()[0])


if __name__ == "__main__":
    main()
