"""How a checkpoint names the parameters: a map, which is data.

A map is a JSON file: `layout` is its name, `names` gives the checkpoint's name of each of Smalti's
paths, `constants` lists tensors that are computed and not learnt, with what they must be. A name
may hold numbers in braces, `{i}`, `{i+1}`, `{2*i}`, where

    i   counts layers from 0
    n   is the transformer, 1 or 2
    decoder_layers, conv_layers, transformer_layers are what they are in the model

The built-in map names what the reference reproduction of SIMONe saved on 15 April 2022. Its
transformers are PyTorch's `TransformerEncoder`, whose `in_proj_weight` holds queries, keys and
values, in each the heads one after another, as Smalti's `qkv` does; its latents alternate mean and
log deviation, as Smalti's do. So a weight is transposed and nothing else.
"""

from __future__ import annotations

from dataclasses import replace
import json
from pathlib import Path
import re
from typing import Any, Dict, Iterator, Mapping, Optional, Sequence, Tuple

from .pickles import Tensor
from .simone import GROUPS, PATTERNS, SHOWN, Sizes
from .words import Mistake

BUILT_IN = Path(__file__).with_name("simone-2022.json")

_HOLE = re.compile(r"\{(?:(\d{1,3})\*)?([a-z_]+)([+-]\d{1,3})?\}")
_COUNTS = ("conv_layers", "transformer_layers", "decoder_layers")
_SIZE_LIMIT = 1 << 20
_LAYER_LIMIT = 1000  # layers beyond are surplus


class Layout:
    """A map that has been read and is whole."""

    def __init__(self, name: str, names: Dict[str, str], constants: Dict[str, str]) -> None:
        self.name = name
        self._names = names
        self._constants = constants

    def name_of(self, pattern: str, places: Mapping[str, int]) -> str:
        """The checkpoint's name of a parameter; `places` says what its pattern's holes hold."""
        return _filled(self._names[pattern], places)

    def constants(self) -> Iterator[Tuple[str, str]]:
        """Names of tensors that are no parameters, and what each must be."""
        for name, kind in self._constants.items():
            for number in (1, 2) if "{n" in name else (0,):
                yield _filled(name, {"n": number}), kind

    def sizes(self, tensors: Mapping[str, Tensor]) -> Sizes:
        """The sizes that a checkpoint shows; the published model's where it shows none."""
        counts = {
            group.count: self._layer_count(group.path + "." + group.members[0][0], tensors)
            for group in GROUPS
            if group.count and group.count != "decoder_layers"
        }
        counts["decoder_layers"] = self._decoder_layer_count(tensors)
        sizes = replace(Sizes(), **{key: value for key, value in counts.items() if value > 0})
        for key, (pattern, axis, times) in SHOWN.items():
            places = {"n": 1, "i": 0, **sizes.values()}
            tensor = tensors.get(self.name_of(pattern, places))
            # A dense weight lies the other way round in a checkpoint.
            shape = () if tensor is None else tensor.shape[::-1]
            if axis < len(shape) and shape[axis] >= times:
                sizes = replace(sizes, **{key: shape[axis] // times})
        return sizes

    def _layer_count(self, pattern: str, tensors: Mapping[str, Tensor]) -> int:
        """One more than the last layer that is there, so that a gap is a missing layer."""
        count = 0
        for index in range(min(len(tensors), _LAYER_LIMIT)):
            for number in (1, 2):
                if self.name_of(pattern, {"n": number, "i": index, **_no_counts()}) in tensors:
                    count = index + 1
        return count

    def _decoder_layer_count(self, tensors: Mapping[str, Tensor]) -> int:
        """Where hidden layers and the output share one row of numbers, the output ends it."""
        output = "decoder.output.weight"
        if "decoder_layers" not in self._names[output]:
            return self._layer_count("decoder.hidden.{i}.weight", tensors)
        counts = range(min(len(tensors), _LAYER_LIMIT), 0, -1)
        return next(
            (n for n in counts if self.name_of(output, {"decoder_layers": n}) in tensors), 0
        )


def read_layout(path: Optional[Path]) -> Layout:
    """The map in a file, or the built-in one; raises Mistake."""
    try:
        if path is not None and path.stat().st_size > _SIZE_LIMIT:
            raise Mistake(f"'{path}' has {path.stat().st_size} bytes, a map {_SIZE_LIMIT} at most")
        value = json.loads((path or BUILT_IN).read_text("utf-8"))
    except OSError as error:
        raise Mistake(f"cannot read '{path}': {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise Mistake(f"'{path}' is no JSON: {error}") from error
    return _checked(path or BUILT_IN, value)


def _checked(path: Path, value: Any) -> Layout:
    fields = value if isinstance(value, dict) else {}
    name = fields.get("layout")
    names, constants = _words(fields.get("names")), _words(fields.get("constants", {}))
    if not isinstance(name, str) or names is None or constants is None:
        raise Mistake(f"'{path}' is no map: it needs 'layout' and 'names', both of strings")
    unknown = [pattern for pattern in names if pattern not in PATTERNS]
    missing = [pattern for pattern in PATTERNS if pattern not in names]
    if unknown or missing:
        raise Mistake(
            f"'{path}' maps paths that the model does not have: {', '.join(unknown) or 'none'}; "
            f"it does not map: {', '.join(missing) or 'none'}"
        )
    kinds = [kind for kind in constants.values() if kind != "encoding_frequencies"]
    if kinds:
        raise Mistake(f"'{path}' has the constant '{kinds[0]}', known is 'encoding_frequencies'")
    for pattern, own in names.items():
        holes = [hole for hole in ("n", "i") if "{" + hole + "}" in pattern]
        _require_holes(path, own, [*holes, *_COUNTS], needed=holes)
    for own in constants:
        _require_holes(path, own, ["n"], needed=[])
    return Layout(name, names, constants)


def _words(value: Any) -> Optional[Dict[str, str]]:
    """A dictionary of strings, or None."""
    if isinstance(value, dict) and all(isinstance(word, str) for word in value.values()):
        return value
    return None


def _require_holes(path: Path, name: str, known: Sequence[str], needed: Sequence[str]) -> None:
    """A name without its numbers would be one name for several parameters."""
    held = [match.group(2) for match in _HOLE.finditer(name)]
    rest = _HOLE.sub("", name)
    if "{" in rest or "}" in rest or any(hole not in known for hole in held):
        raise Mistake(f"'{path}' has the name '{name}'; in braces may stand {', '.join(known)}")
    for hole in needed:
        if hole not in held:
            raise Mistake(f"'{path}' has the name '{name}', which needs {{{hole}}}")


def _filled(name: str, places: Mapping[str, int]) -> str:
    return _HOLE.sub(
        lambda match: str(
            int(match.group(1) or 1) * places[match.group(2)] + int(match.group(3) or 0)
        ),
        name,
    )


def _no_counts() -> Dict[str, int]:
    return {name: 0 for name in _COUNTS}
