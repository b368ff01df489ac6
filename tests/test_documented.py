"""What is not looked at when comments are checked must be what nothing can be said of."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpatchlint.c.bounded import SHORT, BoundedParser
from kpatchlint.c.comments import any_above, comments, comments_above
from kpatchlint.c.optional import optional_parameters
from kpatchlint.c.parse import parse
from kpatchlint.c.perhaps import perhaps_optional
from kpatchlint.c.prototype import declares
from kpatchlint.check import Loaded
from kpatchlint.documented import _flows
from kpatchlint.flow.reach import reached
from kpatchlint.prose.claims import claims, load_claims
from kpatchlint.prose.described import described
from kpatchlint.prose.effects import contradictions
from kpatchlint.release import newest_release
from kpatchlint.source import Source
from kpatchlint.text import Text
from kpatchlint.tree.checkout import Checkout

WORDINGS = load_claims()
SETUP = Loaded().at(newest_release())
# each with whether it takes `lock` of its parameter
BODIES = {
    "takes": ("spin_lock(&q->lock); spin_unlock(&q->lock);", True),
    "takes another": ("spin_lock(&q->other); spin_unlock(&q->other);", False),
    "on one path": ("if (q->n) { spin_lock(&q->lock); spin_unlock(&q->lock); }", True),
    "gives up and takes again": ("spin_unlock(&q->lock); wait(); spin_lock(&q->lock);", False),
    "by a callee": ("grab(q); spin_unlock(&q->lock);", True),
    "by a callee that gets the lock": ("grab_lock(&q->lock); spin_unlock(&q->lock);", True),
    "by another name": ("spinlock_t *l = &q->lock; spin_lock(l); spin_unlock(l);", True),
    "one of two": ("spinlock_t *l = q->n ? &q->lock : &q->other; spin_lock(l); spin_unlock(l);", True),
    "one of two behind": (
        "spinlock_t *l; if (q->n) l = &q->other; else l = &q->lock; log(); spin_lock(l); spin_unlock(l);", True
    ),
    "tries": ("if (spin_trylock(&q->lock)) spin_unlock(&q->lock);", True),
    "guarded": ("guard(spinlock)(&q->lock); q->n = 0;", True),
    "of another queue": ("spin_lock(&q->next->lock); spin_unlock(&q->next->lock);", False),
    "nothing": ("q->n = 1;", False),
}  # fmt: skip
CALLEES = """
static void grab(struct queue *q)
{
	spin_lock(&q->lock);
}

