"""Bytes of a mail as text, and bounds for both, without Python's package for mails, which few patches need.

Example: `words("=?utf-8?q?a_b?=")` is `a b`.
"""

from collections.abc import Sequence
from importlib import import_module

from kpatchlint.regex import regex

# Longer than any line of prose that says something of the mail; patterns for such lines look no further.
LONGEST_LINE = 1 << 10
_OF_GIT = regex(rb"(?:> ?)*(?:diff --git |@@ -\d+,?\d* \+\d)")
_ENCODED = "=?"


def without_cr(lines: Sequence[bytes]) -> list[bytes]:
    """Without the CR that came on the way, which is before every line's end: also of lines that `git diff` made.

    A CR of the patched file itself stands in the lines of that file only.
    """
    made = [line for line in lines if _OF_GIT.match(line)] or [line for line in lines if line]
    if made and all(line.endswith(b"\r") for line in made):
        return [line.removesuffix(b"\r") for line in lines]
    return list(lines)


def words(value: str) -> str:
    """One line of text, the encoded words of a header decoded in it; raw text where they cannot be."""
    text: str = import_module("kpatchlint.patch.mime").words(value) if _ENCODED in value else value
    return " ".join(text.split())


def decoded(data: bytes, charset: str | None = None) -> str:
    """Text of that charset, or UTF-8, or Latin-1, which anything is."""
    for name in (charset or "utf-8", "utf-8"):
        try:
            return data.decode(name)
        except (UnicodeError, LookupError):
            continue
    return data.decode("latin-1")
