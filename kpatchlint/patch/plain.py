"""Mails whose text stands in them as it is, which is what `git send-email` and b4 write, without a parser of MIME.

Python's package for mails takes 9 ms to import, where the whole check of a patch takes 120.  Its parser is asked for
all else: other types and encodings, `format=flowed`, headers that are not ASCII, lines that end in CR.  Example:

    fields([b"Subject: [PATCH] x", b" y"])     {"subject": "[PATCH] x\\n y"}
    fields([b"Content-Transfer-Encoding: base64"])     None
"""

import re
from collections.abc import Sequence

from kpatchlint.patch.words import without_cr
from kpatchlint.regex import regex

_TYPE = regex(r'text/plain(?:;\s*charset=(?!"?utf-16)(?:[\w.-]+|"[\w.-]+"))?', re.IGNORECASE | re.ASCII)
_ENCODINGS = ("7bit", "8bit")
_SIGNED, _SIGNATURE = b"-----BEGIN PGP SIGNED MESSAGE-----", b"-----BEGIN PGP SIGNATURE-----"


def fields(lines: Sequence[bytes]) -> dict[str, str] | None:
    """The first header of each name, names in lower case; None for the headers of a mail that is not plain.

    Every line is a header, or begins with a blank and goes on with the one before.
    """
    block = b"\n".join(lines)
    if not block.isascii() or b"\r" in block or b"\0" in block:
        return None
    found: dict[str, str] = {}
    for header in re.split(r"\n(?![ \t])", block.decode()):
        name, _, value = header.partition(":")
        found.setdefault(name.lower(), value.lstrip(" \t"))
    kind, encoding = (found.get(f"content-{what}") for what in ("type", "transfer-encoding"))
    plain = (kind is None or _TYPE.fullmatch(kind)) and (encoding is None or encoding.strip().lower() in _ENCODINGS)
    return found if plain else None


def text(lines: Sequence[bytes]) -> list[bytes]:
    """The lines of a text, without CR, and without the dashes of a signature in clear text; as many as before.

    A signature in clear text puts dashes before lines with a dash.
    """
    rows = without_cr(lines)
    first = next((row for row, line in enumerate(rows) if line.strip()), len(rows))
    if first == len(rows) or rows[first].rstrip() != _SIGNED:
        return rows
    end = rows.index(_SIGNATURE) if _SIGNATURE in rows else len(rows)
    signed = [line.removeprefix(b"- ") for line in rows[first:end]]
    blank = signed.index(b"") if b"" in signed else 0
    return [*rows[:first], *[b""] * blank, *signed[blank:], *[b""] * (len(rows) - end)]
