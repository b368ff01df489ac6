"""Where the rule data lies, and how one TOML file of it is read.

The data is shipped inside the package (`kpatchlint/rules`) by the wheel and lies at the top of the repository
(`rules/`) in a checkout; nothing in it is ever executed.  A file that is not what it should be stops the run with one
line: file, line, key, known keys.  Example: `read(path, ContractFile)`.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TypeVar

import msgspec

from kpatchlint.errors import UserError
from kpatchlint.regex import regex

T = TypeVar("T")
# what msgspec says: where in the file, and which key is too much or too little
_AT = regex(r"`\$\.?([^`]*)`")
_KEY = regex(r"(unknown|required) field `([^`]+)`")
_TOML_AT = regex(r"\(at line (\d+), (column \d+)\)")


@cache
def rules_directory() -> Path:
    """The directory that holds `dialect.toml`, `contracts/` and the rule families."""
    package = Path(__file__).resolve().parent
    shipped = package / "rules"
    return shipped if shipped.is_dir() else package.parent / "rules"


CURE = f"see {rules_directory() / 'WRITING.md'}"
"""Where every key of every file is explained."""


def read(path: Path, kind: type[T]) -> T:
    """The TOML file at `path` as a `kind`; `UserError` names file, line, key and what was expected."""
    with unreadable(path):
        text = path.read_text()
    try:
        return msgspec.toml.decode(text, type=kind)
    except msgspec.ValidationError as error:
        raise _misfit(path, kind, str(error)) from error
    except msgspec.DecodeError as error:
        at = _TOML_AT.search(str(error))
        said, line = (_TOML_AT.sub(f"({at[2]})", str(error)), int(at[1])) if at else (str(error), 0)
        raise UserError(f"is not TOML: {said}", path=str(path), line=line, cure="mend what stands there") from error


def _misfit(path: Path, kind: type[T], what: str) -> UserError:
    """What msgspec says of a file, with the line it is about, and the keys that may stand there."""
    at, field = _AT.search(what), _KEY.search(what)
    steps = re.findall(r"[\w-]+|\[[^]]*\]", at[1] if at else "")
    names = [step for step in steps if not step.startswith("[")]
    head = line_of(path, steps[0], int(steps[1][1:-1])) if len(steps) > 1 and steps[1][1:-1].isdigit() else 0
    line = line_of(path, field[2] if field else names[-1] if names else "", after=head) or head
    if field and field[1] == "unknown":
        return UserError(what, path=str(path), line=line, cure=f"known: {', '.join(_keys(kind, names))}")
    return UserError(what, path=str(path), line=line, cure=f"add {field[2]} = ..." if field else CURE)


def _keys(kind: type[T], names: Sequence[str]) -> tuple[str, ...]:
    """The keys of the table that stands at the end of these names in a `kind`."""
    table = msgspec.inspect.type_info(kind)
    for name in (*names, ""):
        while not isinstance(table, msgspec.inspect.StructType):
            inside = getattr(table, "item_type", None) or getattr(table, "value_type", None)
            if inside is None:
                return ()
            table = inside
        table = next((field.type for field in table.fields if field.encode_name == name), table)
    return tuple(field.encode_name for field in table.fields) if isinstance(table, msgspec.inspect.StructType) else ()


@contextmanager
def unreadable(path: Path) -> Iterator[None]:
    """Say of the file at `path` why it cannot be read, as a `UserError`."""
    try:
        yield
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", path=str(path)) from error
    except UnicodeDecodeError as error:
        raise UserError("is not UTF-8", path=str(path), cure="save the file as UTF-8") from error


def line_of(path: Path, key: str, skip: int = 0, after: int = 0, saying: str = "") -> int:
    """The line of the file where `key` stands, 0 when it does not: at its beginning, else in an inline table.

    skip    how many lines with it are passed over first
    after   the line from which on to look
    saying  what stands behind the key on that line
    """
    lines = list(enumerate(path.read_text().splitlines(), 1))[max(after - 1, 0) :] if key else []
    name = rf"""["']?{re.escape(key)}["']?\s*"""
    for mark in (rf"\s*(?:\[+\s*)?{name}[=\]]", rf".*[{{,]\s*{name}="):
        found = [number for number, line in lines if re.match(mark, line) and saying in line]
        if len(found) > skip:
            return found[skip]
    return 0
