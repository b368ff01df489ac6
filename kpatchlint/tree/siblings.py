"""Which file defines a function that the file under check calls, but does not define itself.

Assumes kernel style, where a definition starts in the first column, and that what a subsystem calls across files mostly
lies in its own directory, in the headers beside the files, too.  What a patch changes is looked into wherever it lies.
Example:
`Siblings(tree, definitions).defining("mm/a.c", "f")` is "mm/b.c" when that file holds `int f(void)\\n{`, and None when
only a declaration of f is there.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence, Set
from functools import cached_property
from itertools import accumulate, chain
from typing import TypeVar, cast

from msgspec import Struct

from kpatchlint.regex import regex
from kpatchlint.source import occurrences
from kpatchlint.tree.files import Files, Overlay, keep
from kpatchlint.tree.kept import digest

# a definition in kernel style: from a name in a line that begins in the first column to a brace in it
_DEFINITION = regex(
    rb"^(?=[A-Za-z_])[^\n;={}#]*?\b(\w+)\s*\([^;{}]*\)[^;{}()]*\n?\{(.*?)^\}", re.MULTILINE | re.DOTALL
)
_WORD = regex(rb"[A-Za-z_]\w*(?=\s*\()")
_HEAD = regex(rb"[^;{}]*\{")
# a line with a bracket in which a definition that other files can see may begin, and what stands before a bracket in
# it; a pattern that begins with a fixed byte is found four times as fast as the start of a line
_SEEN = regex(rb"\n(?!static)[A-Za-z_][^\n(]*\(.*")
_IN_HEADER = regex(rb"\n[A-Za-z_][^\n(]*\(.*")
_NAMED = regex(rb"\w+\(")
# names looked for in a folder before all of it is read for those that it may define, which takes as long as these
MANY_NAMES = 6
# a scan goes from folder to folder: texts of more of them, and definitions of more files, are read again when asked for
MOST_FOLDERS, MOST_FILES = 4, 40
T = TypeVar("T")


class _Folder(Struct, frozen=True, dict=True):
    """The files of a folder as one text, which is searched faster than many; `ends` says where each ends.

    headers  where the headers begin, whose static functions others see, too
    """

    paths: tuple[str, ...]
    text: bytes
    ends: tuple[int, ...]
    headers: int

    @cached_property
    def _lines(self) -> tuple[bytes, list[int], list[int]]:
        """The lines in which a function that others see may begin, where each begins there, and how far that is from
        where it begins in the text."""
        text = b"\n" + self.text
        found = [*_SEEN.finditer(text, 0, self.headers + 1), *_IN_HEADER.finditer(text, self.headers)]
        lines = [line[0] for line in found]
        starts = [0, *accumulate(map(len, lines))]
        return b"".join(lines), starts, [line.start() - 1 - start for line, start in zip(found, starts, strict=False)]

    @cached_property
    def seen(self) -> frozenset[bytes]:
        """What a function that others see may be called, with the bracket behind it."""
        return frozenset(_NAMED.findall(self._lines[0]))

    def defining(self, name: bytes) -> tuple[str, ...]:
        """The files that define a function that others see."""
        return self._among(name, occurrences(self.text, name + b"("))

    def defining_seen(self, name: bytes) -> tuple[str, ...]:
        """The same of one that may be seen; all lines are looked at once, and few of them again for each name."""
        lines, starts, before = self._lines
        places = occurrences(lines, name + b"(") if name + b"(" in self.seen else ()
        return self._among(name, (at + before[bisect_right(starts, at) - 1] for at in places))

    def _among(self, name: bytes, places: Iterable[int]) -> tuple[str, ...]:
        numbers = ((at, bisect_right(self.ends, at)) for at in places)
        ends, inline = self.ends, self.headers
        found = (number for at, number in numbers if _defined(self.text, name, at, at >= inline, ends[number] - 1))
        return tuple(self.paths[number] for number in dict.fromkeys(found))


class Definitions(Struct, frozen=True):
    """Which files of a folder define a function; each file is read once, and asked once what it is known by."""

    files: Files
    _texts: dict[str, _Folder] = {}
    _known: dict[tuple[str, str], tuple[str, ...]] = {}
    _identities: dict[str, bytes] = {}
    _asked: dict[str, int] = {}

    def of(self, folder: str, name: str) -> tuple[str, ...]:
        """The files of a folder that define the function `name` for others: a `.c` file before a header."""
        if (folder, name) not in self._known:
            self._asked[folder] = self._asked.get(folder, 0) + 1
            inside = self._in(folder)
            found = inside.defining if self._asked[folder] <= MANY_NAMES else inside.defining_seen
            self._known[folder, name] = found(name.encode())
        return self._known[folder, name]

    def identity(self, path: str) -> bytes:
        """See `Files`."""
        if path not in self._identities:
            self._identities[path] = self.files.identity(path)
        return self._identities[path]

    def _in(self, folder: str) -> _Folder:
        if folder not in self._texts:
            paths = looked_into(self.files, folder)
            texts = [self.files.read(path) or b"" for path in paths]
            # each ends in a newline of its own, so that a line is of one file
            ends = tuple(accumulate(len(text) + 1 for text in texts))
            code = sum(path.endswith(".c") for path in paths)
            whole = _Folder(paths, b"\n".join((*texts, b"")), ends, ends[code - 1] if code else 0)
            keep(self._texts, folder, whole, MOST_FOLDERS)
        return self._texts[folder]


def looked_into(files: Files, folder: str) -> tuple[str, ...]:
    """The `.c` files of a folder, and the headers beside them."""
    names = files.names(folder)
    code = [name for name in names if name.endswith(".c")]
    headers = [name for name in names if name.endswith(".h")] if code else []
    return tuple(name if folder == "." else f"{folder}/{name}" for name in (*code, *headers))


class Siblings(Struct, frozen=True):
    """Looks through the directory of a file, and through `patched` files; `known` is of the tree below.

    headers_only  whether it looks into headers alone
    """

    tree: Overlay
    known: Definitions
    patched: Sequence[str] = ()
    headers_only: bool = False
    _bodies: dict[str, dict[bytes, bytes]] = {}
    _patched: dict[str, list[str]] = {}
    _told: dict[tuple[str, Callable[[Iterable[bytes]], object]], object] = {}

    def defining(self, path: str, name: str) -> str | None:
        """The path of another file that defines the function `name`: patched, or in the directory of `path`."""
        if name not in self._patched:
            texts = ((file, self.read(file), file.endswith(".h")) for file in self.patched)
            self._patched[name] = [file for file, text, header in texts if defines(text, name.encode(), header)]
        folder = path.rpartition("/")[0] or "."
        unchanged = (file for file in self.known.of(folder, name) if file not in self.patched)
        found = (file for file in chain(self._patched[name], unchanged) if file != path)
        return next((file for file in found if file.endswith(".h") or not self.headers_only), None)

    def beside(self, path: str) -> bytes:
        """What is another when what callees of a file may do is: the other files in which `defining` looks."""
        folder = path.rpartition("/")[0] or "."
        files = [*looked_into(self.tree, folder), "", *self.patched]
        told = ((file.encode(errors="surrogateescape"), self._identity(file)) for file in files if file != path)
        return digest(part for pair in told for part in pair)

    def _identity(self, path: str) -> bytes:
        return self.tree.identity(path) if path in self.tree.state else self.known.identity(path)

    def reaches(self, path: str, name: str, wanted: Set[bytes]) -> bool:
        """Whether the function, or one of the same file that it may call, names one of `wanted`.

        What patches change is always worth a look: that it takes or gives back nothing may be what is new.
        """
        if path in self.patched:
            return True
        if path not in self._bodies:
            keep(self._bodies, path, _definitions(self.read(path)), MOST_FILES)
        bodies, waiting, seen = self._bodies[path], [name.encode()], set[bytes]()
        while waiting:
            found = frozenset(_WORD.findall(bodies.get(waiting.pop(), b""))) - seen
            if not wanted.isdisjoint(found):
                return True
            seen |= found
            waiting.extend(found & bodies.keys())
        return False

    def told(self, path: str, of: Callable[[Iterable[bytes]], T]) -> T:
        """What `of` says of the texts of the `.c` files in the directory of `path`; asked once for each directory."""
        folder = path.rpartition("/")[0] or "."
        if (folder, of) not in self._told:
            inside = (name if folder == "." else f"{folder}/{name}" for name in self.tree.names(folder))
            self._told[folder, of] = of(self.read(file) for file in inside if file.endswith(".c"))
        return cast(T, self._told[folder, of])

    def read(self, path: str) -> bytes:
        """The text of a file that `defining` named."""
        return self.tree.read(path) or b""


def defines(text: bytes, name: bytes, inline: bool = False) -> bool:
    """Whether a text defines a function; `inline` says that a static one counts, too, as it does in a header."""
    return any(_defined(text, name, at, inline, len(text)) for at in occurrences(text, name + b"("))


def _defined(text: bytes, name: bytes, at: int, inline: bool, end: int) -> bool:
    """Whether a use of a name before a bracket is its definition; the text of its file ends at `end`."""
    line = text[text.rfind(b"\n", 0, at) + 1 : at]
    first = not line or line[:1].isalpha() or line[:1] == b"_"
    whole = not line or not (line[-1:].isalnum() or line[-1:] == b"_")
    hidden = line.startswith(b"static") and not inline
    return first and whole and not hidden and _HEAD.match(text, at + len(name), end) is not None


def _definitions(text: bytes) -> dict[bytes, bytes]:
    """The functions a file defines, and the body of each, or of all of that name."""
    found: dict[bytes, bytes] = {}
    for definition in _DEFINITION.finditer(text):
        name, body = definition[1], definition[2]
        found[name] = found[name] + b";" + body if name in found else body
    return found
