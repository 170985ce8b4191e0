"""Checks of what people give against what a model reads: shapes, types, rounding, archives."""

import ctypes
import fractions
import math
import random
import struct
import zipfile

from support import (CHECKSUM, CLIP, HERE, ROOT, SOURCES, build, clip_values, expect, npy, npz,
                     read_npy, read_npz, single)

KINDS = {
    "d": "f64", "f": "f32", "h": "f16", "b": "bf16", "i8": "i8", "i16": "i16", "i32": "i32",
    "i64": "i64", "u8": "u8", "u16": "u16", "u32": "u32", "u64": "u64", "t": "bool",
}


def doubled(program, *words):
  program.succeeds("--entry", "double", *words, "-o", "y.npy")
  return read_npy(program.read("y.npy"))[2]


def clips_are_fitted(program):
  values = clip_values()
  expected = [2 * single(x) for x in values]
  longer = values + [9.0] * 96
  pictures = [i * 5 % 256 for i in range(240)]
  cases = [
      (npy("f32", CLIP, values), expected),
      (npy("f32", CLIP, values, version=(2, 0)), expected),
      (npy("f32", CLIP, values, version=(3, 0)), expected),
      (npy("f64", [3, 4, 4, 3], values), expected),
      (npy("f64", [1, 5, 4, 4, 3], longer), expected),
      (npy("f32", [5, 4, 4, 3], longer), expected),
      (npy("u8", [5, 4, 4, 3], pictures), [2 * single(x / 255) for x in pictures[:144]]),
      (npy("f16", CLIP, values),
       [2 * struct.unpack("<e", struct.pack("<e", x))[0] for x in values]),
  ]
  for data, result in cases:
    program.write("x.npy", data)
    expect(doubled(program, "--input", "video=x.npy") == result)
  # In an archive the data lie at any address.
  for shift in range(8):
    program.write("x.npz", npz([("a" * shift + "video", npy("f32", CLIP, values))]))
    expect(doubled(program, "--input", "video=x.npz") == expected)


def types_are_refused(program):
  for element, shape, got in [
      ("f32", [1, 2, 4, 4, 3], "f32[1, 2, 4, 4, 3]"), ("f32", [2, 3, 4, 4, 3], "f32[2, 3"),
      ("f32", [1, 3, 4, 4, 4], "f32[1, 3, 4, 4, 4]"), ("f32", [144], "f32[144]"),
      ("f32", [1, 1, 3, 4, 4, 3], "f32[1, 1"), ("f32", [3, 4, 4], "f32[3, 4, 4]"),
      ("i8", CLIP, "i8[1, 3, 4, 4, 3]"), ("u16", CLIP, "u16"), ("bool", CLIP, "bool"),
  ]:
    program.write("x.npy", npy(element, shape, [0] * math.prod(shape)))
    program.refuses(
        2, "call.input-type", f"video needs f32[1, 3, 4, 4, 3], got {got}", "at x.npy",
        words=["--entry", "double", "--input", "video=x.npy", "-o", "y.npz"])


def sizes_are_chosen(program):
  one, three = [float(i) for i in range(8)], [float(i) for i in range(24)]
  base = ["--entry", "sized", "-o", "y.npz", "--input", "x=x.npy"]
  for shape, values, words in [
      ([1, 2, 2, 2, 1], one, []), ([2, 2, 2, 1], one, ["--specialisation", "batch=1"]),
      ([3, 2, 2, 2, 1], three, []), ([3, 2, 2, 2, 1], three, ["--specialisation=batch=3"]),
  ]:
    program.write("x.npy", npy("f32", shape, values))
    program.succeeds(*base, *words)
    expect(read_npz(program.read("y.npz"))["y"][2] == [x + 1 for x in values])
  # Of each clip of a batch the first frames.
  longer = [float(i) for i in range(3 * 5 * 4)]
  program.write("x.npy", npy("f64", [3, 5, 2, 2, 1], longer))
  program.succeeds(*base)
  expect(
      read_npz(program.read("y.npz"))["y"][2]
      == [longer[b * 20 + i] + 1 for b in range(3) for i in range(8)])
  program.write("x.npy", npy("f32", [2, 2, 2, 2, 1], [0.0] * 16))
  program.refuses(
      2, "call.input-type", "x needs f32[1, 2, 2, 2, 1]", "compiled for batch=1, batch=3",
      words=base)
  program.write("x.npy", npy("f32", [3, 2, 2, 2, 1], three))
  program.refuses(2, "call.input-type", words=[*base, "--specialisation", "batch=1"])


