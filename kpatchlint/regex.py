"""Regular expressions that are compiled when they are first used: a run uses few of those that its modules have.

Compiling all of them was a fifth of the time that the imports took.  Example:

    _WORD = regex(rb"\\w+")
    _WORD.findall(text)         compiles it; from then on a call costs what it costs with `re.compile`
"""

import re
from typing import AnyStr, cast


def regex(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """What `re.compile` gives, later; it has the methods of a pattern, and is none for the functions of `re`."""
    return cast("re.Pattern[AnyStr]", _Later(text, flags))


class _Later:
    """Attributes are those of the pattern, fetched once."""

    def __init__(self, text: str | bytes, flags: int) -> None:
        # the pattern alone is known without it
        self._text, self._flags, self.pattern = text, flags, text

    def __getattr__(self, name: str) -> object:
        found: object = getattr(re.compile(self._text, self._flags), name)
        setattr(self, name, found)
        return found
