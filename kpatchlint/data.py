"""Where the rule data lies, and how one TOML file of it is read.

The data is shipped inside the package (`kpatchlint/rules`) by the wheel and lies at the top of the repository
(`rules/`) in a checkout; nothing in it is ever executed.  A file that is not what it should be stops the run with one
line: file, key, known values.  Example: `read(path, ContractFile)`.
"""

import re
import tomllib
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
    try:
        return msgspec.convert(tomllib.loads(path.read_text()), kind)
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", path=str(path)) from error
    except UnicodeDecodeError as error:
        raise UserError("is not UTF-8", path=str(path), cure="save the file as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"is not TOML: {error}", path=str(path), cure="mend the line named") from error
    except msgspec.ValidationError as error:
        raise UserError(str(error), path=str(path), cure="see README, 'Writing a rule'") from error


def line_of(path: Path, key: str) -> int:
    """The line of the file where `key` stands, 0 when it does not."""
    mark = re.compile(rf"""\s*(?:\[+\s*)?["']?{re.escape(key)}["']?\s*[=\]]""") if key else None
    lines = enumerate(path.read_text().splitlines(), 1)
    return next((number for number, line in lines if mark and mark.match(line)), 0)
