"""kpatchlint's own idea, on kpatchlint: a comment or docstring names nothing that does not exist any more.

Names are what stands in backticks, and `name()`.  They exist when the code has them, as an identifier or in a string
that is no docstring, or the rule data, or git, Python or C do.  Names of invented code in examples are in EXAMPLES.
"""

import ast
import builtins
import io
import keyword
import re
import tokenize

import pytest
from command import ROOT

from kpatchlint.data import rules_directory

FILES = sorted((ROOT / "kpatchlint").rglob("*.py"))
WORD = re.compile(r"[A-Za-z_]\w+")
CALLED = re.compile(r"(?<![\w.>])([a-z_]\w+)\(\)")
QUOTED = re.compile(r"`([A-Za-z_][\w.]*)(?:\([^`]*\))?`")
EXAMPLES = {
    *("f_oo", "g_oo", "h_oo", "f_xx", "f_old", "old_name", "new_name", "wait_for", "next_out", "other_lock"),
    *("Hello", "MACRO", "DEFINE_X", "core_initcall", "list_for_each_entry"),
}
GIT = {"noprefix", "GIT_DIR", "GIT_INDEX_FILE"}


def parsed(path):
    return ast.parse(path.read_text())


def docstrings(tree):
    """Every string that stands alone: docstrings, and those behind a constant."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value


def prose(path):
    """The docstrings and comments of a module, each with its line."""
    text = path.read_text()
    yield from ((node.lineno, node.value) for node in docstrings(ast.parse(text)))
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def code_words(path):
    """The words of a module without its prose: identifiers, and what its strings say."""
    tree = parsed(path)
    told = {id(node) for node in docstrings(tree)}
    for node in ast.walk(tree):
        for field in ("id", "attr", "arg", "name", "module"):
            if isinstance(getattr(node, field, None), str):
                yield from WORD.findall(getattr(node, field))
        if isinstance(node, ast.Constant) and id(node) not in told and isinstance(node.value, str | bytes):
            value = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            yield from WORD.findall(value)


def known():
    words = {word for path in FILES for word in code_words(path)}
    words |= {word for path in rules_directory().rglob("*.toml") for word in WORD.findall(path.read_text())}
    words |= {part for path in ROOT.rglob("kpatchlint/**/*") for part in WORD.findall(path.stem)}
    return words | GIT | set(dir(builtins)) | set(keyword.kwlist)


def claimed(text):
    """The names that a text says there are."""
    for pattern in (CALLED, QUOTED):
        yield from (part for name in pattern.findall(text) for part in name.split("."))


@pytest.fixture(scope="module")
def words():
    return known() | EXAMPLES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_is_named_exists(path, words):
    gone = [f"{line}: {name}" for line, text in prose(path) for name in claimed(text) if len(name) > 2]
    assert not [each for each in gone if each.split(": ")[1] not in words]


def test_examples_are_those_that_are_needed(words):
    said = {name for path in FILES for _, text in prose(path) for name in claimed(text)}
    assert said >= EXAMPLES | GIT
    assert not EXAMPLES & known()


def test_it_sees_what_is_gone():
    assert list(claimed("See old_call(), `an_old_name` and `Old.part`; not x->f() or words.")) == [
        "old_call",
        "an_old_name",
        "Old",
        "part",
    ]
