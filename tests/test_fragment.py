"""Any window of a file parses: what is missing around it is invented, half statements go, whole ones stay."""

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpatchlint.c.dialect import load
from kpatchlint.c.fragment import MAX_FRAGMENT, complete, heading_name
from kpatchlint.c.parse import parse
from kpatchlint.source import Source

DIALECT = load()


def fragment(text, heading="static int f(struct item *p,", **kwargs):
    return complete(Source("x.c", text.encode(), complete=False, heading=heading, **kwargs))


def words(text, heading="static int f(struct item *p,"):
    """The completed text on one line, the inventions abbreviated: `~` a gap, `?` an unknown condition."""
    flat = " ".join(fragment(text, heading).text.decode().split())
    return flat.replace("__kpatchlint_gap__();", "~").replace("__kpatchlint_unknown__", "?")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\ta();\n}\n", "void f(void) { ~ a(); }"),
        ("\ta();\n\tb();\n", "void f(void) { ~ a(); b(); ~ }"),
        ("\t\ta();\n\t}\n\tb();\n}\n", "void f(void) { ~ if (?) { ~ a(); } b(); }"),
        ("\t\ta();\n\t} else {\n\t\tb();\n\t}\n}\n", "void f(void) { ~ if (?) { ~ a(); } else { b(); } }"),
        ("\t\ta();\n\t} while (x);\n}\n", "void f(void) { ~ do { ~ a(); } while (x); }"),
        ("\t\ta();\n\t}\n\twhile (x)\n\t\tb();\n}\n", "void f(void) { ~ if (?) { ~ a(); } while (x) b(); }"),
        ("\t\tif (x)\n\t\t\tbreak;\n\t}\n}\n", "void f(void) { ~ while (?) { ~ if (x) break; } }"),
        (
            "\tcase X:\n\t\ta();\n\t\tbreak;\n\t}\n}\n",
            "void f(void) { ~ switch (?) { ~ case X: a(); break; } }",
        ),
        ("\tcase X:\n\t\ta();\n", "void f(void) { ~ switch (?) { ~ case X: a(); ~ } ~ }"),
        (
            "\t\tif (x)\n\t\t\tcontinue;\n\t\ta();\n",
            "void f(void) { ~ while (?) { ~ if (x) continue; a(); ~ } ~ }",
        ),
        ("\t\t\ta();\n\t\t}\n\t}\n}\n", "void f(void) { ~ if (?) { ~ if (?) { ~ a(); } } }"),
        ("\telse\n\t\ta();\n}\n", "void f(void) { ~ if (?) ~ else a(); }"),
        ("\t\ta();\n\telse\n\t\tb();\n}\n", "void f(void) { ~ if (?) a(); else b(); }"),
        ("out:\n\ta();\n}\n", "void f(void) { ~ out: a(); }"),
        ("\tif (x) {\n\t\ta();\n", "void f(void) { ~ if (x) { a(); ~ } ~ }"),
        ("\tdo {\n\t\ta();\n", "void f(void) { ~ do { a(); ~ } while (?); ~ }"),
        ("\ta();\n\tif (x)\n", "void f(void) { ~ a(); if (x) ~ ~ }"),
        ("\ta();\n\tif (x &&\n", "void f(void) { ~ a(); ~ }"),
        ("\ta();\n\tb(x,\n", "void f(void) { ~ a(); ~ }"),
        ("\ta();\n\tfor (i = 0; i < n;\n", "void f(void) { ~ a(); ~ }"),
        ("\ta();\n\tx = y +\n", "void f(void) { ~ a(); ~ }"),
        ("\t\t   x, y);\n\ta();\n}\n", "void f(void) { ~ a(); }"),
        ("\t\t   && x)\n\t\ta();\n}\n", "void f(void) { ~ if (?) a(); }"),
        ("\t    x) {\n\t\ta();\n\t} else {\n\t}\n}\n", "void f(void) { ~ if (?) { a(); } else { } }"),
        (
            "\t     i++) {\n\t\tif (x)\n\t\t\tbreak;\n\t}\n}\n",
            "void f(void) { ~ while (?) { if (x) break; } }",
        ),
        ("\t\t+ y;\n\ta();\n}\n", "void f(void) { ~ a(); }"),
        ("\t\t0 : z;\n\ta();\n}\n", "void f(void) { ~ a(); }"),
        ("\t\t.a = 1,\n\t};\n\ta();\n}\n", "void f(void) { ~ a(); }"),
        ("\ta();\n\tstruct s x = {\n\t\t.a = 1,\n", "void f(void) { ~ a(); ~ }"),
        (" a();\n }\n b();\n}\n", "void f(void) { ~ if (?) { ~ a(); } b(); }"),
    ],
)
def test_inside_a_body(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\t * more\n\t */\n\ta();\n}\n", "void f(void) { ~ a(); }"),
        ("\t * only\n\t * words\n", ""),
        ("\ta();\n\t/*\n\t * words\n", "void f(void) { ~ a(); ~ }"),
        ("\ta();\t/* b */\n\t/* c */\n}\n", "void f(void) { ~ a(); /* b */ /* c */ }"),
        ("\tdo_it(x);\t\\\n} while (0)\n\nint g(void)\n{\n}\n", "int g(void) { }"),
        ("\ta();\n#endif\n\tb();\n}\n", "void f(void) { ~ a(); b(); }"),
        ("\ta();\n#else\n\tb();\n#endif\n\tc();\n}\n", "void f(void) { ~ a(); c(); }"),
        ("\ta();\n#ifdef A\n\tb();\n", "void f(void) { ~ a(); b(); ~ }"),
        ("\ta();\n#ifdef A\n\tb();\n#endif\n}\n", "void f(void) { ~ a(); #ifdef A b(); #endif }"),
    ],
)
def test_comments_and_directives(text, expected):
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "heading", "expected"),
    [
        ("int g(void)\n{\n\ta();\n}\n", "", "int g(void) { a(); }"),
        ("int g(void)\n{\n\ta();\n", "", "int g(void) { a(); ~ }"),
        ("int g(void)\n{\n\tif (x) {\n", "", "int g(void) { if (x) { ~ } ~ }"),
        ("}\n\nint g(int a,\n", "int f(void)", "void f(void) { ~ }"),
        ("}\n\nstatic int g(void)\n{\n", "int f(void)", "void f(void) { ~ } static int g(void) { ~ }"),
        ("\t\t   int b)\n{\n\ta();\n}\n", "int f(int a,", "void f(void) { a(); }"),
        ("f(int a)\n{\n\ta();\n}\n", "static int", "void f(int a) { a(); }"),
        ("\tint a;\n};\n\nint g(void)\n{\n}\n", "struct s {", "int g(void) { }"),
        ("\t.a = 1,\n\t.b = 2,\n", "static struct s x = {", ""),
        ("\tint a;\n", "struct s {", ""),
        ("int g(void);\n\nstruct s {\n\tint a;\n", "", "int g(void);"),
        ("} x = {\n\t.a = 1,\n};\nint g(void)\n{\n}\n", "struct s {", "int g(void) { }"),
        ("\ta();\n", "", "void unknown(void) { ~ a(); ~ }"),
        ("\ta();\n", "SYSCALL_DEFINE2(look, int, a,", "void look(void) { ~ a(); ~ }"),
    ],
)
def test_top_level(text, heading, expected):
    assert words(text, heading) == expected


