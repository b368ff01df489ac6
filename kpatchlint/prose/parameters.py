"""Parameters that a kernel-doc describes and the function does not have.

`scripts/kernel-doc` reads the same, and so does a patch that renames a parameter and forgets the comment.  Where it can
be told which parameter is meant, the event says so.  Example:

    /**
     * f - does it
     * @vma: where            names no parameter; `area`, which nothing describes, is meant
     */
    int f(struct vm_area_struct *area);
"""

from collections.abc import Iterable, Iterator

from kpatchlint.c.kerneldoc import KernelDoc
from kpatchlint.c.prototype import Prototype
from kpatchlint.event import Event, EventKind
from kpatchlint.prose.described import Described
from kpatchlint.regex import regex
from kpatchlint.seldom import close_matches

# what kernel-doc takes for the heading of a section when it is written as a parameter
_SECTION = "return"
# what it takes for the parameter of a function that has none
_NONE = "void"
_BASE = regex(r"\.\.\.|\w+")
# as alike as difflib asks by default
_ALIKE = 0.6


def unknown_parameters(pairs: Iterable[Described], patched: bool = False) -> Iterator[Event]:
    """One DOC_PARAMETER event, on the name behind the `@`, for each described parameter that does not exist.

    patched  they are what a patch touches: so one, on the last that is described, for each that it leaves out, too
    """
    for pair in pairs:
        if pair.doc is not None and pair.prototype is not None:
            yield from _unknown(pair.doc, pair.prototype, patched)


def _unknown(doc: KernelDoc, prototype: Prototype, patched: bool) -> Iterator[Event]:
    documented, declared = [_base(name) for name in doc.params], prototype.parameters
    strange = [name for name in doc.params if not _exists(_base(name), prototype)]
    silent = [name for name in declared if name not in documented]
    # of half a comment it is not known what the other half describes
    places = len(strange) == 1 and bool(doc.name)
    for name in strange:
        base = _base(name)
        meant = _alike(base, silent)
        other = _in_its_place(base, documented, declared) if places and not meant else ""
        silent = [each for each in silent if each not in (meant, other)]
        cause = "misspelt" if meant else "replaced" if other else "none"
        yield _event(doc, name, prototype.name, {"param": name, "replacement": meant, "other": other, "cause": cause})
    for name in silent if patched and doc.name and doc.params else ():
        facts = {"param": name, "replacement": "", "other": "", "cause": "undescribed"}
        yield _event(doc, [*doc.params][-1], prototype.name, facts)


def _event(doc: KernelDoc, at: str, function: str, facts: dict[str, str]) -> Event:
    """The event about a parameter, on the name that is described as `at`."""
    start = doc.params[at].offset + 1
    told = ("callee", function), *facts.items()
    return Event(EventKind.DOC_PARAMETER, start, start + len(_base(at)), function, told)


def _base(name: str) -> str:
    """The parameter in `param.member`."""
    base = _BASE.match(name)
    return base[0] if base else name


def _exists(name: str, prototype: Prototype) -> bool:
    variadic = name == "..." and prototype.variadic
    none = name == _NONE and not prototype.parameters
    return variadic or none or name in prototype.parameters or name == _SECTION


def _alike(name: str, silent: list[str]) -> str:
    """The one without a description that has a name like it."""
    return next(iter(close_matches(name, silent, 1, _ALIKE)), "")


def _in_its_place(name: str, documented: list[str], declared: tuple[str, ...]) -> str:
    """The only one without a description, if it stands in the same place of the list."""
    silent = [each for each in declared if each not in documented]
    same = len(silent) == 1 and declared.index(silent[0]) == documented.index(name)
    return silent[0] if same and silent[0] != "..." else ""
