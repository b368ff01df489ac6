"""The rewrites keep length and newlines, leave comments and literals, and give forms that a grammar reads."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpatchlint.c.dialect import Annotation, load, rewrite

DIALECT = load()
PIECES = st.lists(
    st.sampled_from(
        [
            *(
                "list_for_each_entry(p, h, l)",
                "min_t(struct x *, a)",
                "__releases(a)",
                "__init",
                "DEFINE_MUTEX(x)",
            ),
            *(
                "SYSCALL_DEFINE2(a, int, b, int, c)",
                "scoped_guard(a)",
                "while_each_x()",
                "KERN_ERR",
                "offsetof(",
            ),
            *(
                "for_each_\n(",
                "guard(a)(b)",
                "typeof(a)",
                "EXPORT_SYMBOL(a)",
                "__attribute__((a))",
                "fmt",
                "...",
            ),
            *(
                "/*",
                "*/",
                "//",
                '"',
                "'",
                "'a'",
                '"s\\"',
                "\\",
                "\n",
                "\t",
                "#if\n",
                "#define x",
                "#include <a>",
            ),
            *"#(){},;",
        ]
    ),
    max_size=40,
).map(" ".join)


def text(source):
    return rewrite(source.encode(), DIALECT).text.decode()


def words(source):
    return " ".join(text(source).split())


@given(PIECES | st.binary(max_size=200).map(lambda b: b.decode("latin-1")))
def test_length_and_newlines_are_kept(source):
    original = source.encode("latin-1", errors="replace")
    rewritten = rewrite(original, DIALECT)
    for result in (rewritten.text, rewritten.code):
        assert len(result) == len(original)
        assert [i for i, c in enumerate(result) if c == 10] == [i for i, c in enumerate(original) if c == 10]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("static int __init f(void)", "static int f(void)"),
        ('void f(void) __attribute__((cold, section(".x"))) ;', "void f(void) ;"),
        ("x = min_t(unsigned long, a, b);", "x = min_t(0 , a, b);"),
        ("x = min_t(pte_t, a, b);", "x = min_t(pte_t, a, b);"),
        ("p = container_of(q, struct item, node.next);", "p = container_of(q, item, node.next);"),
        ("p = container_of(q, const struct item *, node);", "p = container_of(q, item , node);"),
        ("p = list_entry(q, typeof(*p), node);", "p = list_entry(q, 0 , node);"),
        ("n = offsetof(struct item, a.b[3]) / 4;", "n = sizeof(0) / 4;"),
        ("typeof(*p) *q = p;", "int *q = p;"),
        ('asm_inline volatile("nop");', 'asm volatile("nop");'),
        ("\tDECLARE_BITMAP(seen, MAX);", "long seen[ MAX];"),
        ("\tstatic DEFINE_RATELIMIT_STATE(rs, 10 * HZ, 3);", "static int rs ;"),
        ("case 1 ... 9:", "case 1 % 9:"),
        ("int f(int a, ...);", "int f(int a, ...);"),
        ("printk(KERN_ERR fmt, a);", "printk( fmt, a);"),
        ('printk(KERN_ERR "a");', 'printk(KERN_ERR "a");'),
        ("EXPORT_SYMBOL(f);", ";"),
        ("#define EACH(x) for (x = 0;;)\nint a;", "int a;"),
    ],
)
def test_forms(source, expected):
    assert words(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("SYSCALL_DEFINE1(f, int, a)\n{", "long f( int a)\n{"),
        (
            "SYSCALL_DEFINE2(f, unsigned long, a, char __user *, b)\n{",
            "long f( unsigned long a, char * b)\n{",
        ),
        ("BPF_CALL_3(f, u32, a, struct map *, m, u64, c)\n{", "long f( u32 a, struct map * m, u64 c)\n{"),
        (
            "COMPAT_SYSCALL_DEFINE3(f, int, a, compat_pair(b), int, c)\n{",
            "long f( int a, compat_pair(b), int c)\n{",
        ),
        ("SYSCALL_DEFINE0(f)\n{", "SYSCALL_DEFINE0(f)\n{"),
    ],
)
def test_definition_macros(source, expected):
    assert " ".join(text(source).split()) == " ".join(expected.split())


@pytest.mark.parametrize(
    "source",
    [
        "/* list_for_each_entry(a, b, c) { __init */",
        "// min_t(int, a, b)",
        'x = "__init min_t(int, a, b) EXPORT_SYMBOL(x)";',
        "c = '\"'; d = \"'\"; e = '\\'';",
        "x = my__init + for_each_thing;",
        "int bus_for_each_dev(int a)\n{\n}",
        "ret = for_each_thing(a, b);",
        "\tbus_for_each_dev(a, b);",
        "if (bus_for_each_dev(a, b))\n\treturn;",
        "return idr_for_each(a, b, c);",
    ],
)
def test_left_alone(source):
    assert text(source) == source


@pytest.mark.parametrize(
    ("source", "rest"),
    [
        ("{ list_for_each_entry(p, head, list) { x(); } }", "(p, head, list) { x(); } }"),
        ("{ list_for_each_entry(p, head, list)\n\t\tx(); }", "(p, head, list)\n\t\tx(); }"),
        ("{ if (a)\n list_for_each_entry(p, head, list) x(); }", "(p, head, list) x(); }"),
        ("{ xa_for_each(a, i, p)\n\t\t; }", "(a, i, p)\n\t\t; }"),
        ("{ do { x(); } for_each_item(a, b); }", "(a, b); }"),
        ("{ out: for_each_item(a, b) { } }", "(a, b) { } }"),
    ],
)
def test_iterators_become_loops(source, rest):
    rewritten = rewrite(source.encode(), DIALECT)
    assert rewritten.text.decode().endswith(rest)
    ((offset, name),) = rewritten.iterators.items()
    assert rewritten.text.startswith(b"while", offset)
    assert source.startswith(name, offset)


def test_scoped_guards_become_loops_and_jumps_in_them_zero():
    source = b"{ scoped_cond_guard(mutex_intr, return -EINTR, &m) { x(); } guard(mutex)(&m); }"
    rewritten = rewrite(source, DIALECT)
    assert rewritten.guards == {2: "scoped_cond_guard", source.index(b"guard(mutex)"): "guard"}
    assert rewritten.text.startswith(b"while", 2)
    assert b"return" not in rewritten.text
    assert b"guard(mutex)(&m);" in rewritten.text


def test_annotations_are_recorded_before_they_go():
    source = b"int f(void)\n\t__releases(a->lock)\n\t__acquires( b )\n{\n\tint *p __free(kfree) = x;\n}"
    rewritten = rewrite(source, DIALECT)
    assert rewritten.annotations == (
        Annotation(source.index(b"__releases"), "__releases", "a->lock"),
        Annotation(source.index(b"__acquires"), "__acquires", "b"),
        Annotation(source.index(b"__free"), "__free", "kfree"),
    )
    assert b"__" not in rewritten.text


def test_conditional_lock_is_recorded_and_stays_a_call():
    rewritten = rewrite(b"x = __cond_lock(a, f(b));", DIALECT)
    assert rewritten.annotations == (Annotation(4, "__cond_lock", "a, f(b)"),)
    assert rewritten.text == b"x = __cond_lock(a, f(b));"


def test_hints_know_warnings_but_not_tests_of_pointers():
    assert {"likely", "unlikely", "WARN_ON_ONCE", "VM_WARN_ON_ONCE"} <= DIALECT.hints
    assert "IS_ERR" not in DIALECT.hints


# What the rewrites may take, in scans for the words of the same text; measured on mm/ of 6.12: 5.9 to 7.5.
SCANS = 15


def cpu_time(work, texts):
    """The least processor time of three rounds; what else runs on the machine can only add to it."""
    rounds = []
    for _ in range(3):
        start = time.process_time()
        for text in texts:
            work(text)
        rounds.append(time.process_time() - start)
    return min(rounds)


@pytest.mark.tree
def test_speed(tree_6_12):
    """Against a floor of the same run: a plain scan for the words of the same bytes."""
    texts = [path.read_bytes() for path in sorted((tree_6_12 / "mm").glob("*.c"))[::4]]
    floor = cpu_time(re.compile(rb"\w+").findall, texts)
    ratio = cpu_time(lambda text: rewrite(text, DIALECT), texts) / floor
    assert ratio <= SCANS, f"{ratio:.1f} word scans"


def test_what_a_variable_is_cleaned_up_with_is_noted_and_goes():
    source = b"struct held h __cleanup(held_end) = {};"
    rewritten = rewrite(source, DIALECT)
    assert rewritten.guards == {source.index(b"__cleanup"): "held_end"}
    assert rewritten.text == source.replace(b"__cleanup(held_end)", b" " * 19)


@pytest.mark.parametrize(
    ("word", "like"),
    [
        (b"list_for_each_buoy", b"for_each_buoy"),
        (b"while_each_buoy", b"while_each_reef"),
        (b"KERN_BUOY", b"KERN_ERR"),
        (b"SYSCALL_DEFINE2", b"COMPAT_SYSCALL_DEFINE6"),
        (b"DEFINE_BUOY", b"DECLARE_REEF"),
    ],
)
def test_a_pattern_decides_about_a_whole_word(word, like):
    """By the first pattern that fits, whatever was asked before."""
    assert DIALECT.action(word) is not None
    assert DIALECT.action(word) == DIALECT.action(like) == DIALECT.told({word, b"buoy"})[word]


def test_plain_words_and_numbers_do_nothing():
    assert DIALECT.told({b"buoy", b"3for_each_buoy", b"KERN_", b"XKERN_ERR", b"KERN_err"}) == {}


def test_a_name_goes_before_a_pattern():
    assert DIALECT.told({b"for_nexthops", b"module_init"}).keys() == {b"for_nexthops", b"module_init"}
