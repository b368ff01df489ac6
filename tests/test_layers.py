"""Imports go one way: every import of the package, read with ast, against DESIGN.md section 3."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "kpatchlint"
# Lowest first.  A module may import of its own layer what stands in the same folder, and anything below.
LAYERS = (
    ("errors", "garbage", "phases", "postponed", "regex", "seldom", "value"),
    ("data", "files", "pool", "source"),
    ("shipped",),
    ("event", "finding", "model", "release"),
    ("patch", "tree"),
    ("c",),
    ("claim", "spelled"),
    ("spoken",),
    ("flow", "reference"),
    ("prose",),
    ("rule",),
    ("match", "suppress", "selection", "config", "baseline"),
    ("text",),
    ("documented",),
    ("examine", "leftover", "stale"),
    ("members",),
    ("brought", "compare"),
    ("patched", "pathnames"),
    ("commented", "evidence", "loaded", "series"),
    ("endstate",),
    ("check",),
    ("scan",),
    ("given", "docs"),
    ("option", "report", "terminal", "manual"),
    ("settings", "completion"),
    ("hook", "lsp", "explore", "later"),
    ("cli",),
    ("__main__",),
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
# what a check of a mail without a tree may import
CHECK = {name for rank in LAYERS for name in rank} - {
    "stale", "commented", "docs", "manual", "pool", "scan", "hook", "explore", "__main__", "cli", "completion"
}  # fmt: skip
CHECKS_TREES = ("checkout", "files", "git", "kept", "process", "siblings")
REPORTS = ("output", "plain", "quote", "run", "text", "github", "headers", "mistake")
FILES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
MODULES = {path.removesuffix(".py").removesuffix("/__init__").replace("/", "."): path for path in FILES}
MODULES.pop("__init__", None)
each_module = pytest.mark.parametrize("module", MODULES)


def tree_of(module):
    return ast.parse((PACKAGE / MODULES[module]).read_text())


def imports(tree):
    """The modules of the package that a tree imports, without the package's name."""
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names] + [node.module]
        for name in names:
            inside = name.removeprefix("kpatchlint.")
            if inside != name and inside in MODULES:
                yield inside


def layer(module):
    return module.split(".")[0]


def allowed(importer, imported):
    same = layer(importer) == layer(imported)
    return same or RANK[layer(imported)] < RANK[layer(importer)]


