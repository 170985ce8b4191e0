"""What the checks of the executable share: building and calling it, and files made by hand.

Only the standard library is needed, so that a machine without NumPy can run all checks but those
that ask NumPy itself."""

import collections
import io
import os
import pathlib
import struct
import subprocess
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
SOURCES = sorted((ROOT / "Sources/Executable").glob("*.c"))
CHECKSUM = ROOT / "Sources/CRuntime/crc32.c"
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]

Outcome = collections.namedtuple("Outcome", "status out error")


class Failed(Exception):
  """A check that does not hold."""


def expect(holds, *facts):
  if not holds:
    raise Failed(" | ".join(str(fact) for fact in facts))


def build(words):
  done = subprocess.run(words, capture_output=True, text=True)
  expect(done.returncode == 0, " ".join(words), done.stderr)


class Program:
  """The executable, built into `folder`, where it also runs."""

  def __init__(self, folder, compiler="gcc", sanitized=True, under=(), defines=(), name="model"):
    self.folder = pathlib.Path(folder)
    self.path = self.folder / name
    self.under = list(under)
    flags = ["-std=c11", "-g", "-O1", *WARNINGS, *(SANITIZERS if sanitized else [])]
    flags += ["-I", str(ROOT / "Sources/CRuntime/include"), *[f"-D{text}" for text in defines]]
    flags += ["-static"] if under else []
    files = [*SOURCES, CHECKSUM, HERE / "model.c"]
    build([compiler, *flags, *map(str, files), "-o", str(self.path), "-lm"])

  @property
  def words(self):
    return [*self.under, f"./{self.path.name}"]

  @property
  def environment(self):
    # Memory lives to the end of the process on purpose; see executable.h.
    return {**os.environ, "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1"}

  def run(self, *words, **changes):
    done = subprocess.run(
        [*self.words, *words], cwd=self.folder, env={**self.environment, **changes},
        stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
    outcome = Outcome(
        done.returncode, done.stdout.decode("utf-8", "replace"),
        done.stderr.decode("utf-8", "replace"))
    broken = done.returncode < 0 or any(
        text in outcome.error for text in ("Sanitizer", "runtime error", "internal:"))
    expect(not broken, words, outcome)
    return outcome

  def write(self, name, data):
    (self.folder / name).write_bytes(data)
    return name

  def read(self, name):
    return (self.folder / name).read_bytes()

  def leftovers(self):
    return [path.name for path in self.folder.glob(".*.partial")]

  def succeeds(self, *words):
    outcome = self.run(*words)
    expect(outcome.status == 0, words, outcome)
    return outcome

  def refuses(self, status, code, *pieces, words):
    """Runs `words` and expects an error with `code` whose text has all of `pieces`."""
    outcome = self.run(*words)
    expect(outcome.status == status, words, outcome)
    expect(outcome.error.startswith(f"error[{code}]: "), code, outcome)
    for piece in pieces:
      expect(piece in outcome.error, piece, outcome)
    expect(not self.leftovers(), "a partial file stays behind", words)
    return outcome


# Python's letters for the types of elements; bf16 is made of f32 where it is needed.
LETTERS = {
    "f64": "d", "f32": "f", "f16": "e", "i8": "b", "i16": "h", "i32": "i", "i64": "q",
    "u8": "B", "u16": "H", "u32": "I", "u64": "Q", "bool": "?",
}


def descr(element):
  size = struct.calcsize("<" + LETTERS[element])
  kind = "b" if element == "bool" else element[0]
  return f"{'|' if size == 1 else '<'}{kind}{size}"


def npy_text(text, data=b"", version=(1, 0)):
  """An npy file whose header is `text`."""
  text = text.encode() if isinstance(text, str) else text
  length = struct.pack("<H" if version[0] == 1 else "<I", len(text))
  return b"\x93NUMPY" + bytes(version) + length + text + data


def npy(element, shape, values, version=(1, 0), fortran=False):
  tuple_text = "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")"
  text = f"{{'descr': '{descr(element)}', 'fortran_order': {fortran}, 'shape': {tuple_text}, }}"
  text += " " * (-(len(text) + 11) % 64) + "\n"
  data = struct.pack(f"<{len(values)}{LETTERS[element]}", *values)
  return npy_text(text, data, version)


def read_npy(data):
  """Element type as in npy, shape, values."""
  expect(data[:8] == b"\x93NUMPY\1\0", data[:8])
  length = struct.unpack_from("<H", data, 8)[0]
  expect((10 + length) % 64 == 0, "the data are not aligned", length)
  header = eval(data[10:10 + length].decode())  # what we wrote ourselves
  code = header["descr"][1:]
  letter = next(LETTERS[e] for e in LETTERS if descr(e)[1:] == code)
  rest = data[10 + length:]
  count = len(rest) // struct.calcsize("<" + letter)
  return code, header["shape"], list(struct.unpack(f"<{count}{letter}", rest))


def npz(members, method=zipfile.ZIP_STORED, **options):
  """An archive of (name, bytes of an npy file)."""
  target = io.BytesIO()
  with zipfile.ZipFile(target, "w", method) as archive:
    for name, data in members:
      with archive.open(name + ".npy", "w", **options) as member:
        member.write(data)
  return target.getvalue()


def read_npz(data):
  with zipfile.ZipFile(io.BytesIO(data)) as archive:
    expect(archive.testzip() is None, "a checksum is wrong")
    return {
        info.filename.removesuffix(".npy"): read_npy(archive.read(info))
        for info in archive.infolist()
    }


CLIP = [1, 3, 4, 4, 3]
CLIP_COUNT = 144


def clip_values(count=CLIP_COUNT):
  return [(i * 7 % 1001) / 1001 for i in range(count)]


def single(value):
  """`value` rounded to f32."""
  return struct.unpack("<f", struct.pack("<f", value))[0]
