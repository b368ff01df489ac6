"""What libraries seldom need is loaded when something of it is asked for, and is then what it always is."""

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest

from kpatchlint.option import Helped, option

ROOT = Path(__file__).resolve().parent.parent
PATCH = ROOT / "fixtures/patches/double-unlock.patch"
IMPORTED = """
import json, sys
from kpatchlint.postponed import postponed
with postponed():
    import click, msgspec, pathlib
    import inspect
later = [name for name, module in sys.modules.items() if type(module).__name__ == "_Module"]
import importlib, msgspec.json, numbers
told = {
    "later": later,
    "cleaned": inspect.cleandoc("x"),
    "parsed": inspect.ast.literal_eval("[1]"),
    "encoded": msgspec.json.encode([1]).decode(),
    "classes": [type(module).__name__ for module in (inspect, msgspec.json)],
    "again": importlib.reload(inspect).cleandoc("y"),
    "typing": "typing_extensions" in sys.modules,
    "finders": [type(finder).__module__ for finder in sys.meta_path],
}
try:
    inspect.no_such_thing
except AttributeError as error:
    told["missing"] = str(error)
print(json.dumps(told))
"""
CHECKED = """
import atexit, sys
import kpatchlint.__main__ as program
loaded = lambda: [name for name in ("ast", "inspect", "tokenize") if type(sys.modules.get(name)) is type(sys)]
atexit.register(lambda: print(*loaded(), file=sys.stderr))
program.main()
"""


def ran(code, *arguments):
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


@pytest.fixture(scope="module")
def told():
    return json.loads(ran(IMPORTED).stdout)


def test_what_is_seldom_needed_is_loaded_later(told):
    assert {"inspect", "ipaddress", "msgspec.inspect", "msgspec.json"} <= set(told["later"])


def test_it_is_what_it_always_is(told):
    assert (told["cleaned"], told["parsed"], told["encoded"], told["again"]) == ("x", [1], "[1]", "y")
    assert set(told["classes"]) == {"module"}
    assert told["missing"] == "module 'inspect' has no attribute 'no_such_thing'"


def test_afterwards_modules_are_found_as_ever(told):
    assert not told["typing"]
    assert "kpatchlint.postponed" not in told["finders"]


def test_a_check_needs_no_compiler_tools_of_python():
    found = ran(CHECKED, "check", "--no-config", str(PATCH))
    assert found.returncode == 1
    assert found.stderr.split() == []


def test_help_is_that_of_click():
    def pages(option, cls):
        @click.command(cls=cls, context_settings={"help_option_names": ["-h", "--help"]})
        @option("--all", "everything", is_flag=True, help="Report  everything.")
        @option("--base", default="x", show_default=True, help="Where.")
        @option("--plain")
        def command(everything: bool, base: str, plain: str) -> None:
            """What it does."""

        context = click.Context(command, info_name="x")
        return command.get_help(context), [each.opts for each in command.get_params(context)]

    assert pages(option, Helped) == pages(click.option, click.Command)


def test_a_command_without_help_has_none():
    command = Helped("x", add_help_option=False)
    assert command.get_help_option(click.Context(command)) is None