def kinds_files(program, changes=()):
  """Six elements of every type, and the words that give them."""
  ends = {"i8": (-128, 127), "i16": (-2**15, 2**15 - 1), "i32": (-2**31, 2**31 - 1),
          "i64": (-2**63, 2**63 - 1), "u8": (0, 255), "u16": (0, 65535), "u32": (0, 2**32 - 1),
          "u64": (0, 2**64 - 1)}
  words, expected = [], {}
  for name, element in KINDS.items():
    if name in ends:
      values = [*ends[name], 0, 1, 2, 3]
    elif name == "t":
      values = [True, False, True, True, False, False]
    else:
      values = [0.0, -0.0, 1.5, -2.25, math.inf, -math.inf]
    expected[name] = values
    program.write(f"{name}.npy", npy("f32" if element == "bf16" else element, [2, 3], values))
    words += ["--input", f"{name}={name}.npy"]
  for name, data in changes:
    program.write(f"{name}.npy", data)
  return words, expected


def kinds_go_through(program):
  words, expected = kinds_files(program)
  done = program.succeeds("--entry", "kinds", *words, "-o", "y.npz")
  expect("note: output b is bf16, which NumPy lacks, and written as f32" in done.error, done)
  file = read_npz(program.read("y.npz"))
  for name, (code, shape, values) in file.items():
    expect(shape == (2, 3) and str(values) == str(expected[name]), name, values)
  expect(file["b"][0] == "f4")
  # Bytes of bool other than 0 and 1 are true.
  raw = npy("bool", [2, 3], [True] * 6)
  words, _ = kinds_files(program, [("t", raw[:-6] + bytes([0, 1, 2, 128, 255, 0]))])
  program.succeeds("--entry", "kinds", *words, "-o", "y.npz", "--quiet")
  data = program.read("y.npz")
  with zipfile.ZipFile(program.folder / "y.npz") as archive:
    expect(archive.read("t.npy")[-6:] == bytes([0, 1, 1, 1, 1, 0]), data)
  # NaN is noted where it goes in and comes out.
  words, _ = kinds_files(program, [("h", npy("f16", [2, 3], [0, 1, 2, 3, math.nan, math.nan]))])
  done = program.succeeds("--entry", "kinds", *words, "-o", "y.npz")
  for kind in ("input", "output"):
    note = f"note: {kind} h holds NaN at 2 of 6 places, first at [1, 1]\n"
    expect(note in done.error, note, done)


def wholes_keep_their_values(program):
  cases = [
      ("u8", "i64", [0, 1, 2, 3, 4, 255], True), ("u8", "i64", [0, 1, 2, 3, 4, 256], False),
      ("u8", "i8", [0, 1, 2, 3, 4, -1], False), ("u64", "i64", [0, 1, 2, 3, 4, -1], False),
      ("u64", "i8", [0, 1, 2, 3, -128, 5], False), ("i64", "u64", [0, 0, 0, 0, 0, 2**63], False),
      ("i64", "u64", [0, 0, 0, 0, 0, 2**63 - 1], True),
      ("i8", "i16", [-128, 127, 0, 0, 0, 0], True),
      ("i8", "i16", [-129, 0, 0, 0, 0, 0], False), ("i32", "u32", [2**31, 0, 0, 0, 0, 0], False),
      ("i16", "u8", [255] * 6, True), ("u32", "i32", [-2**31, 0, 0, 0, 0, 0], False),
  ]
  for needed, given, values, fits in cases:
    words, _ = kinds_files(program, [(needed, npy(given, [2, 3], values))])
    call = ["--entry", "kinds", *words, "-o", "y.npz", "--quiet"]
    if fits:
      program.succeeds(*call)
      expect(read_npz(program.read("y.npz"))[needed][2] == values, needed, given)
    else:
      bad = next(v for v in values if v not in (0, 1, 2, 3, 4))
      program.refuses(
          2, "call.input-type", f"{needed} needs {needed}[2, 3], got {given}[2, 3]",
          f"stands {bad}, which {needed} does not hold", words=call)
  for name, given in [("t", "u8"), ("i8", "bool"), ("i8", "f32"), ("f", "i8"), ("f", "bool")]:
    words, _ = kinds_files(program, [(name, npy(given, [2, 3], [0] * 6))])
    program.refuses(2, "call.input-type", words=["--entry", "kinds", *words, "-o", "y.npz"])


