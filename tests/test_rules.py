"""Rules: every event is claimed by one rule, every page is whole, every broken file is said in one line."""

import re
from itertools import product
from pathlib import Path

import pytest

from kpatchlint.data import read, rules_directory
from kpatchlint.docs import explain, listing
from kpatchlint.errors import UserError
from kpatchlint.event import Event, EventKind
from kpatchlint.flow.schema import ResourceFile
from kpatchlint.rule import FACTS, load_rules

ROOT = Path(__file__).resolve().parent.parent
RULES = load_rules()
BY_ID = {rule.id: rule for rule in RULES}
RESOURCES = tuple(read(rules_directory() / "resources.toml", ResourceFile).resource)
SECTIONS = {"rcu", "preempt", "irq", "lazy_mmu", "unflushed"}
IDS = {
    "wait": {
        "wait-while-locked",
        "unlock-after-wait",
        "wait-without-ptl",
        "use-after-wait",
        "lock-held-twice",
        "wait-takes-reference",
    },
    "entry": {
        "crossed-entry",
        "huge-entry-as-pte",
        "flush-after-unlock",
        "pmd-wait-needs-null-ptep",
        "stack-copy-as-entry",
        "stale-entry",
        "untested-entry",
    },
    "map": {
        "missing-unmap",
        "missing-unlock",
        "unmap-wrong-pointer",
        "unmap-order",
        "use-after-unmap",
        "unchecked-map",
        "mismatched-pair",
        "lock-not-held",
    },
    "reference": {"stale-reference", "undocumented-null", "doc-contradicts-code"},
}
# no contract requires a lock that it does not itself release, and summaries do not say what they require
VIOLATIONS = {
    *(
        "folio-uaf",
        "waitentry-uaf",
        "pgtable-uaf",
        "lost-wakeup",
        "queue-race",
        "sleep-atomic",
        "sleep-mapped",
    ),
    *("unlock-not-owner", "self-deadlock", "unmap-unmapped", "unmap-order", "pte-use-unmapped", "map-twice"),
    *("leak-lock", "leak-map", "leak-vma-lock", "null-use", "entry-unread", "not-migration-entry"),
    *("vma-lock-not-held", "livelock", "migration-failed"),
}
GOOD = """
id = "my-rule"
family = "mine"
title = "A title"
severity = "warning"
stage = "preview"
event = "sleep-held"
message = "{callee}() sleeps with {place}"
what = "What."
why = "Why."
bad = "bad();"
good = "good();"
limits = "Limits."
no_model = "a test"

[when]
resource = ["lock"]
"""


def asked(kind):
    """Facts of `kind` that a condition of some rule asks for."""
    cases = [case for rule in RULES for case in rule.cases if case.event == kind]
    return {fact for case in cases for fact in (*case.when, *case.unless)}


def values(kind, fact):
    if fact == "resource":
        return RESOURCES
    if FACTS[kind][fact]:
        return ("", *FACTS[kind][fact])
    return ("", "x") if fact in asked(kind) else ("x",)


def space(kind):
    names = list(FACTS[kind])
    for combination in product(*(values(kind, name) for name in names)):
        yield Event(kind, 0, 1, "f", tuple(zip(names, combination, strict=True)))


def plausible(event):
    """Whether the facts fit together as an analysis gives them, so that the message must read well."""
    facts = dict(event.facts)
    if (
        facts.get("resource") in SECTIONS
        and event.kind is EventKind.RELEASE_UNHELD
        and facts["cause"] != "released"
    ):
        return False
    named = facts.get("resource") in SECTIONS or facts.get("place") != ""
    nameless = facts.get("resource") not in SECTIONS or facts.get("place") == ""
    gone = event.kind in {EventKind.USE_AFTER_RELEASE, EventKind.USE_UNCHECKED} or facts.get("cause") in {
        "released",
        "failed",
        "never",
        "lock-only",
    }
    known = facts.get("cause", "x") != "" and (not gone or facts.get("by") != "")
    renamed = facts.get("cause") == "removed" or facts.get("replacement") != ""
    other = event.kind is not EventKind.RELEASE_OTHER or facts["cause"] != "other-kind" or facts["other"]
    return bool(named and nameless and known and renamed and other)


