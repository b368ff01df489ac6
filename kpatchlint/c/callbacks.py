"""Which functions of a file are called through a table of callbacks, and who is given the table.

Read off the text of initializers with designators; assumes that a table has its type in front and that a member is set
to the name of a function.  Example: of

    static const struct mm_walk_ops ops = { .pte_entry = f };
    int g(struct mm_struct *mm) { return walk_page_range(mm, 0, 1, &ops, NULL); }

`installed` gives `{"f": {Installed("mm_walk_ops", "pte_entry", frozenset({"walk_page_range"}))}}`.
"""

import re
from collections.abc import Mapping

from msgspec import Struct

from kpatchlint.regex import regex

_TABLE = regex(rb"\bstruct\s+(\w+)\s+(\w+)(?:\[\w*\])?\s*=\s*\{")
_MEMBER = regex(rb"\.(\w+)\s*=\s*&?(\w+)\s*(?=[,}])")


class Installed(Struct, frozen=True):
    """A function's place in a table: the table's struct, the member, and the functions that are given the table."""

    struct: str
    member: str
    given_to: frozenset[str]


def installed(text: bytes, structs: frozenset[str]) -> Mapping[str, frozenset[Installed]]:
    """The callbacks in tables of one of these structs, by the function's name."""
    found: dict[str, frozenset[Installed]] = {}
    for table in _TABLE.finditer(text) if any(struct.encode() in text for struct in structs) else ():
        if table[1].decode() in structs:
            end = text.find(b"}", table.end())
            users = _given(text, table[2])
            for member, function in _MEMBER.findall(text, table.end(), end + 1):
                place = Installed(table[1].decode(), member.decode(), users)
                found[function.decode()] = found.get(function.decode(), frozenset()) | {place}
    return found


def _given(text: bytes, table: bytes) -> frozenset[str]:
    """The functions in whose calls the address of the table is an argument; arguments in front may be calls."""
    calls = re.finditer(rb"\b(\w+)\s*\((?:[^;{}()]|\([^;{}()]*\))*?&" + table + rb"\b", text)
    return frozenset(call[1].decode() for call in calls)