# -- Rounding, against Python's own and against exact fractions ------------------------------------


def library(folder):
  """The functions of the program, without its `main`."""
  path = f"{folder}/functions.so"
  files = [str(file) for file in [*SOURCES, CHECKSUM, HERE / "model.c"] if file.name != "main.c"]
  build(
      ["gcc", "-std=c11", "-O2", "-shared", "-fPIC", "-I", str(ROOT / "Sources/CRuntime/include"),
       *files, "-o", path, "-lm"])
  functions = ctypes.CDLL(path)
  functions.smalti_convert.restype = ctypes.c_uint64
  functions.smalti_convert.argtypes = [
      ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint64]
  return functions


ELEMENTS = ["f64", "f32", "f16", "bf16"]


def converted(functions, target, source, data):
  sizes = {"f64": 8, "f32": 4, "f16": 2, "bf16": 2}
  count = len(data) // sizes[source]
  results = ctypes.create_string_buffer(count * sizes[target])
  functions.smalti_convert(
      ELEMENTS.index(target), results, ELEMENTS.index(source), data, count)
  return results.raw


def nearest_bf16(value):
  """By comparing distances to both neighbours as exact fractions."""
  sign = 0x8000 if math.copysign(1, value) < 0 else 0
  if math.isinf(value):
    return sign | 0x7F80
  widen = lambda bits: struct.unpack("<f", struct.pack("<I", bits << 16))[0]
  exact = fractions.Fraction(abs(value))
  if exact >= fractions.Fraction(2)**128:
    return sign | 0x7F80
  low, high = 0, 0x7F80
  while high - low > 1:
    middle = (low + high) // 2
    low, high = (middle, high) if fractions.Fraction(widen(middle)) <= exact else (low, middle)
  above = fractions.Fraction(2)**128 if high == 0x7F80 else fractions.Fraction(widen(high))
  down, up = exact - fractions.Fraction(widen(low)), above - exact
  return sign | (low if down < up or (down == up and low % 2 == 0) else high)


def interesting(count):
  random.seed(7)
  values = [0.0, -0.0, 65504.0, 65519.99, 65520.0, 65536.0, 2.0**-24, 2.0**-25, 2.0**-26, 5e-324,
            1.5 * 2.0**-25, 2.0**-14, 3.3895313892515355e38, 3.39e38, 3.4e38, 1e308, 2.0**-133,
            2.0**-134, 1.5 * 2.0**-134, 2.0**-126]
  for _ in range(count):
    bits = random.getrandbits(64)
    values.append(struct.unpack("<d", struct.pack("<Q", bits))[0])
    half = struct.unpack("<e", struct.pack("<H", bits & 0x7BFF))[0]
    values += [half, half * (1 + 2.0**-11), half * (1 + 2.0**-11 + 2.0**-50), half * (1 - 2.0**-12)]
    brief = struct.unpack("<f", struct.pack("<I", (bits & 0x7F7F) << 16))[0]
    values += [brief, brief * (1 + 2.0**-8), brief * (1 + 2.0**-8 - 2.0**-52)]
    values.append(random.uniform(-3, 3))
  return [v for v in values if v == v]


def half_of(value):
  try:
    return struct.unpack("<H", struct.pack("<e", value))[0]
  except OverflowError:
    return 0x7C00 | (0x8000 if value < 0 else 0)


