"""Headers of a draft, made of headers that a stranger wrote: each is one header, whatever stood in them.

Names are decoded and encoded again, addresses and message ids that are none are left out.  Example:
`encoded("To", *addresses("=?utf-8?q?Ren=C3=A9e?= <renee@example.org>"))`.
"""

from email.header import Header, decode_header
from email.utils import formataddr, getaddresses

from kpatchlint.regex import regex
from kpatchlint.report.plain import safe

WIDTH = 78
_ADDRESS = regex(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
_ID = regex(r"<[^<>\s\x00-\x1f\x7f-\U0010ffff]+>")


def addresses(*values: str) -> tuple[str, ...]:
    """Every address of raw header values, once, with its name encoded; what is no address is dropped."""
    found: dict[str, str] = {}
    for name, address in getaddresses([" ".join(value.split()) for value in values]):
        if _ADDRESS.fullmatch(address):
            found.setdefault(address.lower(), formataddr((_decoded(name), address)))
    return tuple(found.values())


def one_address(value: str) -> str:
    """The first address of a value that the user wrote, empty when it holds none."""
    return next(iter(addresses(value)), "")


def identifiers(value: str) -> tuple[str, ...]:
    """The message ids of a raw header value, with their brackets, in its order."""
    return tuple(dict.fromkeys(_ID.findall(value)))


def encoded(name: str, *values: str) -> str:
    """One header, folded; several values, such as addresses, stand on a line each."""
    if len(values) > 1 or name in ("From", "To", "Cc"):
        return f"{name}: " + ",\n ".join(values)
    text = values[0]
    charset = "us-ascii" if text.isascii() else "utf-8"
    return f"{name}: {Header(text, charset, maxlinelen=WIDTH, header_name=name).encode()}"


def _decoded(name: str) -> str:
    try:
        text = "".join(_word(part, code) for part, code in decode_header(name))
    except (LookupError, ValueError):
        text = name
    return safe(" ".join(text.split()))


def _word(part: str | bytes, charset: str | None) -> str:
    return part if isinstance(part, str) else part.decode(charset or "utf-8", "replace")
