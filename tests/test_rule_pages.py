"""`rules/README.md` is what `kpatchlint explain` prints of all rules: nothing in it is written by hand."""

import re

import pytest
from command import ROOT, run

from kpatchlint.rule import load_rules

PAGES = ROOT / "rules/README.md"
RULES = load_rules()
ALWAYS = ["What it does", "Why is this bad?", "Example", "Use instead", "Limits", "Model", "Evidence", "References"]


@pytest.fixture(scope="module")
def made():
    return run("explain").out


def page(text, rule):
    """A rule's part of the pages, without its title."""
    return re.search(rf"^## {rule.id}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)[1]


def test_they_are_what_the_program_prints(request, made):
    if request.config.getoption("--update-golden"):
        PAGES.write_text(made)
    assert made == PAGES.read_text()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_page_has_every_section(made, rule):
    """What, why, bad, good, limits, releases, evidence, references; the model's timeline where the rule has one."""
    text = page(made, rule)
    headings = re.findall(r"^### (.*)$", text, re.MULTILINE)
    assert headings == ALWAYS + ["Timeline"] * ("### Timeline" in text)
    assert ("### Timeline" in text) == bool(rule.kinds)
    assert f"Releases: {'since ' + rule.since if rule.since else 'all'}" in text
    assert f"- [{rule.id}](#{rule.id}): {rule.title}" in made.splitlines()
    for reference in rule.references:
        assert f"- {reference}" in text


def test_one_page_and_all_pages_say_the_same(made):
    title, *rest = run("explain", RULES[0].id).out.splitlines()
    assert title == f"# {RULES[0].id}"
    assert [line.removeprefix("#") for line in page(made, RULES[0]).splitlines()[: len(rest)]] == rest


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_why_it_is_a_bug_rests_on_the_kernels_own_words(rule):
    """A document, a comment or a commit of the kernel."""
    assert any(re.search(r"Documentation/|\bcommit [0-9a-f]{12}\b|\.[ch]\b", said) for said in rule.references)
