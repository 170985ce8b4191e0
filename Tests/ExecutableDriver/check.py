#!/usr/bin/env python3
"""Builds the program of Sources/Executable around a model made by hand, and checks what it does.

    check.py                      all checks, damaged files in part
    check.py --thorough           files cut at every byte, thousands of flipped bytes
    check.py --large              an archive beyond 4 GiB too: 9 GB of memory, 5 of disk
    check.py --compiler clang     with another compiler
    check.py --compiler aarch64-linux-gnu-gcc --under qemu-aarch64

Ends with 0, or says what does not hold and ends with 1."""

import argparse
import sys
import tempfile
import zipfile

import calls
import damage
import fitting
import terminals
from support import Failed, Program, expect, npy


def parsed():
  parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
  parser.add_argument("--compiler", default="gcc")
  parser.add_argument("--under", help="a program that runs the executable, as qemu-aarch64")
  parser.add_argument("--thorough", action="store_true")
  parser.add_argument("--large", action="store_true")
  return parser.parse_args()


def check_large(folder):
  """Members and a directory beyond 4 GiB: numbers of 64 bits everywhere."""
  size = 2**32 + 5
  program = Program(folder, sanitized=False, defines=[f"LARGE_BYTES={size}"], name="huge")
  program.write("last.npy", npy("u8", [1], [9]))
  program.succeeds("--entry", "large", "--input", "last=last.npy", "-o", "huge.npz")
  with zipfile.ZipFile(program.folder / "huge.npz") as archive:
    infos = archive.infolist()
    expect([info.file_size for info in infos] == [size + 128, 132], infos)
    expect(infos[1].header_offset > 2**32, infos)
    expect(archive.testzip() is None, "a checksum is wrong")
    expect(archive.read("after.npy")[-4:] == b"abcd")
  # Both members by our own reader, the second of which begins beyond 4 GiB.
  words = ["--entry", "large", "-o", "again.npz", "--input"]
  program.refuses(
      2, "call.input-type", "got u8[4]", words=[*words, "last=huge.npz:after"])
  program.refuses(
      2, "call.input-type", f"got u8[{size}]", words=[*words, "last=huge.npz:bytes"])


def run(arguments, folder):
  under = [arguments.under] if arguments.under else []
  settings = dict(compiler=arguments.compiler, sanitized=not under, under=under)
  program = Program(folder, **settings)
  without_features = Program(folder, defines=["NO_FEATURES=1"], name="old", **settings)
  with_weights = Program(folder, defines=["WEIGHTS=1"], name="apart", **settings)
  calls.all_calls(program, without_features, with_weights)
  print("calls: right", flush=True)
  skipped = fitting.all_fitting(program, not under, 20000 if arguments.thorough else 2000)
  print("fitting: right" + (f"; {skipped}" if skipped else ""), flush=True)
  terminals.all_terminals(program)
  print("terminals: right", flush=True)
  step, count = (1, 6000) if arguments.thorough else (23, 300)
  accepted = damage.all_damage(program, step, count)
  print(f"damage: right; {accepted} of {count} changed files were still arrays", flush=True)
  if arguments.large:
    check_large(folder)
    print("large: right", flush=True)


def main():
  arguments = parsed()
  with tempfile.TemporaryDirectory(prefix="smalti-executable-") as folder:
    try:
      run(arguments, folder)
    except Failed as failure:
      print(f"does not hold: {failure}", file=sys.stderr)
      raise


if __name__ == "__main__":
  try:
    main()
  except Failed:
    sys.exit(1)