def faults(tree):
    """What an import must not be, and how an exception must not be caught."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            inner = [n for n in ast.walk(function) if isinstance(n, ast.Import | ast.ImportFrom)]
            yield from (f"{node.lineno}: import inside a function" for node in inner)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute | ast.alias) and "TYPE_CHECKING" in ast.dump(node):
            yield f"{node.lineno}: TYPE_CHECKING"
        if isinstance(node, ast.ExceptHandler) and _too_wide(node.type):
            yield f"{node.lineno}: catches everything"


def _too_wide(caught):
    names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(name is None or ast.unparse(name) in ("Exception", "BaseException") for name in names)


@each_module
def test_every_module_has_a_layer(module):
    assert layer(module) in RANK


@each_module
def test_imports_go_down(module):
    wrong = sorted({name for name in imports(tree_of(module)) if not allowed(module, name)})
    assert not wrong, f"{module} imports {', '.join(wrong)}"


@each_module
def test_no_import_goes_in_a_circle(module):
    """Within a folder too."""
    seen, waiting = set(), [module]
    while waiting:
        for name in set(imports(tree_of(waiting.pop()))) - seen:
            assert name != module, f"{module} imports itself, through {', '.join(sorted(seen)) or 'nothing'}"
            seen.add(name)
            waiting.append(name)


@each_module
def test_imports_stand_on_top_and_nothing_is_caught_blindly(module):
    assert not list(faults(tree_of(module)))


def test_nobody_imports_the_command_line():
    assert not [m for m in MODULES if m != "__main__" and "cli" in set(imports(tree_of(m)))]


def test_the_model_is_an_independent_witness():
    """It knows nothing of the analysis, and the analysis nothing of it."""
    mine = {module for module in MODULES if layer(module) == "model"}
    assert mine
    assert {layer(name) for module in mine for name in imports(tree_of(module))} <= {"model", "errors"}
    names = {module: {name for name in imports(tree_of(module)) if layer(name) == "model"} for module in MODULES}
    others = {module: used for module, used in names.items() if used and module not in mine}
    assert {layer(module) for module in others} <= {"explore", "report"}


def imported_by(*arguments):
    """The modules that a run of the command line has imported, of the package and others."""
    code = f"import sys; sys.argv[1:] = {list(arguments)!r}; from kpatchlint.cli import commands\n"
    code += "commands.main(standalone_mode=False)\nprint(*sys.modules, file=sys.stderr)"
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    command = [sys.executable, "-c", code]
    ran = subprocess.run(command, capture_output=True, check=True, text=True, env=environment)
    return set(ran.stderr.splitlines()[-1].split())


def test_a_check_imports_no_more_than_it_needs():
    """What it costs to start is what a user waits for, for a patch."""
    patch = PACKAGE.parent / "fixtures/patches/double-unlock.patch"
    imported_by("check", "--no-config", str(patch))
    found = imported_by("check", "--no-config", str(patch))  # the first run parses the rule data
    assert "kpatchlint.examine" in found
    mine = {name.removeprefix("kpatchlint.") for name in found if name.startswith("kpatchlint.")}
    assert {layer(module) for module in mine} <= CHECK | {"cli"}
    assert {name for name in mine if layer(name) == "tree"} <= {"tree", *(f"tree.{name}" for name in CHECKS_TREES)}
    assert not {name for name in mine if layer(name) == "model"}
    assert {name for name in mine if layer(name) == "report"} <= {"report", *(f"report.{n}" for n in REPORTS)}
    heavy = {"sqlite3", "tomllib", "multiprocessing", "concurrent.futures", "asyncio", "distributed", "xml", "html"}
    heavy |= {"dataclasses", "difflib", "email", "hashlib", "json", "platformdirs", "subprocess", "traceback"}
    heavy |= {"hyperscan", "isal"}
    assert not heavy & found


def test_what_reads_comments_is_imported_where_one_claims_something(tmp_path):
    patch = tmp_path / "x.patch"
    text = "--- a/x.c\n+++ b/x.c\n@@ -1,5 +1,6 @@\n {}\n void f(spinlock_t *ptl)\n {{\n+\tg(ptl);\n \th();\n }}\n"
    for comment, wanted in (("int x;", False), ("/* Must be called with ptl held. */", True)):
        patch.write_text(text.format(comment))
        found = imported_by("check", "--no-config", str(patch))
        assert ("kpatchlint.documented" in found) is wanted


def test_the_table_names_what_there_is():
    assert {layer(module) for module in MODULES} == set(RANK)


@pytest.mark.parametrize(
    ("importer", "imported", "verdict"),
    [
        ("cli", "check", True),
        ("check", "cli", False),
        ("match", "examine", False),
        ("c.lower", "flow.state", False),
        ("flow.state", "c.ir", True),
        ("patch.mail", "tree.checkout", False),
        ("docs", "report.text", False),
        ("rule", "flow.schema", True),
        ("finding", "source", True),
        ("errors", "source", False),
    ],
)
def test_the_test_can_fail(importer, imported, verdict):
    assert allowed(importer, imported) is verdict


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def f():\n    import os\n", ["2: import inside a function"]),
        ("from typing import TYPE_CHECKING\n", ["1: TYPE_CHECKING"]),
        ("try:\n    pass\nexcept:\n    pass\n", ["3: catches everything"]),
        ("try:\n    pass\nexcept (OSError, Exception):\n    pass\n", ["3: catches everything"]),
        ("import os\ntry:\n    pass\nexcept OSError:\n    pass\n", []),
    ],
)
def test_faults_are_seen(code, said):
    assert list(faults(ast.parse(code))) == said


def test_imports_are_seen():
    code = "import kpatchlint.c.ir\nfrom kpatchlint.flow import state\nimport os, kpatchlint.errors\n"
    assert set(imports(ast.parse(code))) == {"c.ir", "flow", "flow.state", "errors"}
