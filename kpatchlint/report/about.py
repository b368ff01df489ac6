"""Who made a report.

Example: `version()` is "0.1.0" in an installed kpatchlint.
"""

import platform
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed

NAME = "kpatchlint"


def version() -> str:
    """The version that is installed; "0.0.0" for a checkout that is not."""
    try:
        return installed(NAME)
    except PackageNotFoundError:
        return "0.0.0"


def versions() -> str:
    """The versions that a report of a defect needs: of this program, Python, the parser and the grammar."""
    parsers = ", ".join(f"{name} {installed(name)}" for name in ("tree-sitter", "tree-sitter-c"))
    return f"{NAME} {version()} (Python {platform.python_version()}, {parsers})"
