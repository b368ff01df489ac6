"""Which names a file has in its code, and which its comments speak of: by bytes, without a parse.

Assumption: what stands outside comments exists, strings included, because names of clocks, files, algorithms and
assembly stand in strings.  In a comment `f(`, `struct f`, `%F` and `&f` claim that the tree has that name; any other
word with an underscore is only said.  Example: of

    int f_oo; /* f_oo is g_oo(), or h_oo */

the names are {int, f_oo}, claimed is {g_oo}, and said is {f_oo, g_oo, h_oo}.
"""

import re
from collections.abc import Collection, Sequence
from itertools import chain

from msgspec import Struct

from kpatchlint.tree.paste import Define, assembled, pasting

# Files that hold C comments, and in which comments are looked for.
COMMENTED = (".c", ".h")
_C_LIKE = (*COMMENTED, ".S", ".rs", ".lds", ".y", ".l", ".inc", ".cc", ".cpp", ".c_shipped", ".h_shipped", ".dtsi")
_SCRIPTS = (".py", ".sh", ".pl", ".awk", ".tbl", "")
_INDEXED = frozenset((*_C_LIKE, *_SCRIPTS))
_DOCUMENTS = "Documentation/"
_OPTIONS = "Kconfig"
# Programs of their own, which the kernel's comments do not mean.
_PROGRAMS = ("tools/", "samples/", "scripts/")

# Fast on nearly all files; where a quote stands before a comment in one line, strings are stepped over as well.  A
# fixed first byte and a star over what is not special are worth a third of the time.
_COMMENT = rb"/(?:\*[^*]*\*+(?:[^/*][^*]*\*+)*/|/[^\\\n]*(?:\\[\s\S][^\\\n]*)*)"
_COMMENTS = re.compile(b"(" + _COMMENT + b")")
_SAFE = re.compile(b"(" + _COMMENT + rb"""|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\.)*')""")
_QUOTED = re.compile(rb'"[^"\n]*/[/*]')
# Searches for a fixed beginning are five times as fast as one for any of them.
_TAGS = (rb"struct[ \t]+(\w+)", rb"union[ \t]+(\w+)", rb"enum[ \t]+(\w+)")
_CLAIMS = (*_TAGS, rb"%([A-Za-z_]\w*)", rb"&([A-Za-z_]\w*)")
_CLAIMING = tuple(re.compile(claim) for claim in _CLAIMS)
_REMARK = re.compile(rb"#(?<![^ \t\n]#).*")
_CONFIG = re.compile(rb"^[ \t]*(?:menu)?config[ \t]+(\w+)", re.M)
_DEFINED = re.compile(rb"^\.\. +c:\w+:: *(.*)", re.M)
_CALLED = 1
# As a number: Python looks for that in bytes four times as fast as for a byte.
_UNDERSCORE, _OPENED = ord("_"), ord("(")
_TO_WORDS = bytes(c if chr(c).isalnum() or (c in b"_" and c < 128) else 32 for c in range(128)) + b" " * 128
_TO_CALLS = bytes(_CALLED if c == _CALLED else _TO_WORDS[c] for c in range(256))


class Facts(Struct, frozen=True):
    """What one file says of names; see the module.  `code` is what has the names."""

    code: bytes
    said: frozenset[bytes] = frozenset()
    claimed: frozenset[bytes] = frozenset()
    defines: Sequence[Define] = ()
    calls: Collection[bytes] = ()

    @property
    def names(self) -> frozenset[bytes]:
        """The names of the file."""
        return frozenset(words(self.code))


def indexed(path: str) -> bool:
    """Whether a file of this name can define something that C code may name."""
    suffix = _suffix(path)
    if path.startswith(_DOCUMENTS):
        return suffix == ".rst"
    return suffix in _INDEXED or _name(path).startswith(_OPTIONS)


def is_program(path: str) -> bool:
    """Whether a file belongs to a program that is kept with the kernel."""
    return path.startswith(_PROGRAMS)


def _name(path: str) -> str:
    return path[path.rfind("/") + 1 :]


def _suffix(path: str) -> str:
    """What `PurePosixPath.suffix` is, at a tenth of its time."""
    dot = path.rfind(".", path.rfind("/") + 2)
    return path[dot:] if 0 < dot < len(path) - 1 else ""


def facts(path: str, text: bytes) -> Facts:
    """The names of one file; `path` decides how it is read."""
    if _name(path).startswith(_OPTIONS):
        return Facts(_options(text))
    if path.startswith(_DOCUMENTS):
        return Facts(b" ".join(_DEFINED.findall(text)))
    suffix = _suffix(path)
    return _of_c(text, suffix) if suffix in _C_LIKE else Facts(_REMARK.sub(b"", text))


def _options(text: bytes) -> bytes:
    names = set(_CONFIG.findall(text))
    return b" ".join(each for name in names for each in (name, b"CONFIG_" + name, b"CONFIG_" + name + b"_MODULE"))


def words(text: bytes) -> list[bytes]:
    """Every word of a text, in order."""
    return text.translate(_TO_WORDS).split()


def code_words(text: bytes) -> frozenset[bytes]:
    """The words of the code of a C text."""
    return frozenset(words(split(text)[0]))


def _of_c(text: bytes, suffix: str) -> Facts:
    code, remarks = split(text)
    defines, calls = pasting(b"\n" + code)
    if suffix == ".S":
        code = b" ".join((code, *assembled(code)))
    if suffix not in COMMENTED or not remarks:
        return Facts(code, defines=defines, calls=calls)
    return Facts(code, *_mentioned(remarks), defines, calls)


def split(text: bytes) -> tuple[bytes, bytes]:
    """The code of a C text and its comments, each in one piece with blanks between the parts."""
    if _QUOTED.search(text) is None:
        parts = _COMMENTS.split(text)
        return b" ".join(parts[::2]), b" ".join(parts[1::2])
    parts = _SAFE.split(text)
    strings = [part for part in parts[1::2] if part[:1] != b"/"]
    return b" ".join(parts[::2] + strings), b" ".join(part for part in parts[1::2] if part[:1] == b"/")


def _mentioned(remarks: bytes) -> tuple[frozenset[bytes], frozenset[bytes]]:
    """Names that comments say, and those of them that they claim."""
    # half of the lines have no name that matters
    lines = [line for line in remarks.split(b"\n") if _UNDERSCORE in line or _OPENED in line]
    told = b"\n".join(lines)
    # a call ends in a mark; it has an underscore in front, so that one question finds all words that matter
    marked = told.replace(b"(", b"_\1 ").translate(_TO_CALLS).split()
    said = {word for word in marked if _UNDERSCORE in word}
    called = {word[:-2] for word in said if word[-1] == _CALLED}
    bare = {word for word in said if word[-1] != _CALLED}
    tagged = (name for claim in _CLAIMING for name in claim.findall(told) if _UNDERSCORE in name)
    claimed = frozenset(name for name in chain(called, tagged) if _UNDERSCORE in name[1:-1])
    return frozenset((bare | called) - {b""}), claimed