static void grab_lock(spinlock_t *lock)
{
	spin_lock(lock);
}
"""


def text_of(body, callees=CALLEES, setup=SETUP):
    code = f"{callees}\n/* Must be called with q->lock held. */\nvoid f(struct queue *q)\n{{\n\t{body}\n}}\n"
    return Text(Source("x.c", code.encode()), setup)


def said(text):
    comment = next(c for c in comments(text.source.text) if b"Must" in c.text)
    return tuple(claims(comment, None, WORDINGS))


class TestClaims:
    @pytest.mark.parametrize("name", BODIES)
    def test_what_is_not_analysed_contradicts_nothing(self, name):
        body, against = BODIES[name]
        text = text_of(body)
        found = list(contradictions(said(text), _flows(text, said(text), "f"), SETUP.knowledge))
        every = [text.program.checked(each) for each in text.bodies("f")]
        assert found == list(contradictions(said(text), every, SETUP.knowledge))
        assert bool(found) == against or name in ("one of two", "one of two behind")

    @pytest.mark.parametrize("name", ["takes another", "nothing"])
    def test_what_comes_to_no_such_call_is_not_analysed(self, name):
        text = text_of(BODIES[name][0])
        assert not _flows(text, said(text), "f")
        assert not any(text.program.has_flow(each) for each in text.bodies("f"))

    def test_what_takes_is_analysed(self):
        text = text_of(BODIES["takes"][0])
        assert _flows(text, said(text), "f")


class TestReached:
    def test_calls_and_what_they_call(self):
        text = text_of("grab(q); grab_lock(&q->far); mutex_unlock(q->m);")
        found = reached(text.callees("f"), SETUP.knowledge)
        assert found.taken >= {("lock", "lock"), ("lock", "")}
        assert ("lock", "far") not in found.taken
        assert ("mutex", "") in found.given

    def test_a_function_that_calls_itself(self):
        text = text_of("f(q); spin_lock(&q->lock);")
        assert ("lock", "lock") in reached(text.callees("f"), SETUP.knowledge).taken

    def test_another_file_of_the_directory(self, tmp_path):
        (tmp_path / "include/linux").mkdir(parents=True)
        (tmp_path / "include/linux/spinlock.h").write_text("void spin_lock(spinlock_t *lock);\n")
        (tmp_path / "mm").mkdir()
        (tmp_path / "mm/other.c").write_text(CALLEES.replace("static ", ""))
        code = "void f(struct queue *q)\n{\n\tgrab(q);\n}\n"
        (tmp_path / "mm/x.c").write_text(code)
        setup = Loaded(tree=Checkout(tmp_path)).of_tree
        text = Text(Source("mm/x.c", code.encode()), setup)
        assert ("lock", "lock") in reached(text.callees("f"), setup.knowledge).taken


LINES = st.sampled_from(
    [
        "/* Must be called with q->lock held. */",
        "/* Caller must hold",
        " * q->lock. */",
        "/** f - does",
        " * @q: must be locked",
        " */",
        "// Must be called with q->lock held.",
        "// Returns with q->lock held \\",
        "// on return",
        "\t/* Must be called with q->lock held. */",
        "/* nothing */ /* must be called under q->lock */",
        'char *s = "/*";',
        "",
        "int",
        "int f(int a)",
        "{",
        "}",
        "#define X",
    ]
)


@given(st.lists(LINES, max_size=14))
def test_every_comment_that_claims_something_above_a_function_is_seen(lines):
    text = "\n".join(lines).encode()
    unit = parse(Source("x.c", text), SETUP.dialect)
    pairs = described(text, comments(text), unit.following, lambda word: False)
    claimed = {p.comment for p in pairs if p.function is not None and list(claims(p.comment, p.doc, WORDINGS))}
    assert claimed <= set(comments_above(text, WORDINGS.telling))
    assert not claimed or any_above(text, WORDINGS.telling)


STATEMENTS = st.sampled_from(
    [
        "if (!p) g();",
        "if (p && q) g();",
        "if (n || (q)) { g(); } else { h(); }",
        "if (unlikely(p))\n\t\tg();",
        "x = p ? 1 : 2;",
        "x = (p) ?: q;",
        "if (NULL == q) g();",
        "if (p /* why */ != NULL) g();",
        "if (p\n#ifdef X\n && n\n#endif\n) g();",
        "return !!q;",
        "while (p) p = p->next;",
        "p->x = 1;",
        "r->p = p; r.q = q;",
        'log("p->x");',
        "#ifdef X\n\tq->x = 1;\n#endif",
        "use(p, q);",
        "}\n#if X\n{",
        "x = '{';",
    ]
)


@given(st.lists(STATEMENTS, max_size=5), st.sampled_from(["", " /* {; */", " __must_hold(&p->l)", " // ;\n"]))
def test_every_parameter_that_a_function_tests_is_seen_without_a_parse(statements, annotation):
    head = f"int f(struct a *p, struct b *q, int n){annotation}"
    body = "\n\t".join(statements)
    code = f"{head}\n{{\n\t{body}\n}}\n\nint g(struct a *p)\n{{\n}}\n".encode()
    unit = parse(Source("x.c", code), SETUP.dialect)
    perhaps = set(perhaps_optional(code, code.index(b")"), ("p", "q", "n"), SETUP.dialect.hints))
    for function in unit.named("f"):
        for node in function.nodes:
            assert {test.parameter for test in optional_parameters(node)} <= perhaps


@pytest.mark.parametrize(
    ("code", "declared"),
    [
        (b"int f(void);", True),
        (b"int f(void)\n{\n}\n", False),
        (b"int f(int a, /* ; */ int b)\n{\n}\n", False),
        (b'MODULE("a;b")\nint f(void)\n{\n}\n', False),
        (b"struct s;\nint f(void)\n{\n}\n", True),
        (b"M(int a; int b) {\n}\n", False),
        (b"int f(" + b"int a, " * 200 + b"int b);", True),
        (b"int f(" + b"int a, " * 200 + b"int b)\n{\n}\n", False),
        (b"int f(void)", False),
    ],
)
def test_a_declaration_defines_nothing(code, declared):
    assert declares(code, 0) is declared


def test_the_parser_does_not_keep_a_text():
    text = b"void f(void)\n{\n" + b"\tg(a, b, c);\n" * SHORT + b"}\n"
    before = sys.getrefcount(text)
    parser = BoundedParser()
    for _ in range(5):
        root = parser.tree(text, 0, len(text))
        assert not root.has_error
        assert root.children[0].text == text[:-1]
        del root
    assert sys.getrefcount(text) == before
