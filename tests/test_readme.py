"""README and its pages cannot drift: commands, output and tables are the program's; `--update-golden` remakes them."""

import json
import re
import tomllib
from collections import Counter
from pathlib import Path

import click
import msgspec
import pytest
from command import ROOT, run
from integrations import table
from marks import read_fixture

from kpatchlint.c.dialect import DialectFile
from kpatchlint.cli import commands
from kpatchlint.flow.schema import ContractFile, FunctionData, OutcomeData
from kpatchlint.model.mutants import MUTANTS
from kpatchlint.model.protocol import VARIANTS
from kpatchlint.report import SAID
from kpatchlint.rule import FACTS, Rule, load_rules

README = ROOT / "README.md"
USING = ROOT / "kpatchlint/USING.md"
WRITING = ROOT / "rules/WRITING.md"
PAGES = (README, USING, WRITING)
LONGEST = 400
OF_THE_USER = {"fixtures/interrupts-stay-off/"}
COMMON = ("resource", "noun", "place", "callee")


def rules_table():
    rows = [f"| [`{r.id}`](rules/README.md#{r.id}) | {r.family} | {r.severity} | {r.title} |" for r in load_rules()]
    return "\n".join(["| rule | family | severity | says |", "|---|---|---|---|", *rows])


def events_table():
    rows = []
    for kind, facts in FACTS.items():
        more = [f"`{name}`" + f" ({', '.join(values)})" * bool(values) for name, values in facts.items()]
        rows.append(f"| `{kind}` | {', '.join(m for m in more if m.strip('`') not in COMMON)} |")
    return "\n".join(["| event | facts |", "|---|---|", *rows])


def output():
    expected = (ROOT / "fixtures/patches/double-unlock.patch.expected").read_text()
    return "```\n" + "".join(expected.splitlines(keepends=True)[1:-1]) + "```"


def example():
    """The hunk of the example's patch that has the bug, as it was mailed."""
    text = (ROOT / "fixtures/patches/double-unlock.patch").read_text()
    hunk = re.split(r"^(?=@@)", text.split("\n-- \n")[0], flags=re.MULTILINE)[-1]
    return f"```diff\n{hunk}\n```"


def formats_table():
    rows = [f"| `{name}` | {said} |" for name, said in SAID.items()]
    return "\n".join(["| format | read by |", "|---|---|", *rows])


def verdicts():
    """Per release, the verdicts of the flow rules, of what comments say, and of the sample of stale names."""
    preview = {rule.id for rule in load_rules() if rule.stage == "preview"}
    for version in ("6.1", "6.12"):
        read = judged(version)
        better = [each for each in read["finding"] if each["rule"] not in preview]
        yield read["release"], "flow rules; those not in preview", all_of(read), read["finding"], better
        read = judged(f"comments-{version}")
        yield read["release"], "`doc-contradicts-code`, `undocumented-null`", all_of(read), read["finding"]
        read = judged(f"stale-{version}")
        drawn = f"{len(read['sample'])} of {read['findings']} in the whole tree, at random"
        yield read["release"], "`stale-reference`", drawn, read["sample"]
        yield read["release"], "`stale-reference`", "all in mm", read["mm"]
    read = judged("comments-drawn-6.12")
    for rule in ("doc-contradicts-code", "undocumented-null"):
        drawn = f"{len(read[rule]['sample'])} of {read[rule]['findings']} elsewhere, at random"
        yield read["release"], f"`{rule}`", drawn, read[rule]["sample"]


def judged(name):
    return tomllib.loads((ROOT / f"tests/trees/{name}.toml").read_text())


def all_of(read):
    """Of which directories of a release every finding was read."""
    return f"all in {', '.join(read.get('directories', ())) or 'the whole tree'}".replace("*", r"\*")


def precision_table():
    rows = []
    for release, name, drawn, *several in (each for each in verdicts() if each[-1]):
        right = [sum(each.get("count", 1) for each in said if each["true"]) for said in several]
        total = [sum(each.get("count", 1) for each in said) for said in several]
        counted = "; ".join(f"{one} of {all_}" for one, all_ in zip(right, total, strict=True))
        rows.append(f"| {release} | {name} | {drawn} | {counted} | {percent(right, total)} |")
    return "\n".join(["| release | rules | read | right | precision |", "|---|---|---|---|---|", *rows])


def percent(right, total):
    return "; ".join(f"{one * 100 // all_} %" for one, all_ in zip(right, total, strict=True))


def missed_table():
    """What marks in fixtures say of known misses and known false findings, beside what is found there."""
    marks = Counter()
    for rule in load_rules():
        for path in (ROOT / "fixtures" / rule.id).glob("*.c"):
            fixture = read_fixture(path.name, path.read_text(), {each.id for each in load_rules()})
            marks.update(mark.kind for mark in fixture.marks for _ in mark.ids or ("",))
    seen, missed, false = marks["finding"], marks["missed"], marks["false"]
    rows = [f"| {seen + missed} | {seen} | {missed} | {false} |"]
    return "\n".join(["| bugs in fixtures | found | known misses | known false findings |", "|---|---|---|---|", *rows])


MADE = {
    "example": example,
    "precision": precision_table,
    "missed": missed_table,
    "integrations": table,
    "formats": formats_table,
    "output": output,
    "rules": rules_table,
    "events": events_table,
}


def section(heading, page=README):
    found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", page.read_text(), re.MULTILINE | re.DOTALL)
    assert found, f"{page.name} has no section {heading}"
    return found[1]


def first_commands():
    """The code block behind the title and one sentence."""
    head = re.match(r"# kpatchlint\n\n[^\n]+\n\n```sh\n(.*?)```\n", README.read_text(), re.DOTALL)
    return head[1].splitlines()


