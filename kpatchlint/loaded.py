"""The rule data, read once, and which of it holds for a tree or a release.

A tree's declarations decide, then the release that its Makefile names.  Example:

    Loaded().of(Overlay(Checkout(root)))     rules, and the contracts that hold for the tree at `root`
"""

import os
import re
from collections.abc import Callable, Hashable, Mapping, Sequence, Set
from functools import cache, cached_property
from pathlib import Path

import msgspec
from msgspec import field
from msgspec.structs import replace

from kpatchlint.c.dialect import load as load_dialect
from kpatchlint.data import rules_directory
from kpatchlint.examine import Setup
from kpatchlint.files import program
from kpatchlint.flow.contract import load_knowledge
from kpatchlint.flow.stated import Stated
from kpatchlint.patch.change import Change
from kpatchlint.patch.renamed import renamed
from kpatchlint.patched import Around
from kpatchlint.phases import phase
from kpatchlint.prose.claims import load_claims
from kpatchlint.reference import load_renames
from kpatchlint.release import Release, newest_release, parse_release
from kpatchlint.rule import load_rules, toml_files
from kpatchlint.seldom import blake2
from kpatchlint.shipped import keep
from kpatchlint.tree.files import Answers, Declarations, Files, Overlay, version
from kpatchlint.tree.git import Repository
from kpatchlint.tree.kept import Kept, digest
from kpatchlint.tree.siblings import Definitions, Siblings
from kpatchlint.value import Alike

# in a row of what headers declare: which contracts hold there
_CHOICE = "= contracts"


