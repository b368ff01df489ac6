"""Which file of a directory defines a function: for callees that the file under check does not define itself.

Assumes kernel style, where a definition starts in the first column, and that what a subsystem calls across files mostly
lies in its own directory.  Example: `Siblings(checkout).defining("mm/a.c", "f")` is "mm/b.c" when that file holds
`int f(void)\\n{`, and None when only a declaration of f is there.
"""

import re
from dataclasses import dataclass, field

from kpatchlint.tree.checkout import Checkout

_HEAD = re.compile(rb"[^;{}]*\{")


@dataclass(frozen=True)
class Siblings:
    """Looks through the `.c` files of a directory, each read once."""

    checkout: Checkout
    _texts: dict[str, list[tuple[str, bytes]]] = field(default_factory=dict)
    _known: dict[tuple[str, str], str | None] = field(default_factory=dict)

    def defining(self, path: str, name: str) -> str | None:
        """The path of another file in the directory of `path` that defines the non-static function `name`."""
        folder = path.rpartition("/")[0] or "."
        if (folder, name) not in self._known:
            found = (file for file, text in self._files(folder) if file != path and _defines(text, name.encode()))
            self._known[folder, name] = next(found, None)
        return self._known[folder, name]

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
