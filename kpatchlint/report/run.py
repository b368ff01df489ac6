"""What a format may want to know of a run, beside the report.

Example: `Run(colour=True)` for a terminal, `Run(rule_directories=(Path("my-rules"),))` for pages of the user's rules.
"""

from functools import cached_property
from pathlib import Path

from msgspec import Struct

from kpatchlint.rule import Rule, load_rules


class Run(Struct, frozen=True, dict=True):
    """The circumstances of a run.

    colour     for a terminal: colours and source lines, where a format has them
    links      for a terminal: the directory that paths are links into, where a format has links; empty for none
    with_tree  the patches were checked against a tree (`--tree`)
    sender     who a draft reply is from
    quiet      findings only, no line that counts
    failing    the severities that make the run fail (`--fail-on`)
    summary    the file that GitHub shows as the summary of a step, if there is one
    """

    colour: bool = False
    rule_directories: tuple[Path, ...] = ()
    links: str = ""
    with_tree: bool = False
    sender: str = "kpatchlint <you@example.org>"
    quiet: bool = False
    failing: tuple[str, ...] = ("error", "warning", "info")
    summary: str = ""

    @cached_property
    def rules(self) -> dict[str, Rule]:
        """Every rule of the run by its id."""
        return {rule.id: rule for rule in load_rules(self.rule_directories)}


PLAIN = Run()
"""A run of no special circumstances: shipped rules, no terminal."""