def test_the_rules_that_were_promised():
    assert {family: {r.id for r in RULES if r.family == family} for family in IDS} == IDS


@pytest.mark.parametrize("kind", EventKind)
def test_every_event_is_claimed_by_one_rule(kind):
    for event in space(kind):
        claims = [rule.id for rule in RULES if rule.matches(event)]
        assert len(claims) == 1, f"{claims} claim {dict(event.facts)}: one of them, and `unless` in the others"


@pytest.mark.parametrize("kind", EventKind)
def test_messages_read_well(kind):
    for event in filter(plausible, space(kind)):
        message = next(rule.message_for(event) for rule in RULES if rule.matches(event))
        assert not re.search(r"(^| )\(\)|  |^ | $|[{}]|: $| ,|@:", message), (event.facts, message)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_case_is_reached(rule):
    told = {rule.message_for(event) for kind in rule.events for event in space(kind) if rule.matches(event)}
    for case in rule.cases:
        pattern = re.sub(r"\\{\w+\\}", ".*", re.escape(case.message))
        assert any(re.fullmatch(pattern, message) for message in told), case.message


@pytest.mark.parametrize(
    ("kind", "facts", "rule", "message"),
    [
        (
            "release-unheld",
            {"resource": "lock", "place": "ptl", "cause": "released", "by": "f", "by_wait": "yes"},
            "unlock-after-wait",
            "ptl is unlocked twice: f() already dropped it",
        ),
        (
            "release-unheld",
            {
                "resource": "lock",
                "place": "ptl",
                "cause": "released",
                "by": "f",
                "callee": "w",
                "callee_waits": "yes",
            },
            "wait-without-ptl",
            "w() needs ptl held, but f() already dropped it",
        ),
        (
            "release-unheld",
            {"resource": "map", "place": "pte", "cause": "released", "by": "f"},
            "unmap-wrong-pointer",
            "pte is unmapped twice: f() already unmapped it",
        ),
        (
            "release-unheld",
            {"resource": "map", "place": "ptep", "cause": "unmapped", "callee": "w", "callee_waits": "yes"},
            "pmd-wait-needs-null-ptep",
            "w() unmaps ptep, which was never mapped: pass NULL",
        ),
        (
            "release-unheld",
            {"resource": "map", "place": "ptep", "cause": "unmapped", "callee": "u"},
            "mismatched-pair",
            "u() unmaps ptep, which was never mapped",
        ),
        (
            "release-unheld",
            {"resource": "rcu", "noun": "RCU read section", "cause": "released", "by": "f"},
            "unlock-after-wait",
            "RCU read section is left twice: f() already left it",
        ),
        (
            "sleep-held",
            {"resource": "rcu", "noun": "RCU read section", "callee": "s"},
            "wait-while-locked",
            "s() may sleep inside the RCU read section",
        ),
        (
            "use-after-release",
            {"resource": "map", "place": "pte", "by": "f", "by_wait": "no"},
            "use-after-unmap",
            "pte is used after f() unmapped it",
        ),
        (
            "use-after-release",
            {"resource": "map", "place": "pte", "by": "f", "by_wait": "yes"},
            "use-after-wait",
            "pte is used after f() waited: look it up again",
        ),
        (
            "argument",
            {"cause": "stack-copy", "place": "&pmdval", "callee": "f"},
            "stack-copy-as-entry",
            "&pmdval is a copy on the stack: f() needs a pointer into the page table",
        ),
        (
            "stale-name",
            {"cause": "renamed", "written": "old()", "replacement": "new", "instead": "new()", "since": "v5.16"},
            "stale-reference",
            "old() is now new()",
        ),
        (
            "stale-name",
            {"cause": "removed", "written": "old()", "since": "v5.16"},
            "stale-reference",
            "old() was removed in v5.16",
        ),
        (
            "undocumented-null",
            {"param": "ptep", "note": "NULL for PMD entries"},
            "undocumented-null",
            "@ptep: NULL may be passed, which its kernel-doc does not say: NULL for PMD entries",
        ),
        (
            "undocumented-null",
            {"param": "ptep"},
            "undocumented-null",
            "@ptep: NULL may be passed, which its kernel-doc does not say",
        ),
    ],
)
def test_who_says_what(kind, facts, rule, message):
    event = Event(EventKind(kind), 0, 1, "f", tuple(facts.items()))
    assert [(r.id, r.message_for(event)) for r in RULES if r.matches(event)] == [(rule, message)]


