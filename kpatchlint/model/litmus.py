"""Litmus files: a caller that breaks a rule, in the form of the kernel's own litmus tests.

The comment in front has the result and the number of states, P0 is the caller, P1 the migrator (and P2 who removes
the page table); `exists` names the violation.  They are written by the model and read by people.  Example:

    C unlock-after-wait

    (*
     * Result: unlock-not-owner
     * States: 387
"""

import re
from collections.abc import Iterator

from kpatchlint.model.api import JUMPS, WORDS
from kpatchlint.model.fragment import MIGRATOR, REMOVER_HUGE, REMOVER_RCU
from kpatchlint.model.kinds import Violation
from kpatchlint.model.timeline import LIMITS, of_trace
from kpatchlint.model.trace import Trace

_ARGUMENTS = {
    "pte": "struct mm_struct *mm, pmd_t *pmd, unsigned long addr",
    "pmd": "struct mm_struct *mm, pmd_t *pmd",
    "hugetlb": "struct vm_area_struct *vma, unsigned long addr",
}
_REMOVERS = {"rcu": REMOVER_RCU, "vma-lock": REMOVER_HUGE}


def litmus(name: str, trace: Trace, kinds: frozenset[Violation]) -> str:
    """The litmus file of a rule; `kinds` is everything that can go wrong at the last operation."""
    tasks = {step.task for step in trace.example.steps}
    parts = [f"C {name}", _comment(trace, kinds), "{}", _caller(trace)]
    if "migrator" in tasks:
        parts.append(_process(len(parts) - 3, "struct folio *src, struct folio *dst", MIGRATOR))
    if "table removal" in tasks:
        remover = _REMOVERS[trace.alphabet.interface.table]
        parts.append(_process(len(parts) - 3, "struct mm_struct *mm, pmd_t *pmd", remover))
    parts.append(f"exists ({trace.kind})")
    return "\n\n".join(parts) + "\n"


def _comment(trace: Trace, kinds: frozenset[Violation]) -> str:
    timeline = of_trace(trace)
    lines = [
        f"Result: {' '.join(sorted(kinds))}",
        f"States: {trace.states}",
        "",
        *(f"{kind}: {kind.meaning}" for kind in sorted(kinds)),
        f"Caller: {trace.alphabet.api}: {' '.join(trace.word)}",
        "",
        *timeline.splitlines(),
        "",
        *LIMITS.splitlines(),
    ]
    return "\n".join(["(*", *(f" * {line}".rstrip() for line in lines), " *)"])


def _caller(trace: Trace) -> str:
    interface = trace.alphabet.interface
    body = [_statement(interface.calls[op]) for op in trace.word]
    return _function(0, _ARGUMENTS[interface.level], body)


def _statement(call: str) -> str:
    """A call as C; an outcome of a test as the test with the other way out."""
    tested = re.fullmatch(r"(.*?)(\w+(?:\(.*\))?): (yes|no|NULL|not NULL)", call)
    if tested is None:
        return f"{call};"
    before, condition, outcome = tested.groups()
    denied = outcome in ("yes", "not NULL")
    return f"{before}if ({'!' if denied else ''}{condition}) return;"


def _process(number: int, arguments: str, program: str) -> str:
    return _function(number, arguments, list(_body(program)))


def _body(program: str) -> Iterator[str]:
    """The statements of a program that cannot be left out; jumps as gotos behind their condition."""
    for line in (line.strip() for line in program.splitlines() if line.strip()):
        if line.endswith(":") or line.startswith("goto "):
            yield line if line.endswith(":") else f"{line};"
            continue
        call, _, label = line.partition(" -> ")
        name, _, words = call.removeprefix("?").partition("@")
        yield JUMPS[name].format(label) if label else f"{WORDS[words or name]};"


def _function(number: int, arguments: str, body: list[str]) -> str:
    lines = [line if line.endswith(":") else f"\t{line}" for line in body]
    return "\n".join([f"P{number}({arguments})", "{", *lines, "}"])
