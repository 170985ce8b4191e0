"""Writes what the tests' models are compiled from, into the current folder: graphs and weights."""

import json
from pathlib import Path
import struct

import numpy

# Two entry points, one of which has a name that is none in Python, and weights that are packed.
NET = """\
program @net {
  parameter "dense.weight" : f32[32, 48] = uniform(0.125)
  parameter "dense.bias" : f32[48] = constant(0)
  graph @"no weights"(%x: f32[4, 32]) -> (y: f32[4, 32]) {
    %0 = add %x, %x : f32[4, 32]
    return %0
  }
  graph @dense(%x: f32[4, 32]) -> (y: f32[4, 48], sum: f32[4, 48]) {
    %0 = parameter "dense.weight" : f32[32, 48]
    %1 = parameter "dense.bias" : f32[48]
    %2 = contract %x, %0 {equation = "ik,kj->ij"} : f32[4, 48]
    %3 = add %2, %1 : f32[4, 48]
    return %2, %3
  }
}
"""

# Arrays of many types, without axes, without elements, and with names that are none in Python. The
# whole is not the last entry point.
KINDS = """\
program @kinds {
  graph @whole(%key: u64[], %f64: f64[4], %i32: i32[4], %bool: bool[4], %i8: i8[3], \
%bf16: bf16[4], %f16: f16[4], %empty: f32[0, 3], %"in:0": u8[2], %scale: f32[], %out: i64[1]) -> \
(noise: f32[5], f64: f64[4], i32: i32[4], bool: bool[4], i8: i8[3], bf16: bf16[4], f16: f16[4], \
empty: f32[0, 3], "out:0": u8[2], key: u64[], scale: f32[], i64: i64[1]) {
    %0 = random_normal %key {shape = [5]} : f32[5]
    %1 = add %f64, %f64 : f64[4]
    %2 = add %i32, %i32 : i32[4]
    %3 = not %bool : bool[4]
    %4 = add %i8, %i8 : i8[3]
    %5 = add %bf16, %bf16 : bf16[4]
    %6 = add %f16, %f16 : f16[4]
    %7 = add %empty, %empty : f32[0, 3]
    %8 = add %"in:0", %"in:0" : u8[2]
    %9 = add %key, %key : u64[]
    %10 = add %scale, %scale : f32[]
    %11 = add %out, %out : i64[1]
    return %0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11
  }
  graph @after(%i16: i16[2], %u16: u16[2], %u32: u32[2]) -> \
(i16: i16[2], u16: u16[2], u32: u32[2]) {
    return %i16, %u16, %u32
  }
}
"""


def parameters():
    """The weights of NET, odd enough that any mistake of order shows."""
    random = numpy.random.default_rng(5)
    return {
        "dense.weight": random.standard_normal((32, 48)).astype(numpy.float32),
        "dense.bias": random.standard_normal(48).astype(numpy.float32),
    }


def write_safetensors(path, arrays):
    """The arrays as a safetensors file: a header of JSON, then their bytes."""
    header, place = {}, 0
    for name, array in arrays.items():
        end = place + array.nbytes
        header[name] = {"dtype": "F32", "shape": array.shape, "data_offsets": [place, end]}
        place = end
    text = json.dumps(header).encode()
    data = b"".join(array.tobytes() for array in arrays.values())
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + data)


if __name__ == "__main__":
    Path("net.graph").write_text(NET)
    Path("kinds.graph").write_text(KINDS)
    write_safetensors("net.safetensors", parameters())