@pytest.mark.parametrize("name", MADE)
def test_what_is_made_is_what_was_made(request, name):
    pattern = re.compile(rf"(<!-- {name}: [^\n]*-->\n).*?(<!-- /{name} -->)", re.DOTALL)
    (page,) = [page for page in PAGES if pattern.search(page.read_text())]
    wanted = pattern.sub(lambda found: f"{found[1]}{MADE[name]()}\n{found[2]}", page.read_text())
    if request.config.getoption("--update-golden"):
        page.write_text(wanted)
    assert page.read_text() == wanted


def test_it_can_be_read_in_five_minutes():
    assert len(README.read_text().splitlines()) <= LONGEST


def test_it_opens_with_two_commands():
    check, test = first_commands()
    assert check.startswith("python3 -m venv .venv && .venv/bin/pip install -q . && ")
    assert test.startswith("python3 -m venv .venv && .venv/bin/pip install -q '.[test]' && ")
    assert "/pytest" in test


def test_the_first_command_runs_the_main_job():
    arguments = first_commands()[0].split("/kpatchlint ")[1].split()
    ran = run(*arguments)
    assert (ran.status, ran.err) == (1, "")
    assert ran.out in README.read_text()


def test_every_key_of_a_rule_is_explained():
    told = set(re.findall(r"`(\w+)`", section("Rules", WRITING)))
    assert set(Rule.__struct_fields__) <= told


def test_what_is_said_of_the_model_is_counted():
    text = section("What a rule means", USING)
    sizes = [len(json.loads(path.read_text())["states"]) for path in ROOT.glob("fixtures/model/*.json")]
    counted = "\n".join(path.read_text() for path in ROOT.glob("tests/golden/linter-mutants/*.txt"))
    faults = sum(map(int, re.findall(r"^(\d+) mutants,", counted, re.MULTILINE)))
    assert len(VARIANTS) == 9
    assert "Nine variants" in text
    assert f"{min(sizes)} to {max(sizes)} states" in text
    assert re.search(rf"\b{len(MUTANTS)}\nfaults", text)
    assert int(re.search(r"more than (\d+) faults", text)[1]) < faults


def test_every_key_of_the_dialect_is_explained():
    keys = re.findall(r"^\| (.*?) \|", section("Macros", WRITING), re.MULTILINE)
    assert set(re.findall(r"`\[?(\w+)\]?`", " ".join(keys))) == set(DialectFile.__struct_fields__)


def test_every_key_of_a_contract_is_explained():
    keys = re.findall(r"^\| (.*?) \|", section("Contracts", WRITING), re.MULTILINE)
    told = set(re.findall(r"`(\w+)`", " ".join(keys)))
    assert told == {*FunctionData.__struct_fields__, *OutcomeData.__struct_fields__}


def test_the_example_of_a_contract_is_one():
    (example,) = re.findall(r"```toml\n(.*?)```", section("Contracts", WRITING), re.DOTALL)
    (function,) = msgspec.convert(tomllib.loads(example), ContractFile).function
    assert len(function.outcome) == 2


def test_commands_exist():
    used = re.findall(r"(?:^|\| )kpatchlint (\w+)", section("How to use it"), re.MULTILINE)
    assert set(used) == set(commands.list_commands(click.Context(commands)))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_exist(page):
    named = re.findall(r"`([\w.-]+/[\w./*-]+|\w+\.toml|LICENSE)`", page.read_text())
    for name in (name for name in named if not name.startswith("mine/") and name not in OF_THE_USER):
        folders = (ROOT, ROOT / "rules")
        assert any(list(folder.glob(name)) for folder in folders), name
    assert named


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).is_file(), target


def test_errors_point_to_sections_that_are_there():
    text = "".join(Path(path).read_text() for path in (ROOT / "kpatchlint").rglob("*.py"))
    pointed = set(re.findall(r"see (README|kpatchlint/USING\.md), '([^']+)'", text))
    assert pointed
    for page, heading in pointed:
        assert section(heading, README if page == "README" else USING)


FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def taught(heading):
    """The files and the command of a section that shows how something is taught, and what is printed.

    A file is called by the last name in front of its text.
    """
    parts = re.split(r"^### ", section("Writing a rule"), flags=re.MULTILINE)
    text = next(part for part in parts if part.startswith(heading))
    files, printed = {}, ""
    for fence in FENCE.finditer(text):
        if fence[1]:
            files[re.findall(r"`([\w./-]+\.(?:toml|c))`", text[: fence.start()])[-1]] = fence[2]
        else:
            printed = fence[2]
    (command,) = re.findall(r"`kpatchlint (scan [^`]*)`", text)
    return files, command.split(), printed


@pytest.mark.parametrize(("heading", "count"), [("\n", 2), ("Teach it a function", 2), ("Teach it a macro", 2)])
def test_what_is_taught_is_learned(request, tmp_path, heading, count):
    """The text's own files, written where it says, make the program print what it shows; without them it does not."""
    files, command, printed = taught(heading)
    assert len(files) == count
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    if request.config.getoption("--update-golden"):
        made = README.read_text().replace(f"```\n{printed}```", f"```\n{run(*command, cwd=tmp_path).out}```")
        README.write_text(made)
        printed = taught(heading)[2]
    ran = run(*command, cwd=tmp_path)
    assert (ran.status, ran.out, ran.err) == (1, printed, "")
    assert run("scan", command[-1], cwd=tmp_path).out != printed


def test_the_page_of_the_rule_that_is_taught(tmp_path):
    (name, text), *_ = taught("\n")[0].items()
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text(text)
    page = run("explain", "--rules", "mine", "interrupts-stay-off", cwd=tmp_path)
    assert page.out.startswith("# interrupts-stay-off\n\nA path leaves with local interrupts off\n")
