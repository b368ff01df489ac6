"""Mails: the lines of each message of a file, with the lines of the file they stand on.

A file is a raw diff, one mail, an mbox of several, or a page saved from an archive.  An mbox is split where a
`From ...2021` line is followed by a header, as `git mailsplit` does; what has no real headers is taken as it
is.  Bodies stay bytes: a patch is applied to bytes, whatever charset its mail claims.  Example: for a file of
two mails of 40 lines with 9 lines of headers each, `read_mails` gives two mails with `first_line` 11 and 51.
"""

import datetime
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib import import_module

from msgspec import Struct

from kpatchlint.errors import UNREADABLE_PATCH, UserError
from kpatchlint.patch import plain
from kpatchlint.patch.inbody import opening
from kpatchlint.patch.words import LONGEST_LINE, decoded, without_cr, words
from kpatchlint.regex import regex

# Room for the register headers of a whole family of graphics cards in one mail, and for a month of a busy list.
MOST_LINES_OF_MAIL = 1_000_000
MOST_LINES = 6_000_000

_ENVELOPE = regex(rb"From .*\d{4}\r?$")
_FIELD = regex(rb"([A-Za-z][A-Za-z0-9-]*):(?:[ \t]|\r?$)")
_KNOWN_FIELD = regex(rb"(?:from|subject|date|message-id|mime-version|received):", re.IGNORECASE)
_PAGE_FIELD = regex(rb"(from|subject|date|message-id)\s*:\s*(.*?)\s*$", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATES = (
    regex(r"\b(?P<day>\d{1,2})[ -](?P<month>[A-Za-z]{3})[a-z]*[ -](?P<year>\d{4})\b"),
    regex(r"\b(?P<month>[A-Za-z]{3})[a-z]* +(?P<day>\d{1,2}),?(?: [\d:]+)? (?P<year>\d{4})\b"),
    regex(r"\b(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)"),
)
# what a reply needs beside message id and subject
_THREAD = ("from", "to", "cc", "references", "in-reply-to")
_READ = ("message-id", "subject", "date")
# How many lines of a saved page may stand before its first quoted line and still name sender and date.
_PAGE_HEAD = 30


class Mail(Struct, frozen=True):
    """One message.

    name        the file it was read from, for messages
    number      its place in that file, from 1
    message_id  without the angle brackets; empty when there is none
    lines       the body, without line ends; of a multipart mail its text parts, with empty lines in between
    first_line  line i of `lines` stands on line first_line + i of the file.  Approximate inside a part that
                was base64 or quoted-printable: there it counts from the first line of the encoded part.
    headers     those of From, To, Cc, References and In-Reply-To that are there, by lower-case name: unfolded, and
                not decoded, because an encoded word may hold a comma; and Subject where the text has another one
    """

    name: str
    number: int
    message_id: str
    subject: str
    date: datetime.date | None
    lines: tuple[bytes, ...]
    first_line: int
    headers: Mapping[str, str] = {}


def read_mails(name: str, data: bytes) -> tuple[Mail, ...]:
    """Every message of a file, in the order of the file.

    `name` is what messages call the file, `data` its bytes.  Raises `UserError` for MIME nested too deeply.
    """
    return tuple(read() for read in unread_mails(name, data))


def unread_mails(name: str, data: bytes) -> Iterator[Callable[[], Mail]]:
    """The same, each to be read by a call of its own, so that one that cannot be read does not lose the others."""
    if data.count(b"\n") > MOST_LINES:
        yield partial(_refuse, name, 0, f"has more than {MOST_LINES:,} lines", "split it")
        return
    lines = data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    for number, (at, end) in enumerate(_spans(lines), 1):
        if end - at > MOST_LINES_OF_MAIL:
            yield partial(_refuse, name, at + 1, f"has more than {MOST_LINES_OF_MAIL:,} lines", "split it")
        else:
            yield partial(_mail, name, number, lines[at:end], at + 1)


def _spans(lines: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    starts = [at for at in range(len(lines) - 1) if _starts_mail(lines, at)]
    if not starts or any(line.strip() for line in lines[: starts[0]]):
        starts.insert(0, 0)
    return zip(starts, [*starts[1:], len(lines)], strict=True)


def _starts_mail(lines: Sequence[bytes], at: int) -> bool:
    return lines[at].startswith(b"From ") and bool(_ENVELOPE.match(lines[at]) and _FIELD.match(lines[at + 1]))


def _mail(name: str, number: int, lines: list[bytes], first_line: int) -> Mail:
    if len(lines) > 1 and _starts_mail(lines, 0):
        lines, first_line = [_unescaped(line) for line in lines[1:]], first_line + 1
    head = _header_length(lines)
    if not head:
        return _page(name, number, lines, first_line)
    headers, before, body = _read(name, lines, head, first_line)
    message_id, subject, date = (headers.get(key, "") for key in _READ)
    inside = opening(body)
    thread = {key: " ".join(headers[key].split()) for key in _THREAD if key in headers}
    thread |= {"subject": subject} if inside.subject else {}
    return Mail(
        name,
        number,
        message_id.strip("<> "),
        inside.subject or subject,
        parse_date(inside.date) or parse_date(date),
        tuple(body),
        first_line + before,
        thread,
    )


def _read(name: str, lines: list[bytes], head: int, first_line: int) -> tuple[Mapping[str, str], int, list[bytes]]:
    """The headers that matter by lower-case names, how many lines stand before the body, and the body.

    Those that are read here are decoded, those that a reply takes over are not.
    """
    found = plain.fields(lines[:head])
    if found is not None:
        found |= {key: words(found[key]) for key in _READ if key in found}
        return found, head + 1, plain.text(lines[head + 1 :])
    mime = import_module("kpatchlint.patch.mime")
    try:
        message = mime.parsed(b"\n".join(lines[:head]) + b"\n\n")
        before, body = mime.body(message, lines, head)
    except mime.CostlyMailError as error:
        raise _refused(name, first_line, str(error), "send the patch inline") from error
    read = {key: mime.words(message[key]) for key in _READ if key in message}
    raw = {key: str(message[key]) for key in _THREAD if key in message}
    return read | raw, before, body


def _refuse(name: str, line: int, what: str, cure: str) -> Mail:
    raise _refused(name, line, what, cure)


def _refused(name: str, line: int, what: str, cure: str) -> UserError:
    return UserError(what, path=name, line=line, cure=cure, status=UNREADABLE_PATCH)


def _unescaped(line: bytes) -> bytes:
    """A line as it was before the writer of an mboxrd put `>` before `From `."""
    return line[1:] if line.startswith(b">") and line.lstrip(b">").startswith(b"From ") else line


def _header_length(lines: Sequence[bytes]) -> int:
    """Number of lines of the RFC 822 headers on top; 0 when what stands there is something else."""
    known = False
    for at, line in enumerate(lines):
        if not line.strip():
            return at if known else 0
        if not _FIELD.match(line) and not (at and line[:1] in b" \t"):
            return 0
        known = known or bool(_KNOWN_FIELD.match(line))
    return len(lines) if known else 0


def _page(name: str, number: int, lines: Sequence[bytes], first_line: int) -> Mail:
    """A message without headers: a raw diff, or a page on which an archive prints sender and date."""
    fields: dict[str, str] = {}
    for line in (line[: LONGEST_LINE] for line in lines[:_PAGE_HEAD]):
        if line.startswith((b">", b"diff ", b"--- ")):
            break
        if found := _PAGE_FIELD.match(line):
            fields.setdefault(found[1].decode().lower(), decoded(found[2]))
    first = next((decoded(line).strip() for line in lines if line.strip()), "")
    subject = fields.get("subject", first if "from" in fields else "")
    return Mail(name, number, fields.get("message-id", "").strip("<> "), subject,
                parse_date(fields.get("date", "")), tuple(without_cr(lines)), first_line,
                {key: fields[key] for key in ("from",) if key in fields})


def parse_date(text: str) -> datetime.date | None:
    """The day that a mail header, an archive page or `git show` names, in the sender's time zone; or None."""
    for pattern in _DATES if text else ():
        if (found := pattern.search(text)) and (day := _day(found["year"], found["month"], found["day"])):
            return day
    return None


def _day(year: str, month: str, day: str) -> datetime.date | None:
    try:
        number = int(month) if month.isdigit() else _MONTHS.index(month.lower()) + 1
        return datetime.date(int(year), number, int(day))
    except ValueError:
        return None
