"""Checks with files that are damaged, hostile or of another kind: refused in words, and nothing
read outside of them, which the sanitizers watch."""

import random
import struct
import zipfile

from support import CLIP, clip_values, expect, npy, npy_text, npz

HEADER = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3, 4, 4, 3), }\n"
DATA = struct.pack("<144f", *clip_values())


def words_for(path):
  return ["--entry", "double", "--input", f"video={path}", "-o", "y.npz", "--quiet"]


def header_with(descr="'<f4'", order="False", shape="(1, 3, 4, 4, 3)"):
  return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n"


def npy_is_refused(program):
  cases = [
      ("npy.magic", "an empty file", b""),
      ("npy.magic", "got 50 4b 03 04", b"PK\3\4" + bytes(20)),
      ("npy.magic", "got 93 4e", b"\x93NUMPY\1\0\0"),
      ("npy.version", "got 4.0", npy_text(HEADER, DATA, (4, 0))),
      ("npy.version", "got 1.1", npy_text(HEADER, DATA, (1, 1))),
      ("npy.version", "got 0.0", npy_text(HEADER, DATA, (0, 0))),
      ("npy.header-length", "", b"\x93NUMPY\2\0" + b"\0\0"),
      ("npy.header-length", "states 4294967295", b"\x93NUMPY\2\0" + b"\xff" * 4 + bytes(99)),
      ("npy.header-length", "at most 65536", b"\x93NUMPY\2\0\1\0\1\0" + b" " * 70000),
      ("npy.header", "expected \"{\"", npy_text("", DATA)),
      ("npy.header", "byte 10", npy_text("x", DATA)),
      ("npy.header", "key x is unknown", npy_text("{'x': 1}", DATA)),
      ("npy.header", "are needed", npy_text("{}", DATA)),
      ("npy.header", "are needed", npy_text("{'descr': '<f4', }", DATA)),
      ("npy.header", "key descr is unknown or repeated",
       npy_text("{'descr': '<f4', 'descr': '<f4'}", DATA)),
      ("npy.header", "a string without end", npy_text("{'descr", DATA)),
      ("npy.header", "inside a string", npy_text("{'de\\scr': 1}", DATA)),
      ("npy.header", "more than 63", npy_text("{'" + "d" * 64 + "': 1}", DATA)),
      ("npy.header", "expected a string", npy_text(header_with(descr="5"), DATA)),
      ("npy.header", "expected True or False", npy_text(header_with(order="0"), DATA)),
      ("npy.header", "expected True or False", npy_text("{'fortran_order': Fal", DATA)),
      ("npy.header", "expected \",\"", npy_text(header_with(shape="(144)"), DATA)),
      ("npy.header", "expected \"(\"", npy_text(header_with(shape="144"), DATA)),
      ("npy.header", "at least 0, got \"-\"", npy_text(header_with(shape="(-1,)"), DATA)),
      ("npy.header", "leading zeros", npy_text(header_with(shape="(01,)"), DATA)),
      ("npy.header", "beyond 2^63", npy_text(header_with(shape="(9223372036854775808,)"), DATA)),
      ("npy.header", "the end of the header, got \"x\"", npy_text(HEADER + "x", DATA)),
      ("npy.header", "got byte 0x0", npy_text(HEADER + "\0", DATA)),
      ("npy.shape", "at most 8 dimensions, got 9",
       npy_text(header_with(shape="(1,1,1,1,1,1,1,1,1)"))),
      ("npy.shape", "2^46", npy_text(header_with(shape="(70368744177665,)"))),
      ("npy.shape", "2^46", npy_text(header_with(shape="(4294967296, 4294967296, 0)"))),
      ("npy.shape", "2^46", npy_text(header_with(shape="(9223372036854775807, 2)"))),
      ("npy.shape", "got 20000", npy_text(header_with(shape="(" + "1," * 20000 + ")"))),
      ("npy.dtype", "type <c8", npy_text(header_with(descr="'<c8'"), DATA)),
      ("npy.dtype", "never run", npy_text(header_with(descr="'|O'"), DATA)),
      ("npy.dtype", "bf16 as raw bytes", npy_text(header_with(descr="'<V2'"), DATA)),
      ("npy.dtype", "a list of fields", npy_text(header_with(descr="[('a', '<f4')]"), DATA)),
      ("npy.dtype", "type f4", npy_text(header_with(descr="'f4'"), DATA)),
      ("npy.dtype", "type ,", npy_text(header_with(descr="''"), DATA)),
      ("npy.dtype", "type |f4", npy_text(header_with(descr="'|f4'"), DATA)),
      ("npy.byte-order", "(>f4)", npy_text(header_with(descr="'>f4'"), DATA)),
      ("npy.fortran-order", "f32[1, 3, 4, 4, 3]", npy_text(header_with(order="True"), DATA)),
      ("npy.size", "takes 576 bytes, and 575", npy_text(HEADER, DATA[:-1])),
      ("npy.size", "takes 576 bytes, and 577", npy_text(HEADER, DATA + b"x")),
      ("npy.size", "281474976710656 bytes", npy_text(header_with(shape="(70368744177664,)"), DATA)),
  ]
  for code, piece, data in cases:
    program.write("x.npy", data)
    program.refuses(1, code, piece, "x.npy", words=words_for("x.npy"))
  for good in [
      npy_text(HEADER, DATA), npy_text(HEADER, DATA, (3, 0)),
      npy_text("{\t'shape':(1,3,4,4,3,) , \"descr\" :'<f4','fortran_order' : False}\r\n", DATA),
      npy_text("{'descr':'<f4','fortran_order':False,'shape':(1,3,4,4,3)}", DATA)]:
    program.write("x.npy", good)
    program.succeeds(*words_for("x.npy"))
  program.write("x.npy", npy("f64", [2], [1, 2], fortran=True))
  program.refuses(2, "call.input-type", "f64[2]", words=words_for("x.npy"))


