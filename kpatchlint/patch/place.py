"""Where the fragments that a reply quotes stand in a file of a tree.

A quote has lost what `git apply` needs: line numbers, context, tabs, the empty lines at its ends.  So lines count as
equal when they differ in white space only, a fragment must have one place where all its old lines stand together, or
one that is nearest to the line it names, and the tree's own text is kept for its context.  A tree that has the patch
already is put back first.  Example: the quoted lines `> -\\ta();` and `> +\\tb();` have a place in a file with one call
of a(), and none in a file with two.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from kpatchlint.patch.apply import Applied, ImageLine, image_of, touched_rows
from kpatchlint.patch.diff import Hunk

# fewer lines may stand in a file that has never seen the patch
_FEWEST_LINES = 3
_REVERSED = {" ": " ", "+": "-", "-": "+"}


class Placed(Struct, frozen=True):
    """The file before the quoted patch, the file after it, and the hunks that have no place in it."""

    before: bytes
    after: Applied
    left: tuple[Hunk, ...]


def place(text: bytes, hunks: Sequence[Hunk]) -> Placed:
    """The file `text`, which may have the patch already, with those hunks applied that have a place."""
    forward = _Image(text).placed(hunks)
    if len(forward.left) < len(hunks):
        return forward
    backward = [_reversed(hunk) for hunk in hunks]
    undone = _Image(text).placed(backward) if all(map(_tells, backward)) else forward
    return forward if undone.left else _Image(undone.after.text).placed(hunks)


def _tells(hunk: Hunk) -> bool:
    """Whether the old side is long enough to be no chance match."""
    return sum(bool(line.text.strip()) for line in hunk.before) >= _FEWEST_LINES


def _reversed(hunk: Hunk) -> Hunk:
    lines = tuple(replace(line, kind=_REVERSED[line.kind]) for line in hunk.lines)
    old, new = (hunk.old_start, hunk.old_count), (hunk.new_start, hunk.new_count)
    return replace(
        hunk, old_start=new[0], old_count=new[1], new_start=old[0], new_count=old[1], lines=lines
    )


def _plain(line: bytes) -> bytes:
    return b" ".join(line.split())


class _Image:
    """The lines of one file, with an index of what stands where."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.image = image_of(text)
        self.plain = list(map(_plain, self.image.texts))
        self.rows: dict[bytes, list[int]] = {}
        for row, plain in enumerate(self.plain):
            self.rows.setdefault(plain, []).append(row)

    def placed(self, hunks: Sequence[Hunk]) -> Placed:
        """The hunks from the top to the bottom; the rows of the file are taken once."""
        found: dict[int, Hunk] = {}
        free = 0
        for hunk in hunks:
            at = self._find([_plain(line.text) for line in hunk.before], hunk.old_start, free)
            if at >= 0:
                found[at] = hunk
                free = at + len(hunk.before)
        placed = {id(hunk) for hunk in found.values()}
        left = tuple(hunk for hunk in hunks if id(hunk) not in placed)
        return Placed(self.text, self._applied(found), left)

    def _find(self, old: Sequence[bytes], start: int, free: int) -> int:
        """The row from `free` on at which `old` stands, -1 when there is none or more than one to choose from."""
        rarest = min((plain for plain in old if plain), key=lambda p: len(self.rows.get(p, ())), default=b"")
        if not rarest:
            return -1
        ahead = old.index(rarest)
        starts = [row - ahead for row in self.rows.get(rarest, ()) if row - ahead >= free]
        fitting = [at for at in starts if self.plain[at : at + len(old)] == old]
        if start and fitting:
            return min(fitting, key=lambda at: abs(at + 1 - start))
        return fitting[0] if len(fitting) == 1 else -1

    def _applied(self, found: dict[int, Hunk]) -> Applied:
        before: dict[int, int] = {}
        # from the last on, so that the rows of the others stay
        for at, hunk in reversed(found.items()):
            rows = slice(at, at + len(hunk.before))
            removed = list(map(ImageLine, self.image.texts[rows], self.image.origins[rows]))
            before.update((line.origin, named.mail_line) for line, named in zip(removed, hunk.before, strict=True))
            self.image.put(at, len(removed), _replacement(hunk, removed))
        return Applied(self.image, before)


def _replacement(hunk: Hunk, removed: Sequence[ImageLine]) -> list[ImageLine]:
    """What stands after the hunk, its context as the file has it."""
    kept = iter([line for line, named in zip(removed, hunk.before, strict=True) if named.kind == " "])
    rows = zip(hunk.after, touched_rows(hunk), strict=True)
    return [
        replace(
            next(kept) if line.kind == " " else ImageLine(line.text + b"\n", 0),
            mail_line=line.mail_line, touched=touched,
        )
        for line, touched in rows
    ]
