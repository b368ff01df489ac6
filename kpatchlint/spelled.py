"""Which name of the code around is meant by one that differs from it by a slip of the pen.

Assumption: names that begin with the same three letters and share nine of ten are one, if no third is like them.
Example: beside f_oo_wait, `spelled("f_oo_wiat", b"\\nf_oo_wait\\n")` is "f_oo_wait".
"""

from kpatchlint.seldom import close_matches

# As alike as a slip of the pen: one letter of ten.
_ALIKE = 0.9
_FEW_BYTES = 2


def spelled(name: str, near: bytes) -> str:
    """The one name around that differs by a slip of the pen; empty where there is none, or more than one."""
    mine = name.encode()
    # an expression would be compiled for each name, which takes longer than the search
    start = mine[:3]
    ends = [rest.partition(b"\n")[0] for rest in near.split(b"\n" + start)[1:]]
    lengths = range(len(mine) - len(start) - _FEW_BYTES, len(mine) - len(start) + _FEW_BYTES + 1)
    alike = [start + end for end in ends if len(end) in lengths and _may_be_alike(mine, start + end)]
    pool = [word.decode(errors="replace") for word in alike]
    best = close_matches(name, pool, 2, _ALIKE)
    return best[0] if len(best) == 1 else ""


def _may_be_alike(one: bytes, other: bytes) -> bool:
    """Whether they share so many letters that `_ALIKE` is possible: a quick answer for nearly all pairs."""
    shared = min(len(one) - len(set(one.translate(None, other))), len(other) - len(set(other.translate(None, one))))
    return 2.0 * shared / (len(one) + len(other)) >= _ALIKE