def rounding_is_exact(folder, count):
  functions = library(folder)
  values = interesting(count)
  doubles = struct.pack(f"<{len(values)}d", *values)
  halves = struct.unpack(f"<{len(values)}H", converted(functions, "f16", "f64", doubles))
  brief = struct.unpack(f"<{len(values)}H", converted(functions, "bf16", "f64", doubles))
  for value, half, short in zip(values, halves, brief):
    expect(half == half_of(value), value.hex(), hex(half), hex(half_of(value)))
    expect(short == nearest_bf16(value), value.hex(), hex(short), hex(nearest_bf16(value)))
  # Every number of 16 bits, widened and rounded back.
  every = struct.pack("<65536H", *range(65536))
  wide = struct.unpack("<65536d", converted(functions, "f64", "f16", every))
  expect(str(wide) == str(struct.unpack("<65536e", every)), "f16 to f64")
  wide = struct.unpack("<65536f", converted(functions, "f32", "bf16", every))
  exact = struct.unpack("<65536f", struct.pack("<65536I", *(i << 16 for i in range(65536))))
  expect(str(wide).replace("-nan", "nan") == str(exact).replace("-nan", "nan"), "bf16 to f32")
  for element, top in [("f16", 0x7C00), ("bf16", 0x7F80)]:
    for middle in ("f32", "f64"):
      back = struct.unpack(
          "<65536H",
          converted(functions, element, middle, converted(functions, middle, element, every)))
      for before, after in enumerate(back):
        is_nan = before & 0x7FFF > top
        expect(after & 0x7FFF > top if is_nan else after == before, element, hex(before))


def asks_numpy(program):
  """What NumPy writes is read, and what is written NumPy reads."""
  try:
    import numpy
  except ImportError:
    return "NumPy is not installed"
  clip = numpy.asarray(clip_values(240), numpy.float32).reshape(1, 5, 4, 4, 3)
  numpy.save(program.folder / "n.npy", clip)
  numpy.savez(program.folder / "n.npz", video=clip, other=numpy.zeros(3))
  numpy.savez_compressed(program.folder / "c.npz", video=clip)
  numpy.save(program.folder / "f.npy", numpy.asfortranarray(clip[:, :3]))
  numpy.save(program.folder / "big.npy", clip.astype(">f4"))
  base = ["--entry", "double", "-o", "y.npz", "--input"]
  for path in ("n.npy", "n.npz", "n.npz:video"):
    program.succeeds(*base, f"video={path}")
    with numpy.load(program.folder / "y.npz") as file:
      expect(numpy.array_equal(file["y"], 2 * clip[:, :3]), path)
  program.refuses(1, "npz.member", "numpy.savez instead of", words=[*base, "video=c.npz"])
  program.refuses(1, "npy.fortran-order", "ascontiguousarray", words=[*base, "video=f.npy"])
  program.refuses(1, "npy.byte-order", "(>f4)", words=[*base, "video=big.npy"])
  words, _ = kinds_files(program)
  program.succeeds("--entry", "kinds", *words, "-o", "y.npz", "--quiet")
  with numpy.load(program.folder / "y.npz", allow_pickle=False) as file:
    expect(file.files == list(KINDS), file.files)
    numpy.savez(program.folder / "z.npz", **file)
    expect(file["u64"].dtype == numpy.uint64 and file["h"].dtype == numpy.float16)
  # Byte for byte what `numpy.save` writes.
  program.succeeds("--entry", "double", "--input", "video=n.npy", "-o", "y.npy")
  numpy.save(program.folder / "same.npy", numpy.load(program.folder / "y.npy"))
  expect(program.read("y.npy") == program.read("same.npy"), "numpy.save writes other bytes")
  return None


def all_fitting(program, is_native, count):
  for check in (clips_are_fitted, types_are_refused, sizes_are_chosen, kinds_go_through,
                wholes_keep_their_values):
    check(program)
  if is_native:
    rounding_is_exact(program.folder, count)
  return asks_numpy(program)
