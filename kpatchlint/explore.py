"""The commands below `kpatchlint model`: what the reference model knows, checks, and draws.

Loaded only when such a command runs.  Example:

    kpatchlint model trace "ML RD WL U" --api v6.1
"""

from collections.abc import Iterator
from pathlib import Path

import click

from kpatchlint.errors import UserError
from kpatchlint.model.alphabet import ALPHABETS, Op
from kpatchlint.model.automaton import END, Automaton, stored
from kpatchlint.model.kinds import Violation
from kpatchlint.model.protocol import VARIANTS, Variant, strict, verdict
from kpatchlint.model.timeline import LIMITS, of_example, of_trace
from kpatchlint.model.trace import trace
from kpatchlint.report.trace import litmus_of, witness
from kpatchlint.rule import load_rules

api_option = click.option("--api", default="", metavar="API", help="Only interfaces whose names begin so: v6.1, v6.5.")


@click.group("model")
def model() -> None:
    """The reference model: every interleaving of a wait for a migration entry."""


@model.command("list", short_help="List variants, alphabets and violations.")
def list_all() -> int:
    """List the variants of the protocol, the alphabets of callers and the kinds of violations."""
    click.echo("Variants:")
    for variant in VARIANTS.values():
        click.echo(f"  {variant.name:14}{variant.title}")
    click.echo("Alphabets:")
    for alphabet in ALPHABETS.values():
        click.echo(f"  {alphabet.name:16}{' '.join(alphabet.ops)}")
    click.echo("Violations:")
    for kind in Violation:
        click.echo(f"  {kind:21}{kind.meaning}")
    return 0


@model.command(short_help="Explore a variant, or all of them.")
@click.argument("variant", required=False)
@click.option("--waiters", type=click.IntRange(1, 3), default=1, show_default=True, help="Fault handlers at once.")
@click.option("--strict", "forbid", is_flag=True, help="A waiter's reference must not make a migration fail.")
@click.option("-v", "--verbose", is_flag=True, help="Show every step of a timeline.")
def check(variant: str | None, waiters: int, forbid: bool, verbose: bool) -> int:
    """Explore a variant, or all of them: states, verdict, and the shortest timeline of what goes wrong.

    Ends with 1 where a verdict is not the one that is known.
    """
    chosen = [_variant(variant)] if variant else list(VARIANTS.values())
    known = [_checked(strict(each) if forbid else each, waiters, variant is not None, verbose) for each in chosen]
    click.echo(LIMITS, nl=False)
    return int(not all(known))


def _checked(variant: Variant, waiters: int, draw: bool, verbose: bool) -> bool:
    found = verdict(variant, waiters)
    said = ", ".join(sorted(found.kinds)) or "ok"
    click.echo(f"{variant.name}: {found.states} states, {found.transitions} steps: {said}")
    for example in found.counterexamples.values() if draw else ():
        click.echo(f"\n{example.kind}: {example.kind.meaning}\n\n{of_example(example, verbose)}")
    return found.kinds == variant.expect


def _variant(name: str) -> Variant:
    if name not in VARIANTS:
        raise UserError(f"no variant {name!r}", cure=f"one of {', '.join(VARIANTS)}")
    return VARIANTS[name]


@model.command("trace", short_help="Draw how a rule, or a caller, goes wrong.")
@click.argument("what", metavar="RULE|WORD")
@api_option
@click.option("-v", "--verbose", is_flag=True, help="Show every step.")
@click.option("--litmus", is_flag=True, help="Print the litmus file of a rule instead.")
@click.option("--rules", "rule_directories", multiple=True, type=click.Path(path_type=Path), help="More rules.")
def draw(what: str, api: str, verbose: bool, litmus: bool, rule_directories: tuple[Path, ...]) -> int:
    """Draw the shortest interleaving that breaks a rule, or a caller given as a word: "ML RD WL U"."""
    rules = {rule.id: rule for rule in load_rules(rule_directories)}
    if what in rules and litmus:
        click.echo(litmus_of(rules[what]), nl=False)
        return 0
    text = witness(rules[what], api) if what in rules else _word(what, api, verbose, list(rules))
    click.echo(f"{text}\n{LIMITS}", nl=False)
    return 0


def _word(what: str, api: str, verbose: bool, rules: list[str]) -> str:
    words = what.split()
    if not words or not all(word in list(Op) for word in words):
        unknown = next((word for word in words if word not in list(Op)), what)
        cure = f"a rule ({', '.join(sorted(rules))}) or a word, see kpatchlint model list"
        raise UserError(f"neither a rule nor an operation: {unknown!r}", cure=cure)
    automaton = _spoken_by(words, api)
    at, kinds = automaton.run(words)
    if not kinds:
        return f"{automaton.alphabet}: {what}: ok, or a path that cannot be taken\n"
    found = trace(ALPHABETS[automaton.alphabet], [Op(word) for word in words[: at + 1]], kinds)
    head = f"{automaton.alphabet}: {' '.join(words[: at + 1])}: {', '.join(sorted(kinds))}\n\n"
    return head + (of_trace(found, everything=verbose) if found else "")


def _spoken_by(words: list[str], api: str) -> Automaton:
    for alphabet in ALPHABETS.values():
        if alphabet.name.startswith(api) and set(words) <= set(alphabet.ops):
            return stored(alphabet.name)
    raise UserError(f"no alphabet {api}{'…' if api else ''} has all of {' '.join(words)}", cure="kpatchlint model list")


@model.command(short_help="Print the automaton of an alphabet.")
@click.argument("alphabet", metavar="ALPHABET")
def dot(alphabet: str) -> int:
    """Print the automaton of an alphabet as the kernel's runtime verification writes its monitors."""
    if alphabet not in ALPHABETS:
        raise UserError(f"no alphabet {alphabet!r}", cure=f"one of {', '.join(ALPHABETS)}")
    click.echo("\n".join(_dot(stored(alphabet))))
    return 0


def _dot(automaton: Automaton) -> Iterator[str]:
    """One edge for each pair of states, with its events on lines of their own; violations lead to `error`."""
    yield "digraph state_automaton {"
    yield "\tcenter = true;"
    yield '\tsize = "7,11";'
    yield '\t{node [shape = plaintext, style=invis, label=""] "__init_s0"};'
    yield '\t{node [shape = doublecircle] "end"};'
    yield '\t{node [shape = circle] "error"};'
    for state in range(len(automaton.moves)):
        yield f'\t{{node [shape = circle] "s{state}"}};'
    yield '\t"__init_s0" -> "s0";'
    for name in (*(f"s{number}" for number in range(len(automaton.moves))), "end", "error"):
        yield f'\t"{name}" [label = "{name}"];'
    for (source, target), events in _edges(automaton).items():
        label = "\\n".join(events)
        yield f'\t"{source}" -> "{target}" [ label = "{label}" ];'
    yield "\t{ rank = min ;"
    yield '\t\t"__init_s0";'
    yield '\t\t"s0";'
    yield "\t}"
    yield "}"


def _edges(automaton: Automaton) -> dict[tuple[str, str], list[str]]:
    edges: dict[tuple[str, str], list[str]] = {}
    for state, row in enumerate(automaton.moves):
        for op, move in zip(automaton.ops, row, strict=True):
            if move.verdict:
                edges.setdefault((f"s{state}", "error"), []).append(_event(op))
            elif move.target >= END:
                target = f"s{move.target}" if move.target >= 0 else "end"
                edges.setdefault((f"s{state}", target), []).append(_event(op))
    return edges


def _event(op: str) -> str:
    """A name that is an identifier, as the monitors' generator wants it."""
    return Op(op).name.lower()
