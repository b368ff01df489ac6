"""The body of a mail: MIME parts, transfer encodings, `format=flowed`, CRLF, signatures in clear text.

Text parts, and attachments that are called patches, come one behind the other, each on the lines of the file where it
stands.  Bodies stay bytes, whatever charset they claim, as for `git apply`; only what cannot hold ASCII is turned into
UTF-8.  Nothing is run and nothing is written.  Example: `body(headers, lines, head)` of a plain mail with 9 lines of
headers is (10, the lines below the empty one).
"""

import re
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import Header, decode_header
from email.message import Message

from kpatchlint.patch.plain import text
from kpatchlint.patch.words import decoded
from kpatchlint.regex import regex

# Longer than any header that a mail program writes; Python's parsers of parameters and encoded words are quadratic.
LONGEST_HEADER = 16 << 10

_STUFFED = regex(rb" (?: |>|From )")
_PATCH_TYPES = frozenset(("x-patch", "x-diff", "patch", "diff"))
_PATCH_NAMES = (".patch", ".diff", ".txt")


# A header of MIME with its continuation lines.
_MIME_HEADER = regex(rb"^content-[a-z-]+:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)


class CostlyMailError(Exception):
    """The mail cannot be read in bounded time: parts in parts without end, or a header longer than any."""


def body(headers: Message, lines: list[bytes], head: int) -> tuple[int, list[bytes]]:
    """How many lines of the message stand before its body, and the body.  Raises `CostlyMailError`.

    lines, head  all lines of the message, and how many of them are `headers`
    """
    encoding = str(headers.get("Content-Transfer-Encoding", "")).strip().lower()
    html = headers.get_content_type() == "text/html"
    plain = headers.get_content_maintype() != "multipart" and encoding not in ("base64", "quoted-printable")
    if plain and not html and not _charset(headers).startswith("utf-16"):
        return head + 1, _tidy(headers, lines[head + 1 :])
    return _joined(b"\n".join(lines) + b"\n")


def parsed(raw: bytes) -> Message:
    """The message; `CostlyMailError` where Python's parser would take too long, or too deep a recursion."""
    if any(len(found[0]) > LONGEST_HEADER for found in _MIME_HEADER.finditer(raw)):
        raise CostlyMailError("has a header that is too long to read")
    try:
        return message_from_bytes(raw)
    except RecursionError as error:
        raise CostlyMailError("is MIME nested too deeply to read") from error


def _joined(raw: bytes) -> tuple[int, list[bytes]]:
    """The text parts of a MIME message, padded with empty lines so that each stands on its own line."""
    rows: list[bytes] = []
    offset = 0
    first = -1
    for part in _parts(parsed(raw)):
        if part.is_multipart() or not _is_text(part):
            continue
        encoded = _encoded(part)
        offset = max(offset, raw.find(encoded, offset))
        row = raw.count(b"\n", 0, offset)
        offset += len(encoded)
        first = row if first < 0 else first
        rows += [b""] * (row - first - len(rows))
        rows += _tidy(part, _decoded_lines(part))
    return max(first, 0), rows


def _encoded(part: Message) -> bytes:
    """The body of a part as it stands in the mail."""
    # Without decoding, Python reads a body of bytes by the charset that it claims, and loses what does not fit.
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
    if encoding in ("base64", "quoted-printable"):
        return str(part.get_payload()).encode("ascii", "replace")
    return _content(part)


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _parts(message: Message) -> list[Message]:
    try:
        return list(message.walk())
    except RecursionError as error:
        raise CostlyMailError("is MIME nested too deeply to read") from error


def _is_text(part: Message) -> bool:
    kind, name = part.get_content_maintype(), str(part.get_filename("")).lower()
    if kind in ("text", "multipart"):
        return part.get_content_subtype() != "html"
    return part.get_content_subtype() in _PATCH_TYPES or name.endswith(_PATCH_NAMES)


def _charset(part: Message) -> str:
    return str(part.get_content_charset("") or "").lower()


def _decoded_lines(part: Message) -> list[bytes]:
    data = _content(part)
    if _charset(part).startswith("utf-16"):
        data = data.decode("utf-16", "replace").encode()
    lines = data.split(b"\n")
    return lines if lines[-1] else lines[:-1]


def _tidy(part: Message, lines: list[bytes]) -> list[bytes]:
    lines = text(lines)
    flowed = str(part.get_param("format", "")).lower() == "flowed"
    blanks = [line for line in lines if line.startswith(b" ")] if flowed else []
    # Some mailers say "flowed" and stuff nothing; a context line of a stuffed patch begins with two blanks.
    if not blanks or not all(map(_STUFFED.match, blanks)):
        return lines
    return [line[1:] if line.startswith(b" ") else line for line in lines]


def words(value: Header | str) -> str:
    """The value of a header as one line of text, its encoded words decoded; raw text where they cannot be."""
    try:
        pairs = decode_header(value if len(str(value)) <= LONGEST_HEADER else str(value)[:LONGEST_HEADER])
        text = "".join(word if isinstance(word, str) else decoded(word, code) for word, code in pairs)
    except (HeaderParseError, UnicodeError):
        text = str(value)
    return " ".join(text.split())