def test_facts_are_not_read_as_templates():
    event = Event(
        EventKind.SLEEP_HELD, 0, 1, "f", (("callee", "{place}"), ("place", "a{0}b"), ("resource", "lock"))
    )
    assert BY_ID["wait-while-locked"].message_for(event) == "{place}() may sleep with a{0}b locked"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
class TestPage:
    def test_is_whole(self, rule):
        page = explain(rule)
        headings = re.findall(r"^## (.+)$", page, re.M)
        assert headings == [
            "What it does",
            "Why is this bad?",
            "Example",
            "Use instead",
            "Limits",
            "Model",
            "Evidence",
            "References",
        ]
        assert page.count("```") == 4
        assert page.endswith("\n")
        assert not page.endswith("\n\n")

    def test_says_enough(self, rule):
        for key, text in (("what", rule.what), ("why", rule.why), ("limits", rule.limits)):
            assert len(text.split()) >= 15, f"{rule.id}: {key} has less than 15 words"
        assert rule.bad.strip() != rule.good.strip()
        assert not rule.title.endswith(".")
        assert rule.references, f"{rule.id}: no references"

    def test_names_violations_the_model_has(self, rule):
        assert set(rule.kinds) <= VIOLATIONS
        assert bool(rule.violates) != bool(rule.no_model)

    def test_has_a_bad_and_a_good_fixture(self, rule):
        texts = "\n".join(path.read_text() for path in (ROOT / "fixtures" / rule.id).glob("*.c"))
        assert re.search(r"^\w.*\bbad_\w+\(", texts, re.M), f"fixtures/{rule.id} has no bad_ function"
        assert re.search(r"^\w.*\bok_\w+\(", texts, re.M), f"fixtures/{rule.id} has no ok_ function"
        assert re.search(rf"finding: [^\"\n]*\b{rule.id}\b", texts), f"no finding in fixtures/{rule.id}"

    def test_has_enough_fixtures(self, rule):
        if rule.family == "reference":
            return
        texts = "\n".join(path.read_text() for path in (ROOT / "fixtures" / rule.id).glob("*.c"))
        count = {kind: len(re.findall(rf"^\w.*\b{kind}_\w+\(", texts, re.M)) for kind in ("bad", "ok")}
        assert count["bad"] >= 3, f"fixtures/{rule.id}: three bad_ functions"
        assert count["ok"] >= 4, f"fixtures/{rule.id}: four ok_ functions"


def test_explain_golden(golden):
    golden("explain-unlock-after-wait.md", explain(BY_ID["unlock-after-wait"]))


def test_listing_golden(golden):
    golden("listing.txt", listing(RULES))


def write(directory, text, path="mine/my-rule.toml"):
    file = directory / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def refused(directory):
    with pytest.raises(UserError) as caught:
        load_rules([directory])
    assert "\n" not in str(caught.value)
    return caught.value


def test_users_add_rules_and_theirs_are_asked_first(tmp_path):
    write(tmp_path, GOOD)
    rules = load_rules([rules_directory(), tmp_path])
    assert [rule.id for rule in rules] == ["my-rule", *(rule.id for rule in RULES)]


