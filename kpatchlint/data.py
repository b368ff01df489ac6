"""Where the rule data lies, and how one TOML file of it is read.

The data is shipped inside the package (`kpatchlint/rules`) by the wheel and lies at the top of the repository
(`rules/`) in a checkout; nothing in it is ever executed.  A file that is not what it should be stops the run with one
line: file, key, known values.  Example: `read(path, ContractFile)`.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from kpatchlint.errors import UserError

T = TypeVar("T")


def rules_directory() -> Path:
    """The directory that holds `dialect.toml`, `contracts/` and the rule families."""
    package = Path(__file__).resolve().parent
    shipped = package / "rules"
    return shipped if shipped.is_dir() else package.parent / "rules"


def read(path: Path, kind: type[T]) -> T:
    """The TOML file at `path` as a `kind`; `UserError` names file, key and what was expected."""
    with unreadable(path):
        text = path.read_text()
    try:
        return msgspec.toml.decode(text, type=kind)
    except msgspec.ValidationError as error:
        raise UserError(str(error), path=str(path), cure="see README, 'Writing a rule'") from error
    except msgspec.DecodeError as error:
        raise UserError(f"is not TOML: {error}", path=str(path), cure="mend the line named") from error


@contextmanager
def unreadable(path: Path) -> Iterator[None]:
    """Say of the file at `path` why it cannot be read, as a `UserError`."""
    try:
        yield
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", path=str(path)) from error
    except UnicodeDecodeError as error:
        raise UserError("is not UTF-8", path=str(path), cure="save the file as UTF-8") from error


def line_of(path: Path, key: str) -> int:
    """The line of the file where `key` stands, 0 when it does not."""
    mark = re.compile(rf"""\s*(?:\[+\s*)?["']?{re.escape(key)}["']?\s*[=\]]""") if key else None
    lines = enumerate(path.read_text().splitlines(), 1)
    return next((number for number, line in lines if mark and mark.match(line)), 0)
