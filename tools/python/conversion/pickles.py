"""Reads the pickle of a checkpoint, and calls nothing that it names.

A pickle is a program, and Python's own machine for it imports and calls what the program asks for.
This machine has the instructions that numbers, strings, containers and tensors are written with. A
global is looked up in a table of five kinds of words and stays a word; the arguments of the two
functions that make tensors become a description of where a tensor lies. `pickle.Unpickler` with an
own `find_class` would import nothing either, but a hostile file could still end the process: with
an index of the memo that takes all memory, or a key whose hash recurses too deep.

Format: the standard library's `pickletools`, which also splits the bytes into instructions.
"""

from __future__ import annotations

from dataclasses import dataclass
import pickletools
from typing import Any, Callable, Dict, List, Tuple

from .words import Failure, quoted

# Types of elements by the names that PyTorch gives their storages.
KINDS = {
    "FloatStorage": "f32",
    "DoubleStorage": "f64",
    "HalfStorage": "f16",
    "BFloat16Storage": "bf16",
    "LongStorage": "i64",
    "IntStorage": "i32",
    "ShortStorage": "i16",
    "CharStorage": "i8",
    "ByteStorage": "u8",
    "BoolStorage": "bool",
}

_DICTIONARY = "collections.OrderedDict"
_TENSOR = "torch._utils._rebuild_tensor_v2"
_PARAMETER = "torch._utils._rebuild_parameter"

_PLAIN = {"BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE", "SHORT_BINUNICODE"}
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_EMPTY: Dict[str, Callable[[], Any]] = {
    "EMPTY_DICT": dict,
    "EMPTY_LIST": list,
    "EMPTY_TUPLE": tuple,
}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}

_INTEGER_LIMIT = 1 << 62  # of a size, a stride or an offset


@dataclass(frozen=True)
class Word:
    """A global that the pickle names."""

    name: str


@dataclass(frozen=True)
class Storage:
    """A member of the archive: `count` elements of a kind."""

    kind: str
    key: str
    count: int


@dataclass(frozen=True)
class Tensor:
    """Elements of a storage; offset and strides count elements, and are not checked here."""

    storage: Storage
    offset: int
    shape: Tuple[int, ...]
    strides: Tuple[int, ...]


def unpickled(data: bytes) -> Any:
    """The value: numbers, strings, lists, tuples, dictionaries, Storage, Tensor and Word.

    Raises Failure for an instruction, a global or a persistent id that no state dict needs.
    """
    machine = _Machine()
    try:
        for operation, argument, _ in pickletools.genops(data):
            if operation.name == "STOP":
                return machine.stack.pop()
            machine.perform(operation.name, argument)
    except (ValueError, IndexError, KeyError) as error:
        raise Failure(f"data.pkl is damaged: {error}") from error
    raise Failure("data.pkl is damaged: it has no end")


class _Machine:
    """The stack, the places of its marks, and the memo."""

    def __init__(self) -> None:
        self.stack: List[Any] = []
        self.marks: List[int] = []
        self.memo: Dict[int, Any] = {}

    def perform(self, name: str, argument: Any) -> None:
        """One instruction."""
        if name in _PLAIN:
            self.stack.append(argument)
        elif name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name])
        elif name in _EMPTY:
            self.stack.append(_EMPTY[name]())
        elif name in _TUPLES:
            self.stack.append(tuple(self.popped(_TUPLES[name])))
        elif name in _OTHERS:
            _OTHERS[name](self, argument)
        else:
            raise Failure(
                f"data.pkl has the instruction {name}, which no state dict needs; "
                "save the state dict alone, with torch.save(model.state_dict(), PATH)"
            )

    def popped(self, count: int) -> List[Any]:
        """The last values, in their order."""
        if count > len(self.stack):
            raise IndexError("an instruction takes more values than there are")
        start = len(self.stack) - count
        values = self.stack[start:]
        del self.stack[start:]
        return values

    def marked(self) -> List[Any]:
        """The values since the last mark."""
        return self.popped(max(0, len(self.stack) - self.marks.pop()))

    def remember(self, place: int) -> None:
        self.memo[place] = self.stack[-1]

    def extend(self, values: List[Any]) -> None:
        if not isinstance(self.stack[-1], list):
            raise ValueError("values are appended to what is no list")
        self.stack[-1].extend(values)

    def set_items(self, values: List[Any]) -> None:
        own = self.stack[-1]
        if not isinstance(own, dict) or len(values) % 2 != 0:
            raise ValueError("items are set in what is no dictionary")
        for key, value in zip(values[::2], values[1::2]):
            if key is not None and not isinstance(key, (str, int, float)):
                raise Failure("data.pkl has a dictionary whose keys are neither names nor numbers")
            if key in own:
                raise Failure(f"data.pkl has the key {quoted(str(key))} twice in one dictionary")
            own[key] = value

    def set_state(self) -> None:
        """Attributes of a dictionary, such as `_metadata`: nothing here reads them."""
        own, state = self.popped(2)
        if not isinstance(own, dict) or not isinstance(state, dict):
            raise ValueError("a state is set in what is no dictionary")
        self.stack.append(own)

    def look_up(self, name: str) -> None:
        module, _, last = name.rpartition(".")
        is_storage = module == "torch" and last in KINDS
        if not is_storage and name not in (_DICTIONARY, _TENSOR, _PARAMETER):
            raise Failure(
                f"data.pkl asks for {quoted(name)}, which no state dict needs; if the file is "
                "yours, save the state dict alone, with torch.save(model.state_dict(), PATH)"
            )
        self.stack.append(Word(name))

    def look_up_parts(self) -> None:
        module, name = self.popped(2)
        if not isinstance(module, str) or not isinstance(name, str):
            raise ValueError("the name of a global is no string")
        self.look_up(f"{module}.{name}")

    def call(self) -> None:
        function, arguments = self.popped(2)
        if not isinstance(function, Word) or not isinstance(arguments, tuple):
            raise ValueError("what is called is no function")
        if function.name == _TENSOR:
            self.stack.append(_tensor(arguments))
        elif function.name == _PARAMETER:
            if len(arguments) != 3 or not isinstance(arguments[0], Tensor):
                raise ValueError("a parameter is made of what is no tensor")
            self.stack.append(arguments[0])
        elif function.name == _DICTIONARY and arguments == ():
            self.stack.append({})
        else:
            raise Failure(f"data.pkl calls {quoted(function.name)} in a way that is not known")