def other_files_are_refused(program):
  (program.folder / "folder").mkdir(exist_ok=True)
  program.refuses(1, "file.unreadable", "No such file", words=words_for("none.npy"))
  program.refuses(1, "file.not-regular", words=words_for("folder"))
  program.refuses(1, "file.not-regular", words=words_for("/dev/zero"))
  program.refuses(1, "file.unreadable", words=words_for("none.npz:video"))


# -- Archives --------------------------------------------------------------------------------------


def patched(data, offset, form, *values):
  data = bytearray(data)
  struct.pack_into(form, data, offset, *values)
  return bytes(data)


def with_long_end(data, **changes):
  """The archive with an end record of long numbers, and then changed fields."""
  end = data.rindex(b"PK\5\6")
  count, size, start = struct.unpack_from("<HII", data, end + 10)
  fields = dict(size_of_record=44, count=count, size=size, start=start, place=end)
  fields.update(changes)
  long_end = b"PK\6\6" + struct.pack(
      "<QHHIIQQQQ", fields["size_of_record"], 45, 45, 0, 0, fields["count"], fields["count"],
      fields["size"], fields["start"])
  locator = b"PK\6\7" + struct.pack("<IQI", 0, fields["place"], 1)
  short = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 2**32 - 1, 2**32 - 1, 0)
  return data[:end] + long_end + locator + short


def archives_are_read(program):
  array, other = npy("f32", CLIP, clip_values()), npy("u8", [3], [1, 2, 3])
  both = npz([("other", other), ("video", array)])
  unnamed = npz([("clip", array)])
  with_comment = bytearray(both)
  struct.pack_into("<H", with_comment, len(both) - 2, 300)
  for data, suffix in [
      (both, ""), (both, ":video"), (unnamed, ""), (unnamed, ":clip"),
      (bytes(with_comment) + b"PK\5\6" + bytes(296), ""), (with_long_end(both), ""),
      (npz([("video", array)], force_zip64=True), ""),
      (npz([("a" * 300, other), ("video", array)]), ""),
  ]:
    program.write("x.npz", data)
    program.succeeds(*words_for("x.npz" + suffix))
  # A name in which .npz stands elsewhere is a plain file.
  program.write("x.npz.npy", array)
  program.succeeds(*words_for("x.npz.npy"))


