"""Which file of a directory defines a function: for callees that the file under check does not define itself.

Assumes kernel style, where a definition starts in the first column, and that what a subsystem calls across files mostly
lies in its own directory.  Example: `Siblings(checkout).defining("mm/a.c", "f")` is "mm/b.c" when that file holds
`int f(void)\\n{`, and None when only a declaration of f is there.
"""

import re
from collections.abc import Set
from dataclasses import dataclass, field

from kpatchlint.tree.checkout import Checkout

# a definition in kernel style: from a name in a line that begins in the first column to a brace in it
_DEFINITION = re.compile(
    rb"^(?=[A-Za-z_])[^\n;={}#]*?\b(\w+)\s*\([^;{}]*\)[^;{}()]*\n?\{(.*?)^\}", re.MULTILINE | re.DOTALL
)
_WORD = re.compile(rb"[A-Za-z_]\w*(?=\s*\()")
_HEAD = re.compile(rb"[^;{}]*\{")


@dataclass(frozen=True)
class Siblings:
    """Looks through the `.c` files of a directory, each read once."""

    checkout: Checkout
    _texts: dict[str, list[tuple[str, bytes]]] = field(default_factory=dict)
    _known: dict[tuple[str, str], str | None] = field(default_factory=dict)
    _words: dict[str, dict[bytes, frozenset[bytes]]] = field(default_factory=dict)

    def defining(self, path: str, name: str) -> str | None:
        """The path of another file in the directory of `path` that defines the non-static function `name`."""
        folder = path.rpartition("/")[0] or "."
        if (folder, name) not in self._known:
            found = (file for file, text in self._files(folder) if file != path and _defines(text, name.encode()))
            self._known[folder, name] = next(found, None)
        return self._known[folder, name]

    def reaches(self, path: str, name: str, wanted: Set[bytes]) -> bool:
        """Whether the function, or one of the same file that it may call, names one of `wanted`."""
        if path not in self._words:
            self._words[path] = _definitions(self.read(path))
        words, waiting, seen = self._words[path], [name.encode()], set[bytes]()
        while waiting:
            found = words.get(waiting.pop(), frozenset()) - seen
            if not wanted.isdisjoint(found):
                return True
            seen |= found
            waiting.extend(found & words.keys())
        return False

    def read(self, path: str) -> bytes:
        """The text of a file that `defining` named."""
        return self.checkout.read(path) or b""

    def _files(self, folder: str) -> list[tuple[str, bytes]]:
        if folder not in self._texts:
            root = self.checkout.root / folder
            names = sorted(p.name for p in root.glob("*.c")) if root.is_dir() else []
            paths = [name if folder == "." else f"{folder}/{name}" for name in names]
            self._texts[folder] = [(path, self.read(path)) for path in paths]
        return self._texts[folder]


def _defines(text: bytes, name: bytes) -> bool:
    at = text.find(name + b"(")
    while at >= 0:
        start = text.rfind(b"\n", 0, at) + 1
        line = text[start:at]
        first = not line or line[:1].isalpha() or line[:1] == b"_"
        whole = not line or not (line[-1:].isalnum() or line[-1:] == b"_")
        if first and whole and not line.startswith(b"static") and _HEAD.match(text, at + len(name)):
            return True
        at = text.find(name + b"(", at + 1)
    return False


def _definitions(text: bytes) -> dict[bytes, frozenset[bytes]]:
    """The functions a file defines, and what each of them seems to call."""
    found: dict[bytes, frozenset[bytes]] = {}
    for definition in _DEFINITION.finditer(text):
        called = frozenset(_WORD.findall(definition[2]))
        found[definition[1]] = found.get(definition[1], frozenset()) | called
    return found
