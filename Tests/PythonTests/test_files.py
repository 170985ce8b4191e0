"""Which files are loaded: whole ones, of this machine."""

import os
from pathlib import Path
import struct
import subprocess
import zlib

import smalti

from support import Case


class Files(Case):
    """Damage is found before the system's loader sees the file."""

    def damaged(self, content, *words, code="DAMAGED_FILE"):
        path = self.folder / "file.so"
        path.write_bytes(content)
        with self.raises(smalti.DamagedFile, code, str(path), *words):
            smalti.load(path)

    def test_truncated(self):
        whole = Path("inside.so").read_bytes()
        self.damaged(b"", "has no bytes")
        for count in (1, 63, 64, 65, 4096, len(whole) // 2, len(whole) - 64, len(whole) - 1):
            self.damaged(whole[:count], "was cut off")

    def test_lengthened(self):
        whole = Path("inside.so").read_bytes()
        self.damaged(whole + b"\0", "does not end as")
        # A whole trailer, with a byte too many before it.
        self.damaged(b"\0" + whole, f"has {len(whole) + 1} bytes, its trailer says {len(whole)}")

    def test_flipped(self):
        whole = Path("inside.so").read_bytes()
        # The header, code, the last byte before the trailer; then each field of the trailer.
        for place in (0, 18, len(whole) // 2, len(whole) - 65):
            self.damaged(flipped(whole, place), "its checksum is")
        for place in (-64, -57):
            self.damaged(flipped(whole, place), "does not end as")
        for place in (-56, -52, -48, -40, -32, -24, -5, -4, -1):
            self.damaged(flipped(whole, place), "has a damaged trailer")

    def test_wrong_trailer(self):
        whole = Path("inside.so").read_bytes()
        self.damaged(with_field(whole, 8, "<I", 2), "has trailer version 2, this package reads 1")
        self.damaged(with_field(whole, 24, "<Q", len(whole)), "has a description outside itself")
        self.damaged(with_field(whole, 32, "<Q", 2**64 - 1), "has a description outside itself")
        self.damaged(with_field(whole, 24, "<Q", 0), "has a description that is no JSON")

    def test_no_artefact(self):
        self.damaged(b"int main() {}\n", "it is none")
        self.damaged(b"\x7fELF" + bytes(5000), "it is none")
        with self.raises(smalti.DamagedFile, "DAMAGED_FILE", "'simone.h' does not end as"):
            smalti.load("simone.h")

    def test_unreadable(self):
        with self.raises(smalti.Unreadable, "UNREADABLE", "No such file") as context:
            smalti.load("missing.so")
        self.assertIsInstance(context.exception.__cause__, FileNotFoundError)
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        for path in (self.folder, pipe, "/dev/null"):
            with self.raises(smalti.Unreadable, "UNREADABLE", str(path), "no regular file"):
                smalti.load(path)

    def test_other_machine(self):
        with self.raises(smalti.NotLoaded, "NOT_LOADED", "'other.so' is for", "this is"):
            smalti.load("other.so")

    def test_program(self):
        with self.raises(smalti.NotLoaded, "NOT_LOADED", "no shared library but 'exe'"):
            smalti.load("program")

    def load_made(self, body):
        """Loads a file with a trailer that fits."""
        description = b'{"form": "so"}'
        path = self.folder / "file.so"
        path.write_bytes(body + description + trailer(body + description, len(body), 14))
        return smalti.load(path)

    def test_foreign_library(self):
        """Whole files of which the system's linker, or this package, knows better."""
        machine = Path("inside.so").read_bytes()[18:20]
        with self.raises(smalti.NotLoaded, "NOT_LOADED", "cannot load"):
            self.load_made(b"\x7fELF" + bytes(14) + machine)
        with self.raises(smalti.NotLoaded, "NOT_LOADED", "is no shared library of Smalti"):
            self.load_made(self.library("int other;"))
        table = "unsigned table[64] = {%s}; void *smalti_this_model(void) { return %s; }"
        for values, result in (("600, 2", "table"), ("8, 1", "table"), ("0", "0")):
            with self.raises(smalti.NotLoaded, "WRONG_VERSION", "another ABI version than 1"):
                self.load_made(self.library(table % (values, result)))

    def library(self, text):
        """A shared library of a C program's text."""
        source, output = self.folder / "source.c", self.folder / "library"
        source.write_text(text)
        subprocess.run(["cc", "-shared", "-fPIC", source, "-o", output], check=True)
        return output.read_bytes()

    def test_compiled_again(self):
        """A file that takes the place of a loaded one is loaded, not the old one once more."""
        path = self.folder / "model.so"
        path.write_bytes(Path("inside.so").read_bytes())
        with smalti.load(path) as old:
            new_path = self.folder / "new.so"
            new_path.write_bytes(Path("simone.so").read_bytes())
            os.replace(new_path, path)
            with smalti.load(path) as new:
                self.assertEqual((old.name, new.name), ("inside", "simone"))
                self.assertEqual(new.description["name"], "simone")
                self.assertEqual(list(old.entries), ["no weights", "dense"])

    def test_relative_path(self):
        """A bare name is a file of the current folder, not of the system's folders."""
        place = os.getcwd()
        self.addCleanup(os.chdir, place)
        (self.folder / "libc.so.6").write_bytes(Path("inside.so").read_bytes())
        os.chdir(self.folder)
        with smalti.load("libc.so.6") as model:
            self.assertEqual(model.name, "inside")


def flipped(content, place):
    changed = bytearray(content)
    changed[place] ^= 1
    return bytes(changed)


def with_field(content, offset, form, value):
    """The file with another number in its trailer, whose own checksum is right."""
    end = bytearray(content[-64:])
    struct.pack_into(form, end, offset, value)
    struct.pack_into("<I", end, 60, zlib.crc32(end[:60]))
    return content[:-64] + bytes(end)


def trailer(body, start, count):
    own = struct.pack(
        "<8sIIQQQ20x", b"SMALTIA\n", 1, zlib.crc32(body), len(body) + 64, start, count
    )
    return own + struct.pack("<I", zlib.crc32(own))
