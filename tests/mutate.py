"""Faults put into the linter on purpose: into its contracts, and into the code of its transfer function.

A mutant of a contract lacks one thing that the contract says.  A mutant of code has one condition turned round, one
`and` made `or`, one comparison reversed or one statement left out; its code takes the place of the function's own while
the mutant lives.  Example: `spin_unlock: outcome 0 without lock:lock` gives nothing back.
"""

import ast
import copy
import re
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from zlib import crc32

from msgspec.structs import replace
from walk import unchanged

from kpatchlint.flow import freshness, lifetime, needed, resources, transfer
from kpatchlint.flow.contract import Outcome
from kpatchlint.model.render import LANGUAGES
from kpatchlint.release import parse_release

MODULES = (transfer, needed, resources, freshness, lifetime)
PAIRS = ((ast.Eq, ast.NotEq), (ast.Is, ast.IsNot), (ast.In, ast.NotIn))
SWAPPED = {**dict(PAIRS), **{other: one for one, other in PAIRS}}


@dataclass(frozen=True)
class Mutant:
    """One fault: its name, and a context in which it is there.

    change  of the contracts, for a fault of contracts
    own     for a fault of code the code it takes the place of: a walk that never enters it cannot see the fault
    """

    name: str
    alive: Callable
    change: Callable = unchanged
    own: CodeType | None = None

    @property
    def group(self):
        """The API, or the module, whose faults it is counted with."""
        return self.name.partition("." if self.own else ":")[0]


@contextmanager
def nothing():
    yield


def of_contracts(api, knowledge):
    """Every mutant of the contracts that callers of `api` are judged by."""
    language = LANGUAGES[api]
    text = "\n".join((*language.starts, *language.operation.values(), *language.test.values()))
    chosen = knowledge.chosen(parse_release(language.release))
    for name in sorted(set(re.findall(r"\b(\w+)\(", text)) & chosen.contracts.keys()):
        for fault, wrong in _wrong(chosen.contracts[name][0]):
            yield Mutant(f"{api}: {name}: {fault}", nothing, _changed(name, wrong))


def _changed(name, wrong):
    def change(knowledge):
        return replace(knowledge, contracts={**knowledge.contracts, name: (wrong, *knowledge.contracts[name][1:])})

    return change


def _wrong(contract):
    """The contract with one thing missing, and what that is."""
    for field, nothing_said in (("sleeps", False), ("wait", False), ("pure", False), ("returns", None), ("needs", ())):
        if getattr(contract, field) != nothing_said:
            yield f"no {field}", replace(contract, **{field: nothing_said})
    for field in ("derefs", "live", "unmapped", "must_hold", "must_not_hold"):
        if getattr(contract, field):
            yield f"no {field}", replace(contract, **{field: type(getattr(contract, field))()})
    if contract.fresh:
        yield "no fresh", replace(contract, fresh={})
    for at, outcome in enumerate(contract.outcomes):
        others = contract.outcomes[:at], contract.outcomes[at + 1 :]
        if len(contract.outcomes) > 1:
            yield f"no outcome {at}", replace(contract, outcomes=(*others[0], *others[1]))
        for fault, wrong in _wrong_outcome(outcome):
            yield f"outcome {at} {fault}", replace(contract, outcomes=(*others[0], wrong, *others[1]))


def _wrong_outcome(outcome: Outcome):
    for field in ("acquires", "releases"):
        effects = getattr(outcome, field)
        for effect in effects:
            kept = tuple(other for other in effects if other is not effect)
            yield f"{field} no {effect.resource}", replace(outcome, **{field: kept})
    for field in ("when", "sets"):
        if getattr(outcome, field):
            yield f"no {field}", replace(outcome, **{field: ()})


def of_code():
    """Every mutant of the code, in the order of the text."""
    for module in MODULES:
        tree = ast.parse(Path(module.__file__).read_text())
        for owner, function in _functions(tree):
            inside = f"{module.__name__.rpartition('.')[2]}.{function.name}"
            for name, at, what in _named(function):
                code = _code(tree, owner, function, at, what)
                target = _target(module, owner, function.name)
                yield Mutant(f"{inside}: {name}", _living(target, code), own=_function(target).__code__)


def _named(function):
    """Each fault with what is said of it: what is wrong there, in which code; the second such one has a number."""
    seen = Counter()
    for at, what, code in _faults(function):
        name = f"{what}: {' '.join(code.split())}"
        seen[name] += 1
        yield name if seen[name] == 1 else f"{name} ({seen[name]})", at, what


def drawn(mutant, draws):
    """A number below `draws` that goes by the mutant's name alone: an edit elsewhere draws no other sample."""
    return crc32(mutant.name.encode()) % draws


def _functions(tree):
    """The functions and methods that can be exchanged; a constructor that calls its base's is tied to its class."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield None, node
        elif isinstance(node, ast.ClassDef):
            yield from ((node.name, inner) for inner in node.body if _exchangeable(inner))


def _exchangeable(node):
    return isinstance(node, ast.FunctionDef) and node.name != "__init__"


def _faults(function):
    """The places that can be made wrong, by their number in a walk of the function, how, and their code."""
    for at, node in enumerate(ast.walk(function)):
        if isinstance(node, ast.If | ast.IfExp):
            yield at, "condition turned round", ast.unparse(node.test)
        elif isinstance(node, ast.BoolOp):
            yield at, "and and or exchanged", ast.unparse(node)
        elif isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPPED:
            yield at, "comparison reversed", ast.unparse(node)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            yield at, "statement left out", ast.unparse(node)


def _code(tree, owner, function, at, what):
    """The code object of the function with that fault."""
    wrong = copy.deepcopy(function)
    node = next(node for number, node in enumerate(ast.walk(wrong)) if number == at)
    match what:
        case "condition turned round":
            node.test = ast.UnaryOp(ast.Not(), node.test)
        case "and and or exchanged":
            node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        case "comparison reversed":
            node.ops[0] = SWAPPED[type(node.ops[0])]()
        case "statement left out":
            node.value = ast.Constant(None)
    future = [n for n in tree.body if isinstance(n, ast.ImportFrom) and n.module == "__future__"]
    body = [wrong] if owner is None else [ast.ClassDef(owner, [], [], [wrong], [])]
    module = ast.fix_missing_locations(ast.Module([*future, *body], []))
    code = compile(module, "mutant", "exec")
    for name in (owner, function.name) if owner else (function.name,):
        code = next(const for const in code.co_consts if getattr(const, "co_name", None) == name)
    return code


def _target(module, owner, name):
    return getattr(getattr(module, owner) if owner else module, name)


def _function(target):
    """The function itself, behind a cache of its results."""
    return getattr(target, "__wrapped__", target)


def _living(target, code):
    @contextmanager
    def alive():
        function = _function(target)
        own = function.__code__
        function.__code__ = code
        _forget(target)
        try:
            yield
        finally:
            function.__code__ = own
            _forget(target)

    return alive


def forget():
    """Empty the caches of all functions that faults are put into."""
    for module in MODULES:
        for function in vars(module).values():
            _forget(function)


def _forget(target):
    if hasattr(target, "cache_clear"):
        target.cache_clear()
