"""What a file declares outside its functions, arrays and enumerators, and what a function does."""

import pytest

from kpatchlint.c.bounded import BoundedParser
from kpatchlint.c.declare import (
    descend,
    file_arrays,
    file_constants,
    file_guards,
    inside,
    local_types,
    stepped,
)
from kpatchlint.c.expression import words


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (b"static char sink[4096];\n", {"sink"}),
        (b"pte_t table[16] __aligned(8) = { 0 };\n", {"table"}),
        (b"extern struct lock locks[];\n", {"locks"}),
        (b"static int *pointer = NULL;\n", set()),
        (b"void f(int values[4]);\n", set()),
        (b"\tchar inside[4];\n", set()),
    ],
)
def test_arrays_of_a_file(text, names):
    assert file_arrays(text) == names


@pytest.mark.parametrize(
    ("text", "known"),
    [
        (b"enum kind {\n\tNONE,\n\tPAGE = 4,\t/* mapped */\n\tSWAP,\n};\n", {"NONE": 0, "PAGE": 4, "SWAP": 5}),
        (b"enum { A = 0x10, B };", {"A": 16, "B": 17}),
        (b"enum { A, B = SIZE, C };", {"A": 0}),
        (b"enum {\n#ifdef X\n\tA,\n#endif\n\tB };", {}),
        (b"enum kind f(enum kind k) { return k; }", {}),
    ],
)
def test_enumerators_of_a_file(text, known):
    assert file_constants(text) == known


@pytest.mark.parametrize(
    ("text", "known"),
    [
        (b"DEFINE_GUARD(q, struct queue *, q_take(_T), q_give(_T))\n", {"q": ("q_take", "q_give")}),
        (b"DEFINE_GUARD(q, struct queue *,\n\t     q_take(_T),\n\t     q_give(_T))\n", {"q": ("q_take", "q_give")}),
        (b"DEFINE_GUARD(q, struct queue *, mutex_lock(&_T->lock), mutex_unlock(&_T->lock))\n", {}),
        (b"/* DEFINE_GUARD(q, struct queue *, q_take(_T), q_give(_T)) */\n", {}),
    ],
)
def test_guard_classes_of_a_file(text, known):
    assert file_guards(text, ["DEFINE_GUARD"]) == known


def body(statements):
    """A function's body."""
    text = b"void f(void)\n{\n%b\n}\n" % statements.encode()
    found = [n for n in descend(BoundedParser().tree(text, 0, len(text))) if n.type == "compound_statement"]
    return found[0]


@pytest.mark.parametrize(
    ("statements", "names"),
    [
        ("int a; { long b = g(a); }", {"a", "b"}),
        ("for (int i = 0; i < n; i++) { char *p = q; }", {"i", "p"}),
        ("switch (x) { case 1: { int c; } }", {"c"}),
        ("if (({ int d = g(); d; })) return;", {"d"}),
        ("return g(( /* of a block */ { int e = 1; e; }));", {"e"}),
        ("int h = (\n{ int k = 1; k; });", {"h", "k"}),
    ],
)
def test_locals_of_a_function(statements, names):
    assert local_types(inside(body(statements))[0]).keys() == names


@pytest.mark.parametrize(
    ("statements", "names"),
    [
        ("again: if (x) goto again;", ["again"]),
        ("{ goto out; }\nout:\n\treturn;", ["out"]),
        ("if (x) one: g(); else two : g();", ["one", "two"]),
        ("do here: g(); while (x);", ["here"]),
        ("switch (x) { case A: inside: g(); default: break; }", ["inside"]),
        ("g(); /* why */ out /* here */ : g();", ["out"]),
        ("x = a ? b : c; switch (x) { default: break; }", []),
    ],
)
def test_labels_of_a_function(statements, names):
    assert [words(label.child_by_field_name("label")) for label in inside(body(statements))[1]] == names


@pytest.mark.parametrize(
    ("loop", "names"),
    [
        ("while (i < n) { i++; --j; }", ["i", "j"]),
        ("do { i += 2; j -= 1; k = k + 1; } while (i);", ["i", "j"]),
        ("while (p->next) { p = p->next; n[0]++; }", []),
        ("for (;;) g(-i, +j);", []),
    ],
)
def test_what_a_loop_steps(loop, names):
    assert [variable.name for variable in stepped(body(loop).named_children[0])] == names
