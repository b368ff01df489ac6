"""Pages of rules: what `explain` prints, and the table of all rules.

Pages are made from rule files alone, with ruff's headings, in Markdown; `rules/README.md` is all of them.  Example:

    # unlock-after-wait
    A lock is released that is not held
    ## What it does
    ...
"""

from collections.abc import Callable, Iterator, Sequence

from kpatchlint.errors import UserError
from kpatchlint.rule import Rule
from kpatchlint.seldom import close_matches

_NO_EVIDENCE = "None yet: the rule is in preview until its findings on real trees are counted."
_COLUMNS = ("rule", "family", "severity", "stage", "says")


_ALL = """# Rules

What `kpatchlint explain` prints without the name of a rule. The title of each rule is its page.
"""


def unknown(name: str, ids: Sequence[str]) -> UserError:
    """Says that no rule has this name, and which have names like it, or all."""
    near = [id_ for id_ in ids if name in id_] or close_matches(name, ids)
    cure = f"did you mean {' or '.join(near)}?" if near else f"one of {', '.join(ids)}"
    return UserError(f"no rule {name!r}", cure=cure)


def explain(rule: Rule, more: Sequence[tuple[str, str]] = (), level: int = 1) -> str:
    """The page of `rule`, ending in a newline; `more` has sections to come behind its own, `level` is its title's."""
    parts = [f"#{'#' * level} {heading}\n\n{text}" for heading, text in (*sections(rule), *more) if text]
    return "\n\n".join((f"{'#' * level} {rule.id}", rule.title, standing(rule), *parts)) + "\n"


def explain_all(rules: Sequence[Rule], more: Callable[[Rule], Sequence[tuple[str, str]]]) -> str:
    """The pages of all `rules` behind a table of contents; `more` gives the further sections of each."""
    contents = "".join(f"- [{rule.id}](#{rule.id}): {rule.title}\n" for rule in rules)
    return "\n".join((_ALL, contents, *(explain(rule, more(rule), 2) for rule in rules)))


def standing(rule: Rule) -> str:
    """The line below the title: family, severity, stage, releases, events."""
    events = ", ".join(sorted(rule.events))
    said = f"Severity: {rule.severity} · Stage: {rule.stage} · Releases: {_releases(rule)} · Events: {events}"
    return f"Family: {rule.family} · {said}"


def _releases(rule: Rule) -> str:
    if rule.since and rule.until:
        return f"{rule.since} up to, without, {rule.until}"
    if rule.since:
        return f"since {rule.since}"
    return f"before {rule.until}" if rule.until else "all"


def sections(rule: Rule) -> Iterator[tuple[str, str]]:
    """Headings and texts of a rule's page, in Markdown; a text may be empty."""
    yield "What it does", rule.what.strip()
    yield "Why is this bad?", rule.why.strip()
    yield "Example", _code(rule.bad)
    yield "Use instead", _code(rule.good)
    yield "Limits", rule.limits.strip()
    yield "Model", _model(rule)
    yield "Evidence", rule.evidence.strip() or _NO_EVIDENCE
    yield "References", "\n".join(f"- {reference}" for reference in rule.references)


def _code(text: str) -> str:
    return f"```c\n{text.strip(chr(10))}\n```"


def _model(rule: Rule) -> str:
    if rule.no_model:
        return f"No violation of the reference model: {rule.no_model.strip()}"
    return "Violations of the reference model: " + ", ".join(f"`{kind}`" for kind in rule.kinds)


def listing(rules: Sequence[Rule]) -> str:
    """A table of `rules`, one a line under a heading, in the order given."""
    rows = [_COLUMNS, *((r.id, r.family, r.severity, r.stage, r.title) for r in rules)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    return "".join(_row(row, widths) for row in rows)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip() + "\n"
