"""The transfer function walked in product with an automaton: equal verdicts in every state both can reach together.

All operations of an alphabet are the cases of one function that goes on for ever; its blocks are run by the analysis'
own transfer function and pruned by its own pruner wherever a caller may do anything next.  A set of path states stands
for all a caller of some word may know, so the sets are finitely many and the verdict holds for words of every length.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cache

from agreement import agree

from kpatchlint.c.ir import Call, Exit
from kpatchlint.check import Loaded
from kpatchlint.examine import Text
from kpatchlint.flow.exits import exit_events
from kpatchlint.flow.paths import MOST_TRANSFERS, Ending, Flow, Paths
from kpatchlint.model.programs import RETURN
from kpatchlint.model.render import LANGUAGES
from kpatchlint.release import parse_release
from kpatchlint.source import Source

AGAIN, CHOICE = "again_", "choice"
LOADED = Loaded()


def marker(op):
    """The name of the function whose call stands before an operation, or in the arm of an answer."""
    return {"?": "yes_", "!": "no_"}.get(op[0], "do_") + op.strip("?!-")


def client(ops, language):
    """The function that may do any of `ops`, for ever."""
    lines = [f"static void client({language.parameters})", "{"]
    lines += [*language.declares, *language.starts, "again:", f"{AGAIN}();", f"switch ({CHOICE}()) {{"]
    for number, op in enumerate(op for op in ops if op[0] != "!"):
        lines.append(f"case {number}: {marker('-' + op[1:] if op[0] == '?' else op)}();")
        if op[0] == "?":
            question, yes, no = language.test[op[1:]], marker(op), marker("!" + op[1:])
            lines.append(f"if ({question}) {{ {yes}(); goto again; }} {no}(); goto again;")
        elif op == RETURN:
            lines.append("return;")
        else:
            lines.append(f"{language.operation[op]} goto again;")
    return "\n".join((*lines, "}", "}", ""))


def unchanged(knowledge):
    """The contracts as they are."""
    return knowledge


@dataclass
class Step:
    """What an operation leads to from one path state.

    kinds   what the events stand for, by rule
    claims  of it what each event is about first: the rest comes of the same mistake
    states  behind the operation, by key
    """

    kinds: dict = field(default_factory=lambda: defaultdict(set))
    claims: dict = field(default_factory=lambda: defaultdict(set))
    states: dict = field(default_factory=dict)


@cache
def parsed(ops, api):
    """The rules, what is known, and the body of the client: no fault that is put into the flow analysis changes it."""
    language = LANGUAGES[api]
    setup = LOADED.at(parse_release(language.release))
    text = Text(Source("mm/client.c", client(ops, language).encode()), setup)
    (function,) = text.bodies("client")
    return setup.rules, text.program.knowledge, function


class Linter:
    """The analysis of the client, one operation at a time."""

    def __init__(self, ops, api, change=unchanged):
        self.rules, knowledge, function = parsed(ops, api)
        self.knowledge = change(knowledge)
        self.paths = Paths(function, self.knowledge, MOST_TRANSFERS)
        self.paths.prepare()
        self.transfer = self.paths.transfer_function
        self.blocks = function.cfg.blocks
        self.at = {op.function: (b, i) for b, block in enumerate(self.blocks) for i, op in enumerate(block.operations)
                   if isinstance(op, Call)}
        self.known, self.claimed = {}, {}

    def start(self):
        """The states in which a caller that holds nothing begins."""
        states = {}
        for state in self.paths._starts():
            states |= self._run((0, -1), state, AGAIN, Step()).states
        return states

    def step(self, op, state):
        """What `op` does to a state."""
        known = self.known.get((op, state.key))
        if known is None:
            begin = marker("-" + op[1:]) if op[0] in "?!" else marker(op)
            end = marker(op) if op[0] in "?!" else AGAIN
            known = self.known[op, state.key] = self._run(self.at[begin], state, end, Step())
        return known

    def _run(self, place, state, end, step):
        self.transfer.resources.found.clear()
        waiting = [(place[0], place[1] + 1, state)]
        while waiting:
            block, index, state = waiting.pop()
            operations = self.blocks[block].operations
            if index == len(operations):
                waiting += [(following, 0, state) for following in self.blocks[block].successors]
                continue
            operation = operations[index]
            if isinstance(operation, Exit):
                self._leave(operation, state, step)
            elif isinstance(operation, Call) and operation.function == end:
                pruned = self.paths.pruner.pruned(self.paths.needed[self.at[AGAIN][0]], state)
                step.states[pruned.key] = pruned
            elif isinstance(operation, Call) and operation.function.startswith(("yes_", "no_", AGAIN)):
                continue
            else:
                waiting += [(block, index + 1, after) for after in self.transfer.step(operation, state)]
        self._collect(self.transfer.resources.events, step)
        return step

    def _leave(self, operation, state, step):
        ending = Ending(state, None, operation)
        taken = frozenset(self.transfer.resources.resources_taken)
        flow = Flow(self.paths.function, endings=(ending,), taken=taken)
        self._collect(exit_events(flow, self.knowledge), step)

    def _collect(self, events, step):
        for event in events:
            rule = self._rule_of(event)
            if event.fact("cause") == "lock-only":
                stays = "leak-map" if event.fact("resource") != "lock" else "leak-lock"
                step.kinds[rule.id].add(stays)
            elif rule is not None:
                step.kinds[rule.id].update(rule.violates_by(event))
                step.claims[rule.id].update(rule.violates_by(event)[:1])

    def _rule_of(self, event):
        """The rule that claims the event: it goes by the kind and the facts alone."""
        key = event.kind, event.facts
        if key not in self.claimed:
            self.claimed[key] = next((rule for rule in self.rules if rule.matches(event)), None)
        return self.claimed[key]


@dataclass
class Product:
    """What the walk saw: pairs of states, and differences (word, model, linter); which rules claim which pair."""

    pairs: int = 0
    states: int = 0
    differences: list = field(default_factory=list)
    deviations: Counter = field(default_factory=Counter)
    claims: dict = field(default_factory=lambda: defaultdict(Counter))


def walk(automaton, most=None, change=unchanged, deviates=lambda word, model, linter: "", pairs=None):
    """The product of the linter's transfer function and the automaton.

    It ends early where there are `most` differences, or behind so many pairs of states.
    """
    linter = Linter(automaton.ops, automaton.api, change)
    first = linter.start()
    seen, waiting, product = {(frozenset(first), 0)}, [(first, 0, ())], Product()
    for states, at, word in waiting:
        product.pairs += 1
        if pairs and product.pairs > pairs:
            break
        for op in automaton.ops:
            move = automaton.move(at, op)
            steps = [linter.step(op, state) for state in states.values()]
            kinds = frozenset(kind for step in steps for several in step.kinds.values() for kind in several)
            if move.target == -2:
                continue
            _claim(product, op, move.verdict, steps)
            if not agree([frozenset(map(str, move.verdict))] if move.verdict else [], kinds):
                known = deviates((*word, op), frozenset(map(str, move.verdict)), kinds)
                if known:
                    product.deviations[known] += 1
                else:
                    product.differences.append(((*word, op), sorted(map(str, move.verdict)), sorted(kinds)))
                    if most and len(product.differences) >= most:
                        return product
                continue
            after = {key: state for step in steps for key, state in step.states.items()}
            if move.target >= 0 and after and (frozenset(after), move.target) not in seen:
                seen.add((frozenset(after), move.target))
                waiting.append((after, move.target, (*word, op)))
    product.states = len({key for states, _ in seen for key in states})
    return product


def _claim(product, op, verdict, steps):
    for step in steps:
        for rule, kinds in step.claims.items():
            for kind in kinds & set(map(str, verdict)):
                product.claims[kind, op][rule] += 1
