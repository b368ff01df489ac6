"""Which arguments a text's calls of a function give as a literal NULL.

Read off the text without a parse.  Assumption: a line that begins in the first column declares, and one that begins
with a star is a comment.  Example: `null_arguments(b"\\tf(a, NULL);", "f")` is {1}.
"""

import re

from kpatchlint.c.prototype import arguments
from kpatchlint.regex import regex
from kpatchlint.source import occurrences

_NOT_A_CALL = regex(rb"\S|[ \t]*(?:\*|//|/\*|#)")


def null_arguments(text: bytes, name: str) -> frozenset[int]:
    """The positions, from 0, at which some call of `name` in `text` is given NULL."""
    called = name.encode() + b"("
    found = set[int]()
    for at in occurrences(text, called):
        start = text.rfind(b"\n", 0, at) + 1
        whole = re.match(rb"[\w.>]", text[max(at - 1, 0) : at]) is None
        if start < at and whole and _NOT_A_CALL.match(text, start, at) is None:
            given = arguments(text, at + len(called))
            found.update(i for i, argument in enumerate(given) if argument == b"NULL")
    return frozenset(found)
