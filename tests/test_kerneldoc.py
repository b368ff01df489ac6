"""Kernel-doc against the code below it: prototypes, parameters that do not exist, and who is told of them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpatchlint.c.comments import comments
from kpatchlint.c.prototype import prototype_below
from kpatchlint.check import Loaded, check_patches, scan_source
from kpatchlint.event import EventKind
from kpatchlint.prose.described import described
from kpatchlint.prose.parameters import unknown_parameters
from kpatchlint.tree.checkout import Checkout

MACROS = {b"__printf", b"__user", b"__maybe_unused", b"__counted"}


def prototype(text, name="f"):
    return prototype_below(text.encode(), 0, name, MACROS.__contains__)


def parameters(text, name="f"):
    found = prototype(text, name)
    return found and list(found.parameters)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("int f(void);", []),
        ("int f();", []),
        ("struct a *f(struct a *p, unsigned long n)\n{", ["p", "n"]),
        ("static inline __printf(1, 2)\nvoid f(const char *fmt, ...)", ["fmt", "..."]),
        ("int f(void (*done)(int a, int b), int (*const *table)[4])", ["done", "table"]),
        ("int f(char __user *to __maybe_unused, int n[] __counted(x))", ["to", "n"]),
        ("int f(int a[static 4], u8 b[2][N(3)])", ["a", "b"]),
        ("int f(int a /* first */, // second\n int b)", ["a", "b"]),
        ("#define f(a, b, c...) g(a)", ["a", "b", "c"]),
        ("#define f(a, \\\n b) g(a)", ["a", "b"]),
        ("#define f(a, ...) g(a)", ["a", "..."]),
        ("#ifdef X\nint f(int a)\n{ g(); }\n#else\nint f(int b)", ["a"]),
        ("int f(struct a)", None),
        ("int f(struct a *, int n)", None),
        ("int f(unsigned long)", None),
        ("int f(int a, ", None),
        ("#define f (a)", None),
        ("#define g(x) f(x)", None),
        ("int x = f(a);", None),
        ("int x; int f(int a);", None),
        ("struct f { int x; };", None),
        ("int gf(int a); ", None),
    ],
)
def test_prototypes(text, names):
    assert parameters(text) == names


def test_half_a_comment_does_not_say_the_name():
    assert parameters("static __printf(1, 2) int f(int a);", "") == ["a"]
    assert parameters("DEFINE_IT(f, struct a *p);", "") is None


def test_a_prototype_ends_behind_its_parenthesis():
    text = "int f(int a, int b) { return a; }"
    assert text[: prototype(text).end] == "int f(int a, int b)"


@given(st.binary(max_size=300))
def test_any_bytes(text):
    prototype_below(text, 0, "f", MACROS.__contains__)
    prototype_below(b"int f(" + text, 0, "f", MACROS.__contains__)


def unknown(documented, declaration):
    lines = "".join(f" * @{name}: text\n" for name in documented)
    text = f"/**\n * f - does it\n{lines} */\n{declaration}".encode()
    found = list(unknown_parameters(described(text, comments(text), (), MACROS.__contains__)))
    assert all(event.kind is EventKind.DOC_PARAMETER for event in found)
    assert all(text[e.start : e.end].decode() in e.fact("param") for e in found)
    return [(event.fact("param"), event.fact("replacement")) for event in found]


@pytest.mark.parametrize(
    ("documented", "declaration", "found"),
    [
        (("a", "b"), "int f(int a, int b);", []),
        (("a",), "int f(int a, int b);", []),
        (("b", "a"), "int f(int a, int b);", []),
        (("vma",), "int f(struct area *area);", [("vma", "area")]),
        (("vma", "n"), "int f(int n, struct area *area);", [("vma", "")]),
        (("adress",), "int f(int n, long address);", [("adress", "address")]),
        (("adress", "addres"), "int f(long address);", [("adress", "address"), ("addres", "")]),
        (("x", "y"), "int f(int a, int b);", [("x", ""), ("y", "")]),
        (("x.member",), "int f(struct s *a);", [("x.member", "a")]),
        (("a.member", "a->other"), "int f(struct s *a);", []),
        (("...",), "int f(int a, ...);", []),
        (("...",), "int f(int a);", [("...", "a")]),
        (("args...",), "#define f(args...) g(args)", []),
        (("return",), "int f(void);", []),
        (("Returns",), "int f(void);", [("Returns", "")]),
        (("x",), "int f(...);", [("x", "")]),
    ],
)
def test_unknown_parameters(documented, declaration, found):
    assert unknown(documented, declaration) == found


def rules(report):
    return [(f.rule, f.position.path, f.position.line) for f in report.findings]


HEADER = b"""\
/**
 * f - does it
 * @a: one
 * @b: two
 */
int f(int a, int b);

/**
 * g - was wrong before
 * @x: one
 */
int g(int y);
"""


def test_a_header_without_any_function_is_read():
    assert rules(scan_source("include/linux/x.h", HEADER)) == [("doc-contradicts-code", "include/linux/x.h", 10)]


def diff(new):
    """Another prototype below a comment that says the same as before; the hunk begins inside the comment."""
    text = f"""\
--- a/x.h
+++ b/x.h
@@ -3,6 +3,6 @@
  * @a: one
  * @b: two
  */
-int f(int a, int b);
+{new}

 /**
"""
    return text.replace("\n\n", "\n \n").encode()


RENAMED = diff("int f(int a, int c);")


def test_a_renamed_parameter_and_the_comment_that_still_says_the_old_one(tmp_path):
    (tmp_path / "x.h").write_bytes(HEADER)
    report = check_patches([("x.patch", RENAMED)], Loaded(tree=Checkout(tmp_path)))
    assert rules(report) == [("doc-contradicts-code", "x.h", 4)]
    assert report.findings[0].message == "@b: f() has no such parameter, but c"


def test_without_a_tree_the_hunk_is_enough_but_not_to_say_what_is_meant():
    (finding,) = check_patches([("x.patch", RENAMED)], Loaded()).findings
    assert (finding.position.line, finding.message) == (4, "@b: f() has no such parameter")


def test_what_the_patch_does_not_touch_is_left_alone(tmp_path):
    (tmp_path / "x.h").write_bytes(HEADER)
    patch = diff("long f(int a, int b);")
    assert rules(check_patches([("x.patch", patch)], Loaded(tree=Checkout(tmp_path)))) == []


def test_a_long_list_takes_linear_time():
    def seconds(count):
        start = time.perf_counter()
        unknown([f"p{i}" for i in range(count)], f"int f({', '.join(f'int q{i}' for i in range(count))});")
        return time.perf_counter() - start

    seconds(10)
    assert seconds(160) < 40 * seconds(40) + 0.5