def archives_are_refused(program):
  array, other = npy("f32", CLIP, clip_values()), npy("u8", [3], [1, 2, 3])
  both = npz([("other", other), ("video", array)])
  one = npz([("video", array)])
  entry, end = one.index(b"PK\1\2"), one.index(b"PK\5\6")
  data_start = one.index(b"\x93NUMPY")
  cases = [
      ("npz.not-zip", "the file is empty", b""),
      ("npz.not-zip", "no end record", array),
      ("npz.not-zip", "no end record", both[:-1]),
      ("npz.not-zip", "no end record", both + b"x"),
      ("npz.not-zip", "should be", b"prefix" + both),
      ("npz.not-zip", "one part of several", patched(one, end + 4, "<H", 1)),
      ("npz.not-zip", "one part of several", patched(one, end + 8, "<H", 2)),
      ("npz.not-zip", "begins no entry", patched(one, end + 8, "<HH", 2, 2)),
      ("npz.not-zip", "longer than its entries",
       patched(both, both.index(b"PK\5\6") + 8, "<HH", 1, 1)),
      ("npz.not-zip", "should be", patched(one, end + 12, "<I", 5)),
      ("npz.not-zip", "should be", patched(one, end + 16, "<I", 5)),
      ("npz.not-zip", "should be", patched(one, end + 12, "<I", 2**32 - 2)),
      ("npz.not-zip", "not there", patched(one, end + 16, "<I", 2**32 - 1)),
      ("npz.not-zip", "long numbers is damaged", with_long_end(one, place=2**63)),
      ("npz.not-zip", "long numbers is damaged", with_long_end(one, place=2**64 - 1)),
      ("npz.not-zip", "long numbers is damaged", with_long_end(one, size_of_record=2**64 - 1)),
      ("npz.not-zip", "begins no entry", with_long_end(one, count=2**64 - 1)),
      ("npz.not-zip", "should be", with_long_end(one, size=2**64 - 1)),
      ("npz.not-zip", "should be", with_long_end(one, start=2**64 - 5)),
      ("npz.not-zip", "has no end", patched(one, entry + 28, "<H", 65535)),
      ("npz.not-zip", "has no end", patched(one, entry + 30, "<H", 65535)),
      ("npz.not-zip", "lacks its long numbers", patched(one, entry + 24, "<I", 2**32 - 1)),
      ("npz.not-zip", "lacks its long numbers", patched(one, entry + 42, "<I", 2**32 - 1)),
      ("npz.member", "is not an npy file", one.replace(b"video.npy", b"video.txt")),
      ("npz.member", "is not an npy file", one.replace(b"video.npy", b"vid\0o.npy")),
      ("npz.member", "is encrypted", patched(one, entry + 8, "<H", 1)),
      ("npz.member", "packed by method 12", npz([("video", array)], zipfile.ZIP_BZIP2)),
      ("npz.member", "numpy.savez instead of numpy.savez_compressed",
       npz([("video", array)], zipfile.ZIP_DEFLATED)),
      ("npz.member", "occurs twice", both.replace(b"other.npy", b"video.npy")),
      ("npz.lying-size", "states 9 bytes stored in 704", patched(one, entry + 24, "<I", 9)),
      ("npz.damaged", "header lies outside", patched(one, entry + 42, "<I", len(one))),
      ("npz.damaged", "begins no header", patched(one, entry + 42, "<I", 1)),
      ("npz.damaged", "begins no header", patched(one, 28, "<H", 65535)),
      ("npz.damaged", "something else", patched(one, 14, "<I", 5)),
      ("npz.damaged", "something else", patched(one, 18, "<I", 5)),
      ("npz.damaged", "something else", patched(one, 22, "<I", 5)),
      ("npz.damaged", "something else", patched(one, 8, "<H", 8)),
      ("npz.damaged", "something else", patched(one, 6, "<H", 1)),
      ("npz.damaged", "something else", patched(one, 26, "<H", 5)),
      ("npz.damaged", "something else", patched(one, 30, "<B", 65)),
      ("npz.damaged", "have checksum", patched(one, data_start + 200, "<B", 77)),
      ("file.no-tensor", "it has other, clip", npz([("other", other), ("clip", array)])),
      ("file.no-tensor", "the file has none", b"PK\5\6" + bytes(18)),
      ("npy.size", "x.npz: video.npy", npz([("video", array + b"x")])),
      ("npy.magic", "x.npz: video.npy", npz([("video", b"")])),
  ]
  for code, piece, data in cases:
    program.write("x.npz", data)
    program.refuses(1, code, piece, "x.npz", words=words_for("x.npz"))
  # More bytes than there are, by both headers, one of which is believed by a careless reader.
  for size in (705, 2**31, 2**32 - 2):
    lying = one
    for place in (18, 22, entry + 20, entry + 24):
      lying = patched(lying, place, "<I", size)
    program.write("x.npz", lying)
    program.refuses(
        1, "npz.damaged", f"it has {size} bytes, and 704 follow", words=words_for("x.npz"))
  program.write("x.npz", both)
  program.refuses(1, "file.no-tensor", "no tensor vidio", words=words_for("x.npz:vidio"))
  program.refuses(1, "file.no-tensor", "no tensor ", words=words_for("x.npz:"))
  program.refuses(
      2, "call.input-type", "got u8[3]", "x.npz: other.npy", words=words_for("x.npz:other"))
  shown = npz([("\x1b[2Jvideo", array), ("b", array)])
  program.write("x.npz", shown)
  expect("\x1b" not in program.run(*words_for("x.npz")).error, "a name steers the terminal")


