"""Which names a file has in its code, and which its comments speak of: by bytes, without a parse.

Assumption: what stands outside comments exists, strings included, because names of clocks, files, algorithms and
assembly stand in strings.  In a comment `f(`, `struct f`, `%F` and `&f` claim that the tree has that name; any other
word with an underscore is only said.  Example: of

    int f_oo; /* f_oo is g_oo(), or h_oo */

the names are {int, f_oo}, claimed is {g_oo}, and said is {f_oo, g_oo, h_oo}.
"""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from kpatchlint.tree.paste import Call, Macro, assembled, pasting

# Files that hold C comments, and in which comments are looked for.
COMMENTED = (".c", ".h")
_C_LIKE = (*COMMENTED, ".S", ".rs", ".lds", ".y", ".l", ".inc", ".cc", ".cpp", ".c_shipped", ".h_shipped", ".dtsi")
_SCRIPTS = (".py", ".sh", ".pl", ".awk", ".tbl", "")
_DOCUMENTS = "Documentation"

# Fast on nearly all files; where a quote stands before a comment in one line, strings are stepped over as well.
_COMMENT = rb"/\*[^*]*\*+(?:[^/*][^*]*\*+)*/|//(?:[^\\\n]|\\[\s\S])*"
_COMMENTS = re.compile(b"(" + _COMMENT + b")")
_SAFE = re.compile(b"(" + _COMMENT + rb"""|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\.)*')""")
_QUOTED = re.compile(rb'"[^"\n]*/[/*]')
# Four searches for a fixed beginning are five times as fast as one for any of them.
_CLAIMS = (rb"struct[ \t]+(\w+)", rb"union[ \t]+(\w+)", rb"enum[ \t]+(\w+)", rb"[%&]([A-Za-z_]\w*)")
_CLAIMING = tuple(re.compile(claim) for claim in _CLAIMS)
_REMARK = re.compile(rb"(?:^|(?<=[ \t]))#.*", re.M)
_CONFIG = re.compile(rb"^[ \t]*(?:menu)?config[ \t]+(\w+)", re.M)
_DEFINED = re.compile(rb"^\.\. +c:\w+:: *(.*)", re.M)
_CALLED = 1
_TO_WORDS = bytes(c if chr(c).isalnum() or (c in b"_" and c < 128) else 32 for c in range(128)) + b" " * 128
_TO_CALLS = bytes(_CALLED if c == _CALLED else _TO_WORDS[c] for c in range(256))


@dataclass(frozen=True, slots=True)
class Facts:
    """What one file says of names; see the module."""

    names: frozenset[bytes] = frozenset()
    said: frozenset[bytes] = frozenset()
    claimed: frozenset[bytes] = frozenset()
    macros: tuple[Macro, ...] = ()
    calls: tuple[Call, ...] = ()


def indexed(path: str) -> bool:
    """Whether a file of this name can define something that C code may name."""
    pure = PurePosixPath(path)
    if pure.parts[0] == _DOCUMENTS:
        return pure.suffix == ".rst"
    return pure.suffix in _C_LIKE or pure.suffix in _SCRIPTS or pure.name.startswith("Kconfig")


def facts(path: str, text: bytes) -> Facts:
    """The names of one file; `path` decides how it is read."""
    pure = PurePosixPath(path)
    if pure.name.startswith("Kconfig"):
        return Facts(frozenset(_options(text)))
    if pure.parts[0] == _DOCUMENTS:
        return Facts(_words(b" ".join(_DEFINED.findall(text))))
    if pure.suffix in _C_LIKE:
        return _of_c(text, pure.suffix)
    return Facts(_words(_REMARK.sub(b"", text)))


def _options(text: bytes) -> set[bytes]:
    names = set(_CONFIG.findall(text))
    return names | {b"CONFIG_" + name for name in names} | {b"CONFIG_" + name + b"_MODULE" for name in names}


def _words(text: bytes) -> frozenset[bytes]:
    return frozenset(text.translate(_TO_WORDS).split())


def code_words(text: bytes) -> frozenset[bytes]:
    """The words of the code of a C text."""
    return _words(split(text)[0])


def _of_c(text: bytes, suffix: str) -> Facts:
    code, remarks = split(text)
    names = _words(code)
    if suffix == ".S":
        names |= assembled(code)
    macros, calls = pasting(b"\n" + code)
    if suffix not in COMMENTED or not remarks:
        return Facts(names, macros=macros, calls=calls)
    said, claimed = _mentioned(remarks)
    return Facts(names, said, claimed, macros, calls)


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
    words = set(remarks.replace(b"(", b"\1 ").translate(_TO_CALLS).split())
    called = {word[:-1] for word in words if word[-1] == _CALLED and len(word) > 1}
    tagged = {name for claim in _CLAIMING for name in claim.findall(remarks)}
    bare = {word for word in words if b"_" in word and word[-1] != _CALLED}
    claimed = frozenset(name for name in called | tagged if b"_" in name[1:-1])
    return frozenset(bare | called), claimed
