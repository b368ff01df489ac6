"""The table of mutants, as it stands in fixtures/model/mutants.md.

Assumption: the expectations of `mutants.toml`; that they are true is what the tests prove.  Example: `table()`.
"""

from collections.abc import Iterator

from kpatchlint.model.kinds import Violation
from kpatchlint.model.mutants import MUTANTS, Mutant, pairs
from kpatchlint.model.protocol import VARIANTS

_HEAD = """\
# Mutants of the reference model

Written by `pytest --update-golden tests/test_model_protocol.py` from `kpatchlint/model/mutants.toml`. A cell names
the violation that kills the mutant of that variant; - is a survivor, an empty cell a variant without the statements in
question. `pytest -m slow tests/test_model_protocol.py` proves every cell."""


def table() -> str:
    """All mutants and what becomes of them, in Markdown."""
    tried = list(pairs())
    killed = sum(isinstance(mutant.expected(variant.name), Violation) for mutant, variant in tried)
    head = f"{len(MUTANTS)} mutants, {len(tried)} runs: {killed} killed, {len(tried) - killed} explained below."
    reasons = [line for mutant in MUTANTS.values() for line in _reasons(mutant)]
    whats = [f"- `{mutant.name}`: {mutant.what}." for mutant in MUTANTS.values()]
    parts = (_HEAD, head, "\n".join(_rows()), "## Survivors", "\n".join(reasons), "## What they are", "\n".join(whats))
    return "\n\n".join(parts) + "\n"


def _rows() -> Iterator[str]:
    variants = [name for name, variant in VARIANTS.items() if not variant.expect]
    cells = {(mutant.name, variant.name): _cell(mutant, variant.name) for mutant, variant in pairs()}
    yield _row(["mutant", "of", *variants])
    yield _row(["---"] * (len(variants) + 2))
    for mutant in MUTANTS.values():
        yield _row([f"`{mutant.name}`", mutant.of, *(cells.get((mutant.name, name), "") for name in variants)])


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(mutant: Mutant, variant: str) -> str:
    expected = mutant.expected(variant)
    return str(expected) if isinstance(expected, Violation) else "-"


def _reasons(mutant: Mutant) -> Iterator[str]:
    for reason in dict.fromkeys(mutant.survives.values()):
        where = [name for name, text in mutant.survives.items() if text == reason]
        yield f"- `{mutant.name}` in {'all' if where == ['*'] else ', '.join(where)}: {reason}."
