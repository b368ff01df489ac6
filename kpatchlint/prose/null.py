"""Pointer parameters that the code treats as optional while the kernel-doc does not say so.

Assumption: a word such as `optional`, `NULL` or `if any` says so, in the parameter's text or in a sentence about it.
Example:

    /**
     * f - does it
     * @done: called at the end       nothing is said about `if (done)` in the body
     */
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache

from kpatchlint.c.kerneldoc import KernelDoc
from kpatchlint.c.optional import Callees, needed_parameters, optional_parameters
from kpatchlint.event import Event, EventKind
from kpatchlint.prose.described import Definition, Described

_SAYS_NULL = re.compile(
    r"(?<!-)\bNULL\b|\bnon-?null\b|\boptional|\b(?:may|can) be (?:zero|0|empty|omitted)\b"
    r"|\bif (?:any|given|set|present)\b|\bif (?:one |it )?(?:is )?(?:not )?"
    r"(?:provided|specified|passed|supplied|non-?null|needed|necessary|available)\b"
    r"|\bor (?:0|zero|none|nothing)\b|\bwhen (?:given|set|present|not needed)\b|\bnon-zero\b|\bif it exists\b"
    r"|\bunused\b|\bignored\b",
    re.I,
)
_RETURN_SENTENCE = re.compile(r"\breturn", re.I)


def undocumented_null(
    pairs: Iterable[Described],
    named: Callable[[str], Sequence[Definition]],
    notes: Mapping[tuple[str, str], str],
    hints: Collection[str] = (),
) -> Iterator[Event]:
    """Parameters that the code treats as optional and whose kernel-doc says nothing about it.

    named  the definitions of a name, to look calls up in
    notes  what NULL means, by function and parameter, where a contract tells it
    hints  functions and macros that give back their argument (branch hints)

    Each event stands on the `@name` of the kernel-doc.
    """
    callees = Callees(hints, cache(lambda name: _needs(named(name)[-1:])))
    for pair in pairs:
        if pair.function is not None and pair.doc is not None:
            yield from _silent_parameters(pair.function, pair.doc, notes, callees)


def _needs(functions: Iterable[Definition]) -> frozenset[int]:
    nodes = (node for function in functions for node in function.nodes)
    return frozenset(position for node in nodes for position in needed_parameters(node))


def _silent_parameters(
    function: Definition, doc: KernelDoc, notes: Mapping[tuple[str, str], str], callees: Callees
) -> Iterator[Event]:
    optional = {test.parameter for node in function.nodes for test in optional_parameters(node, callees)}
    for name, described in doc.params.items():
        if name in optional and not _says_null(doc, name):
            facts = (("param", name), ("note", notes.get((function.name, name), "")))
            end = described.offset + len(name) + 1
            yield Event(EventKind.UNDOCUMENTED_NULL, described.offset, end, function.name, facts)


def _says_null(doc: KernelDoc, name: str) -> bool:
    """Whether the parameter's text, or a sentence about it, says that it may be missing."""
    if _SAYS_NULL.search(doc.params[name].text):
        return True
    about = re.compile(rf"@?\b{re.escape(name)}\b")
    return any(
        _SAYS_NULL.search(sentence) and (about.search(sentence) or not _RETURN_SENTENCE.search(sentence))
        for sentence in re.split(r"[.;!?]\s|\n", doc.body)
    )
