"""What a shell offers where the name of a rule is typed, with the title of each.

Example: `rules("unlock-")` are those items whose rules begin so.
"""

from click.shell_completion import CompletionItem

from kpatchlint.errors import UserError
from kpatchlint.rule import Rule, load_rules
from kpatchlint.selection import ALL


def rules(incomplete: str) -> list[CompletionItem]:
    """Ids of rules that begin as typed."""
    return [CompletionItem(r.id, help=r.title) for r in _shipped() if r.id.startswith(incomplete)]


def selectors(incomplete: str) -> list[CompletionItem]:
    """Families and ids of rules; only the last of several joined by commas is completed."""
    head, comma, last = incomplete.rpartition(",")
    families = sorted({rule.family for rule in _shipped()})
    items = [(ALL, "every rule"), *((name, "a family") for name in families)]
    items += [(rule.id, rule.title) for rule in _shipped()]
    return [CompletionItem(head + comma + name, help=title) for name, title in items if name.startswith(last)]


def _shipped() -> tuple[Rule, ...]:
    try:
        return load_rules()
    except UserError:
        return ()
