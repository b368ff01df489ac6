"""What a caller can do: the operations, and the alphabets whose words are callers.

Words know tests only together with the way out ("read the entry, return unless it is a migration entry"); path
alphabets have the bare read and both outcomes of each test, so every structured program falls apart into words.
Example: `ALPHABETS["v6.1"].programs[Op.WAIT_NULL]` is the program text of a wait that is given NULL.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kpatchlint.model.api import APIS, Api
from kpatchlint.model.fragment import (
    FAULT_COPY,
    FAULT_HUGE,
    FAULT_PMD,
    FAULT_RCU,
    FAULT_STAYS,
    MAP_LOCK_RCU,
    WAIT,
    WAIT_UNMAP,
)


class Op(StrEnum):
    """One operation of a caller; the value is its name in words, automata and `kernel.toml`."""

    MAP_LOCK = "ML"
    MAP = "M"
    LOCK = "L"
    UNLOCK = "U"
    UNMAP = "UM"
    UNMAP_UNLOCK = "UU"
    READ_TEST = "RD"
    READ = "RR"
    IS_ENTRY = "?m"
    NO_ENTRY = "!m"
    NULL_CHECK = "NC"
    IS_NULL = "?n"
    NOT_NULL = "!n"
    TOUCH = "T"
    WAIT_PTEP = "WL"
    WAIT_NULL = "WN"
    WAIT = "W2"
    WAIT_MM = "WM"
    WAIT_OTHER = "WP"
    MAP_SECOND = "M2"
    UNMAP_SECOND = "UM2"
    PMD_LOCK = "PL"
    WAIT_PMD = "WPk"
    WAIT_COPY = "WPS"
    VMA_LOCK = "VL"
    VMA_UNLOCK = "VU"
    HUGE_LOCK = "HL"
    WAIT_HUGE = "WH"
    RETURN = "RET"


def _callee(body: str, entering: str = "enter") -> str:
    return f"{entering}\n{body}\nleave"


_PLAIN: Mapping[Op, str] = {
    Op.LOCK: "lock_ptl",
    Op.UNLOCK: "unlock_ptl",
    Op.UNMAP: "unmap",
    Op.UNMAP_UNLOCK: "unlock_ptl\nunmap",
    Op.READ_TEST: "read_entry\nassume_entry",
    Op.READ: "read_entry",
    Op.IS_ENTRY: "assume_entry",
    Op.NO_ENTRY: "assume_no_entry",
    Op.NULL_CHECK: "assume_mapped",
    Op.IS_NULL: "assume_null",
    Op.NOT_NULL: "assume_mapped",
    Op.TOUCH: "touch_entry",
    Op.WAIT_OTHER: "may_sleep",
    Op.MAP_SECOND: "map_second",
    Op.UNMAP_SECOND: "unmap_second",
    Op.RETURN: "finish",
}
_STAYS: Mapping[Op, str] = dict(_PLAIN) | {
    Op.MAP_LOCK: "map_table\nlock_ptl",
    Op.MAP: "map_table",
    Op.WAIT_PTEP: WAIT_UNMAP,
    Op.WAIT_NULL: WAIT,
    Op.WAIT_MM: _callee(FAULT_STAYS),
}
_RCU: Mapping[Op, str] = dict(_PLAIN) | {
    Op.MAP_LOCK: MAP_LOCK_RCU,
    Op.MAP: "try_map",
    Op.WAIT: WAIT,
    Op.WAIT_MM: _callee(FAULT_RCU),
}
_PMD: Mapping[Op, str] = dict(_PLAIN) | {
    Op.PMD_LOCK: "lock_ptl",
    Op.READ: "read_direct",
    Op.WAIT_PTEP: WAIT_UNMAP,
    Op.WAIT_NULL: WAIT,
    Op.WAIT: WAIT,
    Op.WAIT_PMD: _callee(FAULT_PMD),
    Op.WAIT_COPY: _callee(FAULT_COPY, "enter_copy"),
}
_HUGE: Mapping[Op, str] = dict(_PLAIN) | {
    Op.VMA_LOCK: "lock_vma\nwalk",
    Op.VMA_UNLOCK: "unlock_vma",
    Op.HUGE_LOCK: "lock_ptl",
    Op.READ: "read_direct@read_huge",
    Op.WAIT: WAIT,
    Op.WAIT_HUGE: _callee(FAULT_HUGE),
}


@dataclass(frozen=True, slots=True)
class Alphabet:
    """The operations of a class of callers, each with its program text, and the interface they call."""

    name: str
    api: str
    programs: Mapping[Op, str]

    @property
    def ops(self) -> tuple[Op, ...]:
        """The operations, in the order they were given."""
        return tuple(self.programs)

    @property
    def interface(self) -> Api:
        """What is called."""
        return APIS[self.api]


def _alphabet(name: str, api: str, programs: Mapping[Op, str], ops: str) -> Alphabet:
    return Alphabet(name, api, {op: programs[op] for op in map(Op, ops.split())})


_V6_1 = "ML M L U UM UU {} T WL WN WM WP RET"
_V6_5 = "ML M U UM UU {} T W2 WM WP RET"
_TESTS = "RR ?m !m"
_NULLS = "?n !n"
_DST = " M2 UM2"
ALPHABETS: Mapping[str, Alphabet] = {
    alphabet.name: alphabet
    for alphabet in (
        _alphabet("v6.1", "v6.1", _STAYS, _V6_1.format("RD")),
        _alphabet("v6.1-dst", "v6.1", _STAYS, _V6_1.format("RD") + _DST),
        _alphabet("v6.1-paths", "v6.1", _STAYS, _V6_1.format(_TESTS)),
        _alphabet("v6.1-paths-dst", "v6.1", _STAYS, _V6_1.format(_TESTS) + _DST),
        _alphabet("v6.5", "v6.5", _RCU, _V6_5.format("RD NC")),
        _alphabet("v6.5-dst", "v6.5", _RCU, _V6_5.format("RD NC") + _DST),
        _alphabet("v6.5-paths", "v6.5", _RCU, _V6_5.format(f"{_TESTS} {_NULLS}")),
        _alphabet("v6.5-paths-dst", "v6.5", _RCU, _V6_5.format(f"{_TESTS} {_NULLS}") + _DST),
        _alphabet("v6.1-pmd", "v6.1-pmd", _PMD, f"PL U {_TESTS} WL WN WPk WPS RET"),
        _alphabet("v6.5-pmd", "v6.5-pmd", _PMD, f"PL U {_TESTS} W2 WPk WPS RET"),
        _alphabet("v6.5-hugetlb", "v6.5-hugetlb", _HUGE, f"VL VU HL U {_TESTS} W2 WH RET"),
    )
}
"""Every alphabet by name: the api, `-paths` with bare reads and both arms of tests, `-dst` with a second mapping."""