def test_a_directory_may_have_contracts_or_a_dialect_only(tmp_path):
    (tmp_path / "dialect.toml").write_text('attributes = ["__moored"]\n')
    assert load_rules([tmp_path]) == RULES
    (tmp_path / "more.toml").write_text("")
    assert "is not in a family" in str(refused(tmp_path))


@pytest.mark.parametrize(
    ("old", "new", "line", "says", "cure"),
    [
        ('"sleep-held"', '"sleeps"', 7, "sleeps", "release-unheld, acquire-held"),
        ('"warning"', '"fatal"', 5, "fatal", "error, warning, info"),
        ('"preview"', '"beta"', 6, "beta", "preview, default"),
        ("title = ", "titel = ", 4, "titel", "severity, stage, event"),
        ('title = "A title"', "", 0, "title", "add title = ..."),
        ('title = "A title"', "title = 3", 4, "str", "WRITING"),
        ('title = "A title"', 'title = ""', 4, "title is empty", "WRITING"),
        ("resource = ", "ressource = ", 17, "ressource", "resource, noun, place"),
        ('["lock"]', '["lok"]', 17, "lok", "lock, map, kmap"),
        ('["lock"]', '"lock"', 16, "array", "WRITING"),
        ("resource = ", "callee_waits = ", 17, "lock", "no, yes"),
        ('"my-rule"', '"your-rule"', 2, "your-rule", "my-rule"),
        ('"mine"', '"yours"', 3, "yours", "mine"),
        ("{place}", "{plase}", 8, "plase", "place"),
        ("{place}", "{place.__class__}", 8, "__class__", "place"),
        ("{place}", "{place:>9}", 8, "place", "place"),
        ("{place}", "{place", 8, "expected", "WRITING"),
        ('no_model = "a test"', "", 0, "violates", "add no_model = "),
        ('no_model = "a test"', 'no_model = "x"\nviolates = ["y"]', 15, "not both", "leave one out"),
        ('no_model = "a test"', 'no_model = "x"\nevidence = "y"', 15, "evidence", 'stage = "preview"'),
        ('"preview"', '"default"', 6, "evidence", 'stage = "preview"'),
        ('no_model = "a test"', 'no_model = "x"\nsince = "6.5"', 15, "6.5", "v6.5"),
        ("[when]", '[[case]]\nevnt = "x"\n[when]', 17, "evnt", "event, when, unless, message"),
        ("[when]", '[[case]]\nevent = "x"\n[when]', 17, "'x'", "sleep-held"),
        ("[when]", '[[case]]\nunless = { param = ["x"] }\n[when]', 17, "param", "callee"),
        ("title = ", "title = = ", 4, "TOML", "mend"),
    ],
)
def test_a_broken_file_is_one_clear_line(tmp_path, old, new, line, says, cure):
    assert GOOD.count(old) == 1
    file = write(tmp_path, GOOD.replace(old, new))
    error = refused(tmp_path)
    assert (error.path, error.line) == (str(file), line)
    assert says in error.what
    assert cure in error.cure


def test_the_same_id_twice(tmp_path):
    text = GOOD.replace("my-rule", "unmap-order")
    file = write(tmp_path, text, "mine/unmap-order.toml")
    error = refused(tmp_path)
    assert error.path == str(file)
    assert "rules/map/unmap-order.toml" in error.what


def test_a_rule_outside_a_family(tmp_path):
    write(tmp_path, GOOD)
    stray = write(tmp_path, GOOD, "my-rule.toml")
    assert refused(tmp_path).path == str(stray)


@pytest.mark.parametrize("name", ["empty", "absent"])
def test_a_directory_without_rules(tmp_path, name):
    (tmp_path / "empty").mkdir()
    assert refused(tmp_path / name).path == str(tmp_path / name)
