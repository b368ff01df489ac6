"""Text of strangers, made fit for a terminal and for formats of one line each.

Control characters and terminal escapes are spelled out.  Example: `safe("a\\x1b[2J")` is `a\\x1b[2J`, eight printable
characters.
"""

from importlib import import_module

# Controls, invisible formatting (bidirectional overrides too), surrogates of stray bytes, line ends
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def safe(text: str) -> str:
    """`text` with everything that is no plain character spelled out as `\\x1b` or `\\u202e`."""
    if text.isprintable():
        return text
    unicodedata = import_module("unicodedata")
    return "".join(_spelled(c) if unicodedata.category(c) in _UNSAFE else c for c in text)


def _spelled(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is no UTF-8, as surrogateescape keeps it
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def encodable(text: str) -> str:
    """`text` with bytes that are no UTF-8 spelled as `\\udcff`: what may stand in JSON."""
    return text.encode("utf-8", "backslashreplace").decode()


def many(count: int, one: str, more: str = "") -> str:
    """A count and its noun: `1 finding`, `2 findings`."""
    return f"{count} {one if count == 1 else more or one + 's'}"


def characters(line: str, count: int) -> int:
    """How many characters the first `count` bytes of `line` are; columns of findings count bytes."""
    data = line.encode(errors="surrogateescape")
    if not 0 <= count <= len(data):
        return count
    return len(data[:count].decode(errors="surrogateescape"))