# -- Truncation and noise --------------------------------------------------------------------------


def accepts_or_refuses(program, name, data):
  """Any answer in words is right: whether the file still holds an array is its own matter."""
  program.write(name, data)
  outcome = program.run(*words_for(name))
  expect(outcome.status in (0, 1, 2), outcome)
  expect(outcome.status == 0 or outcome.error.startswith("error["), outcome)
  expect(not program.leftovers(), "a partial file stays behind")
  return outcome.status


def files_are_cut(program, step):
  array = npy("f32", CLIP, clip_values())
  archives = [npz([("video", array)]), with_long_end(npz([("other", array), ("video", array)]))]
  for name, data in [("x.npy", array), ("x.npz", archives[0]), ("x.npz", archives[1])]:
    for length in range(0, len(data), step):
      expect(accepts_or_refuses(program, name, data[:length]) != 0, name, length, "was accepted")
    accepts_or_refuses(program, name, data)


def bytes_are_flipped(program, count):
  random.seed(11)
  array = npy("f32", CLIP, clip_values())
  both = npz([("other", npy("u8", [3], [1, 2, 3])), ("video", array)])
  files = [("x.npy", array, range(0, 128)), ("x.npz", both, None),
           ("x.npz", with_long_end(both), None)]
  accepted = 0
  for number in range(count):
    name, data, where = files[number % 3]
    data = bytearray(data)
    # What is in the middle of the data is only a number.
    headers = [i for i in (where or range(len(data))) if not 240 < i < 780]
    for _ in range(random.choice([1, 1, 2, 4])):
      data[random.choice(headers)] = random.choice([0, 1, 0x7F, 0x80, 0xFF, random.randrange(256)])
    accepted += accepts_or_refuses(program, name, bytes(data)) == 0
  return accepted


def all_damage(program, step, count):
  for check in (npy_is_refused, other_files_are_refused, archives_are_read, archives_are_refused):
    check(program)
  files_are_cut(program, step)
  return bytes_are_flipped(program, count)
