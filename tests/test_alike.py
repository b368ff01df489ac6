"""The rewrite of a patched file is that of the whole file, whatever was patched, and looks at little of it."""

import random

import pytest
from command import ROOT

from kpatchlint.c import alike
from kpatchlint.c.alike import rewrite_like
from kpatchlint.c.dialect import load, rewrite

DIALECT = load()
FILES = sorted((ROOT / "fixtures").glob("*/*.c"))
# what begins or ends something, and macros of every form
TOKENS = (
    "/*", "*/", "//", '"', "'", "(", ")", "{", "}", "\n}\n", "\n};\n", "#if 0\n", "#endif\n", "\\\n", "\n", "a", "...",
    "__init ", "__releases(x)", "guard(mutex)(&x);", "min_t(unsigned long, a, b)", "EXPORT_SYMBOL(x);\n",
    "list_for_each_entry(a, b, c) ",
)  # fmt: skip
BEFORE = "\n".join(f"int f{n}(void) __must_hold(x)\n{{\n\tguard(mutex)(&a);\n\treturn {n};\n}}\n" for n in range(5))


def texts():
    """Texts long enough that something stands above and below a change."""
    return [b"\n".join(path.read_bytes() for path in FILES[at : at + 3]) for at in range(0, len(FILES), 40)]


def edited(text, chance):
    """The text with something else in one place."""
    at = chance.randrange(len(text))
    put = "".join(chance.choices(TOKENS, k=chance.choice((0, 1, 1, 2, 4)))).encode()
    return text[:at] + put + text[at + chance.choice((0, 0, 1, 5, 40, 400)) :]


@pytest.mark.parametrize("text", texts())
def test_it_is_that_of_the_whole_file(text):
    chance, known = random.Random(1), rewrite(text, DIALECT)
    for other in (edited(text, chance) for _ in range(60)):
        assert rewrite_like((text, known), other, DIALECT) == rewrite(other, DIALECT)


def rewritten(monkeypatch, before, after):
    """What was rewritten of `after`."""
    seen = []
    known = rewrite(before.encode(), DIALECT)
    monkeypatch.setattr(alike, "rewrite", lambda text, dialect: (seen.append(text.decode()), rewrite(text, dialect))[1])
    assert rewrite_like((before.encode(), known), after.encode(), DIALECT) == rewrite(after.encode(), DIALECT)
    return seen


def test_only_the_definition_is_looked_at_that_differs(monkeypatch):
    (seen,) = rewritten(monkeypatch, BEFORE, BEFORE.replace("return 2", "return f1()"))
    assert "return f1()" in seen
    assert "return 1" not in seen
    assert "return 3" not in seen


def test_a_comment_that_does_not_end_makes_the_whole_file_another(monkeypatch):
    after = BEFORE.replace("return 2", "/* return 2")
    assert rewritten(monkeypatch, BEFORE, after)[-1] == after


def test_a_directive_ends_where_the_comment_in_it_does(monkeypatch):
    before = f"#define A\n\n{BEFORE}\n/* end */\nint b;\n"
    rewritten(monkeypatch, before, before.replace("define A", "define A /* not"))


@pytest.mark.parametrize("after", [BEFORE, "", BEFORE[10:], BEFORE[:-10], BEFORE * 2, "x" + BEFORE, BEFORE + "x"])
def test_any_other_text(monkeypatch, after):
    rewritten(monkeypatch, BEFORE, after)
