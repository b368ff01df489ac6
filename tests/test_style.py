"""The numbers of DESIGN.md section 9, and that kernel knowledge stays in the rule files."""

import ast
from pathlib import Path
from statistics import median

import pytest
from figures import figures, functions, length

from kpatchlint.data import read, rules_directory
from kpatchlint.flow.schema import ContractFile

PACKAGE = Path(__file__).resolve().parent.parent / "kpatchlint"
FILES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
LONGEST_FILE, LONGEST_FUNCTION, MEDIAN, NINE_OF_TEN = 400, 50, 6, 20
each_file = pytest.mark.parametrize("file", FILES)
CONTRACTS = sorted((rules_directory() / "contracts").glob("*.toml"))
KERNEL_NAMES = {function.name for path in CONTRACTS for function in read(path, ContractFile).function}


def parsed(file):
    return ast.parse((PACKAGE / file).read_text())


def docstring(node):
    return ast.get_docstring(node, clean=False)


def strings(tree):
    """Every string constant that is no docstring."""
    documented = ast.Module | ast.ClassDef | ast.FunctionDef
    texts = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and docstring(node) is not None
    }
    for body in (getattr(node, "body", []) for node in ast.walk(tree)):
        for statement in body if isinstance(body, list) else []:
            # a string behind a constant documents it
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                texts.add(id(statement.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) and id(node) not in texts:
            yield node


def kernel_names(tree):
    """Names of contracts in the strings of a module; an English word (schedule) must be the whole string."""
    for node in strings(tree):
        text = node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value
        words = set("".join(c if c.isalnum() or c == "_" else " " for c in text).split())
        for name in sorted(words & KERNEL_NAMES):
            if "_" in name or text.strip() == name:
                yield f"{node.lineno}: {name}"


@each_file
def test_a_module_says_what_it_computes(file):
    text = (PACKAGE / file).read_text()
    assert not text.strip() or docstring(ast.parse(text))


@each_file
def test_files_are_short(file):
    assert len((PACKAGE / file).read_text().splitlines()) <= LONGEST_FILE


@each_file
def test_no_function_is_long(file):
    long = {f"{node.name}:{node.lineno}": length(node) for node in functions(parsed(file))}
    assert not {name: lines for name, lines in long.items() if lines > LONGEST_FUNCTION}


def test_most_functions_are_short():
    """`python tests/figures.py` prints these."""
    found = figures(PACKAGE)
    assert median(found.functions) <= MEDIAN
    assert found.nine_of_ten <= NINE_OF_TEN


@each_file
def test_kernel_knowledge_is_data(file):
    assert not list(kernel_names(parsed(file)))


@each_file
def test_everything_is_annotated_and_nothing_is_any(file):
    tree = parsed(file)
    assert not [n.lineno for n in ast.walk(tree) if isinstance(n, ast.alias) and n.name == "Any"]
    for function in functions(tree):
        arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        bare = [a.arg for a in arguments if a.annotation is None and a.arg not in ("self", "cls")]
        assert not bare, f"{function.name}:{function.lineno}"
        assert function.returns is not None, f"{function.name}:{function.lineno}"



class TestTheTestsCanFail:
    def test_figures_are_counted(self, tmp_path):
        text = '"""One\n\ntwo."""\n# why\ndef f() -> int:\n    """It."""\n    return 1  # why\n\n'
        (tmp_path / "x.py").write_text(text)
        found = figures(tmp_path)
        assert (found.files, found.functions) == ((8,), (3,))
        assert (found.comments, found.docstrings, found.lines) == (2, 3, 6)

    def test_kernel_names_are_seen(self):
        assert {"pte_unmap", "schedule"} <= KERNEL_NAMES
        code = '"""pte_unmap()"""\nX = "pte_unmap"\n"""schedule"""\ndef f():\n    "pte_unmap"\n'
        code += '    return b"a pte_unmap(b"\n'
        assert list(kernel_names(ast.parse(code))) == ["2: pte_unmap", "6: pte_unmap"]
        assert not list(kernel_names(ast.parse('X = "the schedule of it"\n')))