def _tensor(arguments: Tuple[Any, ...]) -> Tensor:
    """Of storage, offset, shape, strides, whether it has a gradient, hooks, and maybe metadata."""
    if len(arguments) not in (6, 7) or not isinstance(arguments[0], Storage):
        raise ValueError("a tensor is made of what is no storage")
    storage, offset, shape, strides = arguments[:4]
    if not _are_counts((offset,)) or not _are_counts(shape) or not _are_counts(strides):
        raise ValueError("offset, shape or strides of a tensor are no numbers from 0")
    if len(shape) != len(strides) or len(shape) > 32:
        raise ValueError(f"a tensor has {len(shape)} dimensions and {len(strides)} strides")
    return Tensor(storage, offset, shape, strides)


def _storage(identity: Any) -> Storage:
    """Of ('storage', its class, its key, the device it lay on, its number of elements)."""
    if not isinstance(identity, tuple) or len(identity) != 5 or identity[0] != "storage":
        raise ValueError("a persistent id is no storage")
    _, kind, key, _, count = identity
    name = kind.name.rpartition(".")[2] if isinstance(kind, Word) else ""
    if name not in KINDS or not isinstance(key, str) or not _are_counts((count,)):
        raise ValueError("a storage has no known class, no key or no number of elements")
    return Storage(KINDS[name], key, count)


def _are_counts(values: Any) -> bool:
    return isinstance(values, tuple) and all(
        type(value) is int and 0 <= value < _INTEGER_LIMIT for value in values
    )


# The instructions that are more than a value, each with the machine and its argument.
_OTHERS: Dict[str, Callable[[_Machine, Any], None]] = {
    "PROTO": lambda machine, _: None,
    "FRAME": lambda machine, _: None,
    "MARK": lambda machine, _: machine.marks.append(len(machine.stack)),
    "TUPLE": lambda machine, _: machine.stack.append(tuple(machine.marked())),
    "APPEND": lambda machine, _: machine.extend(machine.popped(1)),
    "APPENDS": lambda machine, _: machine.extend(machine.marked()),
    "SETITEM": lambda machine, _: machine.set_items(machine.popped(2)),
    "SETITEMS": lambda machine, _: machine.set_items(machine.marked()),
    "BUILD": lambda machine, _: machine.set_state(),
    "BINPUT": lambda machine, place: machine.remember(place),
    "LONG_BINPUT": lambda machine, place: machine.remember(place),
    "MEMOIZE": lambda machine, _: machine.remember(len(machine.memo)),
    "BINGET": lambda machine, place: machine.stack.append(machine.memo[place]),
    "LONG_BINGET": lambda machine, place: machine.stack.append(machine.memo[place]),
    "GLOBAL": lambda machine, name: machine.look_up(name.replace(" ", ".")),
    "STACK_GLOBAL": lambda machine, _: machine.look_up_parts(),
    "REDUCE": lambda machine, _: machine.call(),
    "BINPERSID": lambda machine, _: machine.stack.append(_storage(machine.stack.pop())),
}
