"""What a file declares outside its functions: arrays and enumerators."""

import pytest

from kpatchlint.c.declare import file_arrays, file_constants, file_guards


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
