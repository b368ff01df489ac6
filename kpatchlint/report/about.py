"""Who made a report.

Example: `version()` is "0.1.0" in an installed kpatchlint.
"""

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed

NAME = "kpatchlint"


def version() -> str:
    """The version that is installed; "0.0.0" for a checkout that is not."""
    try:
        return installed(NAME)
    except PackageNotFoundError:
        return "0.0.0"
