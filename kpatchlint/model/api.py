"""The kernel's waiting functions through the releases: the model's own statement, from `kernel.toml` beside it.

Nothing here comes from `rules/`: a test compares the two.  An api says how its functions are called, who unmaps,
whether a map may fail, and how long a page table lives that nobody has locked.  Example:

    APIS["v6.5"].callee_unmaps is False and APIS["v6.5"].may_fail
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

Lifetime = Literal["stays", "rcu", "vma-lock"]
Level = Literal["pte", "pmd", "hugetlb"]

KERNEL = Path(__file__).with_name("kernel.toml")
"""The kernel's names, and how it spells each step."""


class Api(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One form of the interface.

    wait, params   the function that waits under the page-table lock, and its parameters
    since, until   first release that has it, first release that has not any more
    level          what kind of entry: pte (its table is mapped), pmd, hugetlb
    callee_unmaps  the waiting function unmaps a pte it is given
    may_fail       a map may return NULL
    table          what keeps an unlocked page table: it stays, rcu (while it is mapped), vma-lock
    ref            the waiter takes a reference of the folio
    calls          the statement for each operation of a caller, by the operation's name
    """

    wait: str
    params: tuple[str, ...]
    since: str
    until: str = ""
    level: Level = "pte"
    callee_unmaps: bool = False
    may_fail: bool = False
    table: Lifetime = "stays"
    ref: bool = False
    calls: Mapping[str, str] = {}

    @property
    def arity(self) -> int:
        """The number of parameters."""
        return len(self.params)


class _Kernel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`kernel.toml`."""

    hidden: frozenset[str]
    names: Mapping[str, tuple[str, ...]]
    words: Mapping[str, str]
    jumps: Mapping[str, str]
    api: Mapping[str, Api]


_DATA = msgspec.convert(tomllib.loads(KERNEL.read_text()), _Kernel)
APIS: Mapping[str, Api] = _DATA.api
"""Every api by its name."""
WORDS: Mapping[str, str] = _DATA.words
"""How the kernel writes each step."""
JUMPS: Mapping[str, str] = _DATA.jumps
"""How a litmus file writes a step that may jump, with {} for the label."""
NAMES: Mapping[str, tuple[str, ...]] = _DATA.names
"""Which operations a call of a kernel function can be."""
HIDDEN = _DATA.hidden
"""Steps that no timeline shows unless asked to."""
