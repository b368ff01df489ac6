"""Apply the hunks of one file as `git apply` does, without fuzz.

A hunk is looked for at its stated line, then further down and further up in turn; all its old lines must
match byte for byte, a hunk that starts the file or ends it must do so, and no hunk may touch what an earlier
one has written.  Example: with one line inserted above by somebody else, a hunk for line 10 is found on 11.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import compress, count

from msgspec import Struct

from kpatchlint.patch.diff import Hunk
from kpatchlint.regex import regex
from kpatchlint.source import lines_of

# Lines compared while hunks are looked for: some seconds.  A hunk of a real patch is found within some thousand.
MOST_COMPARED = 6_000_000

_BLANKS = b" \t\r\n"
# of an address, or the dots or crosses that an archive puts in its place
_DOMAIN = regex(rb"@[\w.-]+")


class ImageLine(Struct, frozen=True):
    """One line of a file that is being patched.

    origin     its line in the old file, 0 for an added one
    mail_line  its line in the mail, 0 where no hunk names it
    touched    added, or next to a removed line
    """

    text: bytes
    origin: int
    mail_line: int = 0
    touched: bool = False


class Image(Struct):
    """The lines of a file that is being patched, by the fields of `ImageLine`: most lines are never looked at."""

    texts: list[bytes]
    origins: list[int]
    mail_lines: list[int]
    touched: list[bool]

    def put(self, at: int, removed: int, lines: Sequence[ImageLine]) -> None:
        """Put lines in the place of so many others."""
        rows = slice(at, at + removed)
        self.texts[rows] = [line.text for line in lines]
        self.origins[rows] = [line.origin for line in lines]
        self.mail_lines[rows] = [line.mail_line for line in lines]
        self.touched[rows] = [line.touched for line in lines]


class Applied(Struct, frozen=True, dict=True):
    """The new file, and which lines of the old one stand in the mail: `before` leads from line to line."""

    image: Image
    before: dict[int, int]

    @cached_property
    def text(self) -> bytes:
        """The bytes of the new file."""
        return b"".join(self.image.texts)

    @property
    def touched(self) -> frozenset[int]:
        """The lines, from 1, that are added or stand next to a removed one."""
        return frozenset(compress(count(1), self.image.touched))


class TooFarError(Exception):
    """The hunks so far have taken too long to be found."""


class HunkError(Exception):
    """Hunk `number`, from 1, fits nowhere; `mangled` says what an archive did to it, empty when that is not it."""

    def __init__(self, number: int, mangled: str = "", what: str = "does not apply") -> None:
        super().__init__(f"hunk {number} {what}")
        self.number, self.mangled = number, mangled


def apply(text: bytes, hunks: Sequence[Hunk]) -> Applied:
    """The file `text` with `hunks` applied in order.  Raises `HunkError`."""
    image = image_of(text)
    before: dict[int, int] = {}
    search = _Search(image)
    for number, hunk in enumerate(hunks, 1):
        old = old_lines(hunk)
        try:
            at = search.find(hunk, old)
        except TooFarError as error:
            raise HunkError(number, what="is too far from the line it names") from error
        if at is None:
            raise HunkError(number, _mangled(image, old))
        removed = image.origins[at : at + len(old)]
        pairs = zip(removed, hunk.before, strict=True)
        before.update((origin, named.mail_line) for origin, named in pairs)
        image.put(at, len(old), _replacement(hunk, removed))
    return Applied(image, before)


def image_of(text: bytes) -> Image:
    """The lines of a file, as no patch has touched them yet."""
    lines = lines_of(text)
    return Image(lines, list(range(1, len(lines) + 1)), [0] * len(lines), [False] * len(lines))


def old_lines(hunk: Hunk) -> list[bytes]:
    """The old file's lines of a hunk, with their line ends."""
    return _with_ends([line.text for line in hunk.before], hunk.old_no_newline)


def new_lines(hunk: Hunk) -> list[bytes]:
    """The new file's lines of a hunk, with their line ends."""
    return _with_ends([line.text for line in hunk.after], hunk.new_no_newline)