class Loaded(Alike, frozen=True, dict=True):
    """The rule data; `tree` is what patches are for, or what is scanned.

    `opened` has the indexes of whole trees that were asked for, by their trees; see `commented.py`.  `kept` is what was
    found out before.
    """

    rule_directories: tuple[Path, ...] = ()
    tree: Files | Repository | None = None
    opened: dict[Files, object] = field(default_factory=dict)
    kept: Kept = field(default_factory=Kept)

    @property
    def essence(self) -> Hashable:
        """What it was read for."""
        return self.rule_directories, self.tree

    @cached_property
    def _chosen(self) -> dict[bytes, Setup]:
        return {}

    @cached_property
    def _released(self) -> dict[Release, Setup]:
        return {}

    @cached_property
    def _known(self) -> dict[Files, Definitions]:
        return {}

    @cached_property
    def base(self) -> Setup:
        """Everything, chosen for nothing yet."""
        with phase("rules"):
            return self._read()

    def _read(self) -> Setup:
        rules = load_rules(self.rule_directories)
        mine = self.rule_directories
        knowledge, newest = load_knowledge(rules_directory(), mine), newest_release()
        setup = Setup(rules, knowledge, load_dialect(mine), load_renames(), newest, load_claims())
        keep()
        return setup

    def of(self, tree: Overlay, patched: Sequence[str] = ()) -> Setup:
        """What holds for a tree; equal headers have equal answers, so they are asked once.

        patched  files with functions that are looked into from everywhere
        """
        declarations = Declarations(tree, self.base.knowledge.headers)
        said = version(tree)
        key = digest((self._program, *declarations.identity, said.encode(), bytes([declarations.has_any])))
        if key not in self._chosen:
            row = self.kept.row("declared", key, lasting=not tree.state)
            self._chosen[key] = replace(self._probed(Answers(declarations, row), said), identity=key, kept=self.kept)
        if tree.below not in self._known:
            self._known[tree.below] = Definitions(replace(tree, state={}))
        siblings = Siblings(tree, self._known[tree.below], patched) if declarations.has_any else None
        # trees with equal headers have other files
        return replace(self._chosen[key], siblings=siblings, elsewhere={})

    @cached_property
    def _program(self) -> bytes:
        """What is another when the rule data is, or what reads it."""
        data = (_content(path) for each in (rules_directory(), *self.rule_directories) for path in _files(each))
        return digest((program(), *data))

    def _probed(self, declarations: Answers, said: str) -> Setup:
        release = parse_release(said) if said else newest_release()
        declared = declarations.declares if declarations.answers else None
        kept = declarations.row.get(_CHOICE)
        if kept is None:
            kept = msgspec.msgpack.encode(self.base.knowledge.contracts.choice(release, declared))
            declarations.row.put(_CHOICE, kept)
        knowledge = self.base.knowledge.picked(release, msgspec.msgpack.decode(kept, type=dict[str, tuple[int, ...]]))
        exists = None if declared is None else lambda name: declared(name) is not None
        return replace(self.base, knowledge=knowledge, release=release, exists=exists)

    def around(self, before: Overlay, after: Overlay, everything: bool = False, gone: bool = False) -> Around:
        """What a patch between two trees is checked against."""
        setups = self.of(before, tuple(after.state)), self.of(after, tuple(after.state))
        return Around(*setups, (before, after), everything, gone)

    def naming(self, around: Around, past: Mapping[str, str], now: Mapping[str, str]) -> Around:
        """What a patch is checked against where functions have other names by now; old to new, before and behind it."""
        if not now:
            return around
        known = self.at(around.after.release).knowledge
        before = replace(around.before, knowledge=around.before.knowledge.renamed(past, known))
        after = replace(around.after, knowledge=around.after.knowledge.renamed(now, known))
        return replace(around, before=replace(before, identity=b""), after=replace(after, identity=b""))

    def renames(self, changes: Sequence[Change]) -> Mapping[str, str]:
        """New names that changes give to functions which the rule data knows, by the old ones."""
        return renamed(changes, self.base.knowledge.contracts)

    @cached_property
    def of_tree(self) -> Setup:
        """What holds for `tree` as it stands."""
        return self.of(Overlay(self.tree)) if isinstance(self.tree, Files) else self.base

    @cached_property
    def identity(self) -> bytes:
        """A hash of what chooses among the rule data for `tree`: what its headers declare, and its release."""
        if not isinstance(self.tree, Files):
            return b""
        declarations = Declarations(self.tree, self.base.knowledge.headers)
        return blake2(declarations.text, key=version(self.tree).encode()) + bytes([declarations.has_any])

    @cached_property
    def triggers(self) -> frozenset[str]:
        """The functions that make a body worth analysing in a scan: those that contracts mark as such, and all that the
        user's own rules and contracts are about."""
        knowledge = self.of_tree.knowledge
        if not self.rule_directories:
            return knowledge.triggers
        asked = [case for rule in self.base.rules if rule.id not in _shipped_rules() for case in rule.cases]
        kinds = {kind for case in asked for kind in case.when.get("resource", ())}
        named = {name for case in asked for name in case.when.get("callee", ())}
        about = (name for name, several in knowledge.contracts.entries.items() if any(map(self._own(kinds), several)))
        return knowledge.triggers | named | frozenset(about)

    def _own(self, kinds: Set[str]) -> Callable[[Stated], bool]:
        """Tells contracts that change resources of these kinds, and the user's own that say what a call does."""

        def own(stated: Stated) -> bool:
            effects = (effect for way in stated.data.outcome for effect in (*way.acquires, *way.releases))
            mine = any(stated.path.is_relative_to(directory) for directory in self.rule_directories)
            return (mine and stated.effectful) or any(effect.partition(":")[0] in kinds for effect in effects)

        return own

    @cached_property
    def trigger_words(self) -> re.Pattern[bytes]:
        """What a body must mention to be worth analysing in a scan."""
        words = sorted(word.encode() for word in self.triggers)
        return re.compile(rb"\b(?:" + b"|".join(words) + rb")\b")

    def at(self, release: Release, base: Release | None = None) -> Setup:
        """What holds at a release, when there is no tree; names are gone that are gone in `base`, or in it."""
        if release not in self._released:
            knowledge = self.base.knowledge.chosen(release)
            self._released[release] = replace(self.base, knowledge=knowledge, release=release)
        return replace(self._released[release], release=base or release)


def _files(directory: Path) -> list[str]:
    found = (file for folder in ("", "contracts") for file in toml_files(directory, folder))
    return sorted(os.path.join(directory, *file) for file in found)


def _content(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:
        return file.readall()


@cache
def _shipped_rules() -> frozenset[str]:
    return frozenset(rule.id for rule in load_rules())
