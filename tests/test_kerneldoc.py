"""Kernel-doc against the code below it: prototypes, parameters that do not exist, and who is told of them."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpatchlint.c.calls import null_arguments
from kpatchlint.c.comments import comments
from kpatchlint.c.kerneldoc import kernel_doc
from kpatchlint.c.prototype import prototype_below
from kpatchlint.check import Loaded, check_patches, scan_source
from kpatchlint.errors import UserError
from kpatchlint.event import EventKind
from kpatchlint.prose.claims import claims, load_claims
from kpatchlint.prose.described import described
from kpatchlint.prose.parameters import unknown_parameters
from kpatchlint.scan import scan_file
from kpatchlint.tree.checkout import Checkout

WORDINGS = load_claims()
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
    found = list(unknown_parameters(described(text, comments(text), lambda offset: None, MACROS.__contains__)))
    assert all(event.kind is EventKind.DOC_PARAMETER for event in found)
    assert all(text[e.start : e.end].decode() in e.fact("param") for e in found)
    assert not any(event.fact("replacement") and event.fact("other") for event in found)
    return [(event.fact("param"), event.fact("replacement") or event.fact("other")) for event in found]


def test_a_name_unlike_every_other_is_no_misspelling():
    text = b"/**\n * f - does it\n * @vma: where\n */\nint f(struct area *area);"
    (event,) = unknown_parameters(described(text, comments(text), lambda offset: None, MACROS.__contains__))
    assert (event.fact("cause"), event.fact("replacement"), event.fact("other")) == ("replaced", "", "area")


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
    assert report.findings[0].message == "@b: f() has no such parameter; c has no description"


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


WORDINGS = load_claims()


def claimed(comment, doc=True):
    text = comment.encode()
    (found,) = comments(text)
    said = list(claims(found, kernel_doc(found) if doc else None, WORDINGS))
    assert all(" ".join(text[c.offset : c.end].decode().replace("*", " ").split()) == c.said for c in said)
    return {(c.effect, c.subject.variable, "|".join(sorted(c.subject.named)), c.subject.generic) for c in said}


@pytest.mark.parametrize(
    ("prose", "found"),
    [
        ("Must be called with q->lock held.", ("held", "q", "lock", False)),
        ("It should be called\n * while holding the hugetlb_lock.", ("held", "", "hugetlb_lock", False)),
        ("The caller needs to hold @mm->mmap_lock.", ("held", "mm", "", False)),
        ("Caller holds the mmap lock.", ("held", "", "", False)),
        ("struct_mutex must already be held.", ("held", "", "struct_mutex", False)),
        ("Expects mapping->invalidate_lock to be held", ("held", "mapping", "invalidate_lock", False)),
        ("Context: q_lock held.", ("held", "", "q_lock", False)),
        ("Takes and releases the xa_lock.", ("unheld", "", "xa_lock", False)),
        ("The caller must not hold q->lock.", ("unheld", "q", "lock", False)),
        ("Returns with mmap_lock held.", ("kept", "", "", False)),
        ("This function will drop the lock.", ("given", "", "", True)),
        ("q->lock is released on return.", ("given", "q", "lock", False)),
    ],
)
def test_wordings(prose, found):
    assert found in claimed(f"/*\n * {prose}\n */")


@pytest.mark.parametrize(
    "prose",
    [
        "Must be called with q->lock held if @q is shared.",
        "May be called with q->lock held.",
        "The caller holds q->lock or q->mutex.",
        "Returns with q->lock held on success.",
        "Must be called with interrupts off.",
        "The caller must hold a reference.",
        "Whoever calls it knows of the lock. Held together they fall.",
    ],
)
def test_what_claims_nothing(prose):
    assert claimed(f"/* {prose} */") == set()


@pytest.mark.parametrize(
    ("said", "effect"),
    [
        ("already locked ptl. This function will drop the lock.", "given"),
        ("mapped pte. Will return with the ptl unmapped.", "given"),
        ("the lock, unlocked on return", "given"),
        ("the lock, must be held", "held"),
        ("the lock,\n *       still held on return", "kept"),
    ],
)
def test_wordings_of_a_parameter(said, effect):
    assert (effect, "ptl", "", False) in claimed(f"/**\n * f - does\n * @ptl: {said}\n * @x: y\n */")


def test_the_text_of_a_parameter_is_about_no_other():
    found = claimed("/**\n * f - does\n * @ptl: the lock\n * @x: dropped on return\n */")
    assert found == {("given", "x", "", False)}


@pytest.mark.parametrize("wording", [w for c in WORDINGS.file.claim for w in (*c.patterns, *c.parameter)])
@settings(max_examples=5)
@given(data=st.data())
def test_a_wording_is_looked_for_wherever_it_can_be(wording, data):
    """Its words are looked for first; no text that the wording matches may be without them."""
    latin = st.characters(codec="latin-1")
    text = data.draw(st.from_regex(WORDINGS.pattern(wording, "lock"), alphabet=latin))
    said = text.encode("latin-1")
    assert WORDINGS.possible(wording, said.lower())
    assert WORDINGS.telling(said)


def test_a_claim_that_the_patch_makes_false(tmp_path):
    """The comment stays as it is, the function below it changes."""
    body = "void f(struct q *q)\n{\n\tspin_lock(&q->lock);\n\tspin_unlock(&q->lock);\n}\n"
    text = f"/* Must be called with q->lock held. */\n{body}"
    added = "".join(f"{'+' if 'spin' in line else ' '}{line}\n" for line in text.splitlines())
    patch = f"--- a/x.c\n+++ b/x.c\n@@ -1,4 +1,6 @@\n{added}"
    (tmp_path / "x.c").write_text("".join(line for line in text.splitlines(True) if "spin" not in line))
    report = check_patches([("x.patch", patch.encode())], Loaded(tree=Checkout(tmp_path)))
    assert rules(report) == [("doc-contradicts-code", "x.c", 1)]


def test_a_broken_file_of_wordings_is_one_clear_line(tmp_path):
    file = tmp_path / "claims.toml"
    file.write_text('[identifier]\npattern = "x"\nkinds = ["lock"]\n[[claim]]\neffect = "helt"\npatterns = []\n')
    with pytest.raises(UserError, match="helt"):
        load_claims(file)


@given(st.binary(max_size=300))
def test_any_comment(text):
    for comment in comments(b"/** f - does\n" + text):
        list(claims(comment, kernel_doc(comment), WORDINGS))


@pytest.mark.parametrize(
    ("text", "positions"),
    [
        ("\tf(NULL);", {0}),
        ("\tx = f(a, g(NULL), NULL);\n\tf(NULL, b, c);", {0, 2}),
        ("\tf(a,\n\t  NULL);", {1}),
        ("\tf();", set()),
        ("\tf(a, NULL", set()),
        ("\tff(NULL); x->f(NULL); x.f(NULL);", set()),
        ("f(NULL);", set()),
        ("\t * f(NULL)", set()),
        ("\t// f(NULL)", set()),
        ("\tf(NULL + 1);", set()),
    ],
)
def test_null_arguments(text, positions):
    assert null_arguments([text.encode()]).get(b"f", set()) == positions


def test_null_arguments_of_several_texts():
    far = b"\tg(" + b"a, " * 1000 + b"NULL);\n"
    texts = [b"\tf(NULL, b);\n", b"\tx = f(a, NULL) + g((NULL), {NULL}, NULL);\n", far]
    assert null_arguments(texts) == {b"f": {0, 1}, b"g": {2, 1000}}


def test_pointers():
    found = prototype("int f(struct a *a, void *b, void **c, const char __user *d, int e, void (*g)(int));")
    assert found.pointers == {"a", "c", "d"}


def test_callers_in_the_directory(tmp_path):
    """Another file of the directory may call what is not static."""
    (tmp_path / "include/linux").mkdir(parents=True)
    (tmp_path / "include/linux/x.h").write_text("int f(struct a *a);\n")
    (tmp_path / "mm").mkdir()
    (tmp_path / "mm/other.c").write_text("int g(void)\n{\n\treturn f(NULL);\n}\n")
    text = "/**\n * f - does it\n * @a: one\n */\nint f(struct a *a)\n{\n\treturn h(a);\n}\n"
    (tmp_path / "mm/x.c").write_text(text)
    loaded = Loaded(tree=Checkout(tmp_path))
    assert rules(scan_file("mm/x.c", loaded)) == [("undocumented-null", "mm/x.c", 3)]
    (tmp_path / "mm/x.c").write_text(text.replace("int f", "static int f"))
    assert rules(scan_file("mm/x.c", loaded)) == []
