"""README cannot drift: commands, output and tables are the program's; `--update-golden` makes them anew."""

import re
import tomllib
from pathlib import Path

import msgspec
import pytest
from command import ROOT, run
from integrations import table

from kpatchlint.cli import commands
from kpatchlint.flow.schema import ContractFile, FunctionData, OutcomeData
from kpatchlint.report import SAID
from kpatchlint.rule import FACTS, Rule, load_rules

README = ROOT / "README.md"
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


def formats_table():
    rows = [f"| `{name}` | {said} |" for name, said in SAID.items()]
    return "\n".join(["| format | read by |", "|---|---|", *rows])


def list_step():
    return f"```bash\n{(ROOT / '.ci/list.sh').read_text()}```"


MADE = {
    "integrations": table,
    "list": list_step,
    "formats": formats_table,
    "output": output,
    "rules": rules_table,
    "events": events_table,
}


def section(heading):
    return re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", README.read_text(), re.MULTILINE | re.DOTALL)[1]


def first_commands():
    """The code block behind the title and one sentence."""
    head = re.match(r"# kpatchlint\n\n[^\n]+\n\n```sh\n(.*?)```\n", README.read_text(), re.DOTALL)
    return head[1].splitlines()


@pytest.mark.parametrize("name", MADE)
def test_what_is_made_is_what_was_made(request, name):
    pattern = re.compile(rf"(<!-- {name}: [^\n]*-->\n).*?(<!-- /{name} -->)", re.DOTALL)
    wanted = pattern.sub(lambda found: f"{found[1]}{MADE[name]()}\n{found[2]}", README.read_text())
    if request.config.getoption("--update-golden"):
        README.write_text(wanted)
    assert pattern.search(wanted)
    assert README.read_text() == wanted


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
    told = set(re.findall(r"`(\w+)`", section("Writing a rule")))
    assert set(Rule.__struct_fields__) <= told


def test_every_key_of_a_contract_is_explained():
    keys = re.findall(r"^\| (.*?) \|", section("Writing a contract"), re.MULTILINE)
    told = set(re.findall(r"`(\w+)`", " ".join(keys)))
    assert told == {*FunctionData.__struct_fields__, *OutcomeData.__struct_fields__}


def test_the_example_of_a_contract_is_one():
    (example,) = re.findall(r"```toml\n(.*?)```", section("Writing a contract"), re.DOTALL)
    (function,) = msgspec.convert(tomllib.loads(example), ContractFile).function
    assert len(function.outcome) == 2


def test_commands_exist():
    used = re.findall(r"(?:^|\| )kpatchlint (\w+)", section("How to use it"), re.MULTILINE)
    assert set(used) == set(commands.commands)


def test_files_exist():
    named = re.findall(r"`([\w.-]+/[\w./*-]+|\w+\.toml|LICENSE)`", README.read_text())
    for name in named:
        folders = (ROOT, ROOT / "rules")
        assert any(list(folder.glob(name)) for folder in folders), name
    assert "LICENSE" in named


def test_errors_point_to_sections_that_are_there():
    text = "".join(Path(path).read_text() for path in (ROOT / "kpatchlint").rglob("*.py"))
    pointed = set(re.findall(r"see README, '([^']+)'", text))
    assert pointed
    for heading in pointed:
        assert section(heading)
