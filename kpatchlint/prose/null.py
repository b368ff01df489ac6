"""Pointer parameters that the code treats as optional while the kernel-doc does not say so, and the reverse.

The code is the function, which tests for NULL and goes on, or one of its callers, which gives NULL.  Assumption: a word
such as `optional`, `NULL` or `if any` says so, in the parameter's text or in a sentence about it.
Example:

    /**
     * f - does it
     * @done: called at the end       nothing is said about `if (done)` in the body
     * @n: how often, may be NULL     wrong if the body begins with `*n = 0`
     */
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache

from kpatchlint.c.kerneldoc import KernelDoc
from kpatchlint.c.optional import Callees, needed_parameters, optional_parameters
from kpatchlint.c.perhaps import perhaps_optional
from kpatchlint.c.unguarded import unguarded
from kpatchlint.event import Event, EventKind, Step
from kpatchlint.prose.claims import Wordings, nullable_of
from kpatchlint.prose.described import Definition, Described
from kpatchlint.regex import regex

_SAYS_NULL = regex(
    r"(?<!-)\bNULL\b|\bnon-?null\b|\boptional|\b(?:may|can) be (?:zero|0|empty|omitted)\b"
    r"|\bif (?:any|given|set|present|defined|wanted|different|desired|requested)\b|\bif (?:one |it )?(?:is )?(?:not )?"
    r"(?:provided|specified|passed|supplied|non-?null|needed|necessary|available)\b"
    r"|\bor (?:0|zero|none|nothing)\b|\bwhen (?:given|set|present|not needed)\b|\bnon-zero\b|\bif it exists\b"
    r"|\bunused\b|\bignored\b",
    re.I,
)
# this says the contrary
_DENIES_NULL = regex(
    r"\b(?:must|may|can|should|shall|will)\s*(?:not|never)\s+be\s+%?NULL\b|\bis\s+never\s+%?NULL\b", re.I
)
# these say it only in the parameter's own text: elsewhere they may be said of anything
_SAYS_IT_HERE = regex(
    r"\bmaybe_null\b|\b(?:if|when) not-null\b|\bnot used\b|\bdefaults? to\b|\bif (?:(?:this|it) is )?(?:not )?zero\b",
    re.I,
)
_NAME = r"[@%'\"]*\w++['\"]?"
# "both @a and @b must be zero", "one of a, b will be NULL", "if the @a pointer is not given"
_SAYS_IT_OF = regex(
    r"(?P<if>\b(?:if|when|unless)\s+(?:an?\s+|the\s+)?)?"
    rf"(?P<names>{_NAME}(?:(?:,\s*(?:and\s+)?|\s*/\s*|\s+(?:and|or)\s+){_NAME})*)(?:\s+(?:pointer|parameter|argument))?\s+"
    r"(?:(?:is|are)\s+(?:not\s+)?%?(?:NULL|omitted|unused|ignored)"
    r"|(?:may|can|must|should|will)\s+(?:both\s+)?be\s+%?(?:NULL|zero|0|omitted)"
    r"|(?(if)(?:is|are|was)(?:\s+not|n't)?\s+(?:passed|given|provided|specified|supplied|set)|(?!)))\b",
    re.I,
)
# a parameter's own text says that it may be missing; the second may be said of what is stored through it
_MAY_BE = regex(
    r"\b(?:may|can|might|could)\s*be\s+(?:%?NULL|omitted|left out)\b|\bmaybe\s+%?NULL\b|\ballowed to be %?NULL\b"
    r"|^\W*optional\b|\(optional\b|,\s*optional\W*$|\bis optional\b",
    re.I,
)
_OR_NULL = regex(
    r"(?:,|;|\(|\bor)\s*%?NULL\s+(?:if|when|for|to|is (?:ok|fine|allowed))\b|\bor\s+%?NULL\W*$", re.I
)
_STORED = regex(r"\b(?:set|store[sd]?|return\w*|fill\w*|will be|becomes?|writes?|written|result\w*|output)\b", re.I)
_WORD = regex(r"\w+")
_SENTENCE_END = regex(r"[.;!?]\s|\n")
_RETURN_SENTENCE = regex(r"\breturn", re.I)


def undocumented_null(
    pairs: Iterable[Described],
    named: Callable[[str], Sequence[Definition]],
    notes: Mapping[tuple[str, str], str],
    hints: Collection[str] = (),
    given: Callable[[Described], Collection[int]] = lambda pair: (),
) -> Iterator[Event]:
    """Parameters that the code, or a caller, treats as optional and whose kernel-doc says nothing about it.

    named  the definitions of a name, to look calls up in
    notes  what NULL means, by function and parameter, where a contract tells it
    hints  functions and macros that give back their argument (branch hints)
    given  the positions at which callers give NULL

    Each event stands on the `@name` of the kernel-doc.
    """
    callees = Callees(hints, cache(lambda name: _needs(named(name)[-1:])))
    for pair in pairs:
        if pair.doc is not None:
            yield from _silent_parameters(pair, pair.doc, notes, callees, given)


def needed_null(pairs: Iterable[Described], wordings: Wordings) -> Iterator[Event]:
    """Parameters that may be missing, as their kernel-doc says, or a sentence of any comment, while the function goes
    through them all the same.

    Each event stands on the name behind the `@`.
    """
    for pair in pairs:
        own = pair.doc.params if pair.doc is not None else {}
        for name, start in dict(nullable_of(pair.comment, wordings)).items():
            if name not in own:
                yield from _needed(pair, name, start, frozenset())
        for name, described in own.items():
            said = _undenied(described.text)
            if _is_pointer(pair, name) and _may_be_null(said, pair, name):
                yield from _needed(pair, name, described.offset + 1, frozenset(_WORD.findall(said)))


def _is_pointer(pair: Described, name: str) -> bool:
    return pair.prototype is not None and name in pair.prototype.pointers


def _may_be_null(said: str, pair: Described, name: str) -> bool:
    """Whether the pointer itself may be missing: where it leads to another one, that may be what is NULL."""
    may_be = _MAY_BE.search(said) is not None
    # few descriptions say either, so the declaration is read for those alone
    if not may_be and not _OR_NULL.search(said):
        return False
    declared = pair.text[pair.comment.end : pair.end].decode(errors="replace")
    if re.search(rf"\*\s*\*\s*{re.escape(name)}\b", declared):
        return may_be and _STORED.search(said) is None
    return True


def _needed(pair: Described, name: str, start: int, about: frozenset[str]) -> Iterator[Event]:
    """The event of a parameter that every body of the function goes through."""
    nodes = pair.function.nodes if pair.function is not None else ()
    used = [unguarded(node, name, about) for node in nodes]
    if used and min(used) >= 0:
        facts = {"callee": pair.name, "param": name, "replacement": "", "other": "", "cause": "needed"}
        steps = (Step(used[0], f"{name} is gone through here"),)
        where = EventKind.DOC_PARAMETER, start, start + len(name), pair.name
        yield Event(*where, tuple(facts.items()), steps)


def _needs(functions: Iterable[Definition]) -> frozenset[int]:
    nodes = (node for function in functions for node in function.nodes)
    return frozenset(position for node in nodes for position in needed_parameters(node))


def _silent_parameters(
    pair: Described,
    doc: KernelDoc,
    notes: Mapping[tuple[str, str], str],
    callees: Callees,
    given: Callable[[Described], Collection[int]],
) -> Iterator[Event]:
    perhaps, passed = _perhaps_tested(pair, doc, callees), _given_null(pair, given)
    silent = _silent(doc, [name for name in doc.params if name in perhaps or name in passed])
    tested = _tested(pair, [name for name in silent if name in perhaps], callees)
    optional = [name for name in silent if name in tested or name in passed]
    said = _said_by_name(doc) if optional else ()
    for name in optional:
        if name not in said:
            note = notes.get((pair.name, name), "" if name in tested else "a caller does")
            start = doc.params[name].offset
            facts = (("param", name), ("note", note))
            yield Event(EventKind.UNDOCUMENTED_NULL, start, start + len(name) + 1, pair.name, facts)


def _perhaps_tested(pair: Described, doc: KernelDoc, callees: Callees) -> Collection[str]:
    """The parameters that the function may test; of most functions it can be told without a parse that they do not."""
    if pair.prototype is None:
        return doc.params
    names = pair.prototype.perhaps & doc.params.keys()
    return perhaps_optional(pair.text, pair.prototype.end, names, callees.hints) if names else ()


def _tested(pair: Described, names: Collection[str], callees: Callees) -> frozenset[str]:
    """Those of the parameters that the function shows to be optional."""
    nodes = pair.function.nodes if names and pair.function is not None else ()
    return frozenset(test.parameter for node in nodes for test in optional_parameters(node, callees, names))


def _given_null(pair: Described, given: Callable[[Described], Collection[int]]) -> frozenset[str]:
    """The pointers that some caller gives NULL for."""
    if pair.prototype is None or not pair.prototype.pointers:
        return frozenset()
    positions = given(pair)
    named = (name for i, name in enumerate(pair.prototype.parameters) if i in positions)
    return frozenset(named) & pair.prototype.pointers


def _silent(doc: KernelDoc, names: Sequence[str]) -> Sequence[str]:
    """The parameters of which the kernel-doc does not say that they may be missing."""
    sentences = _SENTENCE_END.split(doc.body) if names and _SAYS_NULL.search(doc.body) else ()
    told = [sentence for sentence in sentences if _SAYS_NULL.search(_undenied(sentence))]
    return [name for name in names if not _says_null(doc, name, told)]


def _says_null(doc: KernelDoc, name: str, told: Iterable[str]) -> bool:
    """Whether the parameter's text, or one of the sentences about NULL, says that it may be missing."""
    own = _undenied(doc.params[name].text)
    if any(says.search(own) for says in (_SAYS_NULL, _SAYS_IT_HERE)):
        return True
    about = rf"@?\b{re.escape(name)}\b"
    return any(re.search(about, sentence) or not _RETURN_SENTENCE.search(sentence) for sentence in told)


def _undenied(text: str) -> str:
    return _DENIES_NULL.sub("", text)


def _said_by_name(doc: KernelDoc) -> Collection[str]:
    """The names that the kernel-doc says may be missing, anywhere: in the text of another parameter, say."""
    texts = (doc.body, *(described.text for described in doc.params.values()))
    said = (match["names"] for text in texts for match in _SAYS_IT_OF.finditer(text))
    return {word for names in said for word in _WORD.findall(names)}
