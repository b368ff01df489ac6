"""Which rules a user wants to hear of: `--select` and `--ignore`, as rule ids, families or beginnings of ids.

The more exact selector wins, whichever option it stands in: an id before a beginning of it, that before its family,
that before `all`; of two equals `--ignore` wins.  Findings are chosen after the analysis, so that what one rule claims
never becomes another rule's because the first one is not wanted.  Example: with

    --select wait,map --ignore unlock

every rule of the two families is chosen but `unlock-after-wait`.
"""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from kpatchlint.errors import UserError
from kpatchlint.finding import Report, Unanalyzed
from kpatchlint.rule import Rule
from kpatchlint.seldom import close_matches

ALL = "all"


def chosen_rules(rules: Iterable[Rule], select: Sequence[str] = (), ignore: Sequence[str] = ()) -> frozenset[str]:
    """The ids of the rules that are wanted; without `select` all but the ignored ones.

    Raises `UserError` for a selector that fits no rule.
    """
    known = tuple(rules)
    for option, selectors in (("--select", select), ("--ignore", ignore)):
        for selector in selectors:
            if not any(_exactness(rule, selector) for rule in known):
                raise _unknown(option, selector, known)
    wanted = select or (ALL,)
    return frozenset(rule.id for rule in known if _best(rule, wanted) > _best(rule, ignore))


def chosen(report: Report, rules: frozenset[str]) -> Report:
    """The report with what concerns `rules` only."""
    findings = tuple(finding for finding in report.findings if finding.rule in rules)
    ranges = tuple(left for range_ in report.unanalyzed for left in _narrowed(range_, rules))
    passing = tuple(finding for finding in report.passing if finding.rule in rules)
    return replace(report, findings=findings, passing=passing, unanalyzed=ranges)


def _narrowed(range_: Unanalyzed, rules: frozenset[str]) -> tuple[Unanalyzed, ...]:
    """The range, with the chosen ones of its rules; none when it matters to others only."""
    left = tuple(rule for rule in range_.rules if rule in rules)
    return (replace(range_, rules=left),) if left or not range_.rules else ()


def _best(rule: Rule, selectors: Sequence[str]) -> int:
    return max((_exactness(rule, selector) for selector in selectors), default=0)


def _exactness(rule: Rule, selector: str) -> int:
    """0 when the selector does not fit the rule, more the fewer other rules it could fit."""
    if selector == ALL:
        return 1
    if selector == rule.family:
        return 2
    return 3 + len(selector) if selector and rule.id.startswith(selector) else 0


def _unknown(option: str, selector: str, rules: Sequence[Rule]) -> UserError:
    families = sorted({rule.family for rule in rules})
    near = close_matches(selector, [*families, *(rule.id for rule in rules)])
    hint = f"perhaps {', '.join(near)}; " if near else ""
    cure = f"{hint}families: {', '.join(families)}; ids: kpatchlint rules"
    return UserError(f"{option} {selector}: no rule or family of this name", cure=cure)