def _with_ends(texts: Sequence[bytes], open_end: bool) -> list[bytes]:
    lines = [text + b"\n" for text in texts]
    if open_end and lines:
        lines[-1] = lines[-1][:-1]
    return lines


def touched_rows(hunk: Hunk) -> list[bool]:
    """For each line of the hunk's new side, whether the patch adds it or removes a line next to it."""
    kinds = [line.kind for line in hunk.lines]
    near = [kind == "+" or "-" in kinds[max(row - 1, 0) : row + 2] for row, kind in enumerate(kinds)]
    return [touched for touched, kind in zip(near, kinds, strict=True) if kind != "-"]


def _replacement(hunk: Hunk, removed: Sequence[int]) -> list[ImageLine]:
    """What stands after the hunk; `removed` has the origins of the lines that stood before it."""
    kept = iter([origin for origin, named in zip(removed, hunk.before, strict=True) if named.kind == " "])
    named = zip(new_lines(hunk), hunk.after, touched_rows(hunk), strict=True)
    return [ImageLine(text, next(kept) if line.kind == " " else 0, line.mail_line, touched)
            for text, line, touched in named]


class _Search:
    """Looks for hunks in a file that changes under it, and counts what that costs."""

    def __init__(self, image: Image) -> None:
        self.image = image
        self.compared = 0

    def find(self, hunk: Hunk, old: Sequence[bytes]) -> int | None:
        """Where the hunk fits: the new start, because the hunks before it have already moved what lies below."""
        last = len(self.image.texts) - len(old)
        # git lets a hunk without context above or below only match where the file begins or ends.
        at_start = hunk.old_start <= 1
        at_end = hunk.lines[-1].kind != " "
        if at_start or at_end:
            only = 0 if at_start else last
            fits = 0 <= only <= last and self._matches(only, old)
            return only if fits and (not at_end or self._ends_with(only, old)) else None
        nearest = _outwards(min(max(hunk.new_start - 1, 0), len(self.image.texts)), last)
        return next((at for at in nearest if self._matches(at, old)), None)

    def _ends_with(self, at: int, old: Sequence[bytes]) -> bool:
        return self.image.texts[at:] == old

    def _matches(self, at: int, old: Sequence[bytes]) -> bool:
        for ahead, text in enumerate(old):
            self.compared += 1
            if self.image.mail_lines[at + ahead] or not _equal(self.image.texts[at + ahead], text):
                break
        else:
            return True
        if self.compared > MOST_COMPARED:
            raise TooFarError
        return False


def _outwards(start: int, last: int) -> Iterator[int]:
    """`start`, then one further, one nearer, two further and so on, within 0 and `last`."""
    for distance in range(max(start, last - start) + 1):
        steps = (start + distance, start - distance) if distance else (start,)
        yield from (at for at in steps if 0 <= at <= last)


def _equal(line: bytes, old: bytes) -> bool:
    # An old line has no newline where the patch says that the file ends so.  Unless the hunk has to end the
    # file, git compares no further than that line reaches, and glues what follows to it.
    rest = line.removeprefix(old)
    open_end = not old.endswith(b"\n") and len(rest) < len(line) and not rest.strip(_BLANKS)
    return line == old or open_end


def _mangled(image: Image, old: Sequence[bytes]) -> str:
    """What was done to the old lines of a hunk that would fit without it."""
    if _fits(image.texts, old, _without_blanks):
        return "white space differs"
    return "addresses were masked" if _fits(image.texts, old, _without_addresses) else ""


def _fits(image: Sequence[bytes], old: Sequence[bytes], plain: Callable[[bytes], bytes]) -> bool:
    whole = b"\n".join(map(plain, image))
    return bool(old) and b"\n".join(map(plain, old)) in whole


def _without_blanks(line: bytes) -> bytes:
    return b"".join(line.split())


def _without_addresses(line: bytes) -> bytes:
    return _without_blanks(_DOMAIN.sub(b"@", line))
