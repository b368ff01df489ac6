"""Macros of a file that only stand for calls."""

import pytest

from kpatchlint.c.inline import expanded, file_macros

TEXT = b"int f(void)\n{\n\tdrop(p, l);\n}\n"


@pytest.mark.parametrize(
    ("definition", "calls"),
    [
        (b"#define drop(a, b) give(b)\n", ["give(l)"]),
        (b"#define drop(a, b) give((a)->x, &(b)->lock)\n", ["give((p)->x, &(l)->lock)"]),
        (b"#define drop(a, b) do { other(a); /* then */ \\\n\tgive(b); } while (0)\n", ["other(p)", "give(l)"]),
        (b"#define drop(a, b) ({ give(a); give(b); })\n", ["give(p)", "give(l)"]),
        (b"#define drop(a) give(a)\n", []),
        (b"#define drop(a, b) other(a)\n", []),
        (b"#define drop(a, b) give(other(a))\n", []),
        (b"#define drop(a, b) do { if (a) give(b); } while (0)\n", []),
        (b"#define drop(a, b) give(a##b)\n", []),
        (b"#define drop(a, b) give(a)\n#define drop(a, b) give(b)\n", []),
    ],
)
def test_a_macro_is_the_calls_it_stands_for(definition, calls):
    at = TEXT.index(b"drop")
    found = expanded(file_macros(definition + TEXT, {b"give"}), "drop", ["p", "l"], at, TEXT.index(b";"))
    assert [node.text.decode() for node in found] == calls
    assert [node.start_byte for node in found] == [at + number for number in range(len(calls))]


def test_an_argument_that_is_a_call_is_not_doubled():
    macros = file_macros(b"#define drop(a) do { give(a); give(a); } while (0)\n", {b"give"})
    assert expanded(macros, "drop", ["next(p)"], 40, 60) == []