def test_the_name_of_a_cut_heading():
    assert heading_name("static struct page *find_it(struct vm_area_struct *vma, unsigned lo") == "find_it"
    assert heading_name("struct s {") == "unknown"
    assert heading_name("__releases(queue->lock) __acquires(&queue->lock)") == "unknown"
    assert heading_name("__wake_queue(struct queue *queue)") == "__wake_queue"
    assert heading_name("__poll_queue(void)") == "__poll_queue"


def test_what_is_missing_is_told_by_parse():
    text = "\ta();\n}\n\nint g(void)\n{\n\tb();\n}\n\nint h(void)\n{\n\tc();\n"
    found = parse(fragment(text), DIALECT)
    ends = [(f.name, f.head_missing, f.tail_missing) for f in found.functions]
    assert ends == [("f", True, False), ("g", False, False), ("h", False, True)]


def test_lines_of_the_mail_and_of_the_file_move_along():
    source = fragment("\ta();\n\tb();\n", lines=(10, 11), mail_lines=(30, 32), touched=frozenset({2}))
    assert source.lines == (0, 0, 0, 10, 11, 0, 0)
    assert source.mail_lines == (0, 0, 0, 30, 32, 0, 0)
    assert source.touched == {5}
    assert source.position(source.text.index(b"b();")).line == 11


def test_a_complete_source_is_left_alone():
    source = Source("x.c", b"\ta();\n}\n")
    assert complete(source) is source


@pytest.mark.parametrize("text", ["{" * 1000, "\tx = y;\n" * (MAX_FRAGMENT // 7)])
def test_absurd_fragments_are_reported(text):
    found = parse(fragment(text), DIALECT)
    assert not found.functions
    assert found.unparsed


@settings(max_examples=300)
@given(st.binary(max_size=300) | st.text(alphabet="{}()[];#\n\t \"'/*\\=,:iaf", max_size=300).map(str.encode))
def test_any_bytes_end_in_a_source(data):
    source = complete(Source("x.c", data, complete=False))
    assert len(source.lines) == source.text.count(b"\n")
    parse(source, DIALECT)


def _windows(tree, count):
    paths = sorted((tree / "mm").rglob("*.c"))
    chosen = random.Random(12)
    for _ in range(count):
        path = chosen.choice(paths)
        lines = path.read_bytes().splitlines(keepends=True)
        size = chosen.choice((7, 8, 10, 15, 30))
        start = chosen.randrange(max(1, len(lines) - size))
        heading = next((x for x in reversed(lines[:start]) if re.match(rb"[A-Za-z_](?!\w*:)", x)), b"")
        yield path, start, lines[start : start + size], heading.decode().strip()[:80]


@pytest.mark.tree
def test_windows_of_real_files_parse(tree_6_12):
    bad, lost = [], 0
    for path, start, lines, heading in _windows(tree_6_12, 1500):
        source = Source(
            str(path), b"".join(lines), tuple(range(start, start + len(lines))), (), False, None, heading
        )
        found = complete(source)
        calls = re.findall(rb"^\t+(\w+\([^()]*\);)$", source.text, re.M)
        lost += sum(call not in found.text for call in calls)
        if parse(found, DIALECT).unparsed:
            bad.append(f"{path}:{start}")
    assert len(bad) <= 8, bad
    assert lost <= 3
