"""The structures for ctypes against what a C compiler makes of the headers."""

import ctypes
import subprocess

import smalti
from smalti import _abi, _compiler

from support import Case, HEADERS

STRUCTURES = {
    "smalti_buffer": _abi.Buffer,
    "smalti_executor": _abi.Executor,
    "smalti_call": _abi.Call,
    "smalti_tensor": _abi.Tensor,
    "smalti_signature": _abi.Signature,
    "smalti_entry": _abi.Entry,
    "smalti_model": _abi.Model,
    "smalti_compile_options": _compiler.CompileOptions,
}


class Layout(Case):
    def numbers(self, expressions):
        """The values of C expressions, by the compiler that `smalti compile` links with."""
        lines = "".join(f'  printf("%zu\\n", (size_t)({text}));\n' for text in expressions)
        source = self.folder / "layout.c"
        source.write_text(
            '#include "smalti.h"\n#include <stddef.h>\n#include <stdio.h>\n'
            f"int main(void) {{\n{lines}  return 0;\n}}\n"
        )
        program = str(self.folder / "layout")
        subprocess.run(
            [
                "cc",
                "-Wall",
                "-Werror",
                *(f"-I{own}" for own in HEADERS),
                str(source),
                "-o",
                program,
            ],
            check=True,
        )
        shown = subprocess.run([program], check=True, capture_output=True, text=True).stdout
        return dict(zip(expressions, map(int, shown.split())))

    def test_structures(self):
        expected = {}
        for name, own in STRUCTURES.items():
            expected[f"sizeof({name})"] = ctypes.sizeof(own)
            for field, *_ in own._fields_:
                expected[f"offsetof({name}, {field})"] = getattr(own, field).offset
                expected[f"sizeof((({name} *)0)->{field})"] = getattr(own, field).size
        self.assertEqual(self.numbers(expected), expected)

    def test_constants(self):
        expected = {
            f"SMALTI_{status.name}": int(status) for status in smalti.Status if status < 100
        }
        expected["SMALTI_ABI_VERSION"] = _abi.ABI_VERSION
        expected["SMALTI_ALIGNMENT"] = _abi.ALIGNMENT
        expected["SMALTI_DONE"] = _compiler._DONE
        expected["SMALTI_MISTAKE"] = _compiler._MISTAKE
        self.assertEqual(self.numbers(expected), expected)
