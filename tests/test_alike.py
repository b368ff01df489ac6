"""Rewrite and outline of a patched file are those of the whole file, whatever was patched, and look at little of it."""

import random
import re
from functools import partial

import pytest
from command import ROOT

from kpatchlint.c import alike, outline
from kpatchlint.c.alike import rewrite_kept, rewrite_like
from kpatchlint.c.chunk import chunks
from kpatchlint.c.dialect import load, rewrite
from kpatchlint.c.outline import outline_kept, outline_like
from kpatchlint.c.parse import Reading, Unit, parse
from kpatchlint.source import Source
from kpatchlint.tree.kept import Row

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


def read(text, outlining=outline.outline):
    data = text if isinstance(text, bytes) else text.encode()
    return parse(Source("x.c", data), DIALECT, Reading(rewrite, outlining))


def told(unit):
    """All that an outline says, and what is asked of it."""
    words = sorted(set(re.findall(rb"\w+", unit.text)))
    names = [unit.names([chunk.start]) for chunk in unit.chunks]
    return unit.chunks, [(word, list(unit.outline.headed(word)), unit.places(word.decode())) for word in words], names


def piecemeal(before, after, monkeypatch):
    """The outline of `after`, given that of `before`, and how many definitions were cut and parsed for it."""
    cut, parsed, parse_one = [], [], Unit._parsed
    known = read(before)
    told(known)
    monkeypatch.setattr(outline, "chunks", lambda *given: (cut.append(c) or c for c in chunks(*given)))
    monkeypatch.setattr(Unit, "_parsed", lambda *given: parsed.append(given) or parse_one(*given))
    found = told(read(after, partial(outline_like, known.outline)))
    monkeypatch.undo()
    return found, len(cut), len(parsed)


@pytest.mark.parametrize("text", [BEFORE.encode(), b"", b"x", b"int f(void) __releases(a)\r\n{\r\n}", *texts()])
def test_of_the_same_text_it_is_kept(monkeypatch, text):
    row = Row({})
    cold = rewrite_kept(row, text, DIALECT)
    assert cold == rewrite(text, DIALECT)
    monkeypatch.setattr(alike, "rewrite", None)
    assert rewrite_kept(Row(row.new), text, DIALECT) == cold


class TestOutline:
    @pytest.mark.parametrize("text", texts())
    def test_it_is_that_of_the_whole_file(self, text, monkeypatch):
        chance = random.Random(2)
        for other in (edited(text, chance) for _ in range(25)):
            assert piecemeal(text, other, monkeypatch)[0] == told(read(other))

    @pytest.mark.parametrize("after", [
        BEFORE.replace("return 2", "return f1()"),
        BEFORE.replace("f2", "g2"),
        BEFORE.replace("\tguard", "\t\tguard", 1),
    ])  # fmt: skip
    def test_only_the_definition_is_looked_at_that_differs(self, monkeypatch, after):
        found, cut, parsed = piecemeal(BEFORE, after, monkeypatch)
        assert found == told(read(after))
        assert (cut, parsed) == (1, 1)

    @pytest.mark.parametrize("after", [BEFORE, "", BEFORE[10:], BEFORE[:-10], BEFORE * 2, "x" + BEFORE, BEFORE + "x"])
    def test_any_other_text(self, monkeypatch, after):
        assert piecemeal(BEFORE, after, monkeypatch)[0] == told(read(after))

    def test_of_the_same_text_it_is_kept_with_the_names_that_were_asked_for(self, monkeypatch):
        row = Row({})
        cold = told(read(BEFORE, partial(outline_kept, row)))
        monkeypatch.setattr(Unit, "_parsed", None)
        monkeypatch.setattr(outline, "chunks", None)
        assert told(read(BEFORE, partial(outline_kept, Row(row.new)))) == cold

    def test_of_functions_with_known_names_it_is_known_where_they_are_and_that_they_can_be_read(self, monkeypatch):
        row = Row({})
        cold = read(BEFORE, partial(outline_kept, row))
        defined = cold.defined(lambda start, end: True)
        assert defined
        kept = read(BEFORE, partial(outline_kept, Row(row.new)))
        parsed: list[tuple[int, int]] = []
        real = Unit._parsed
        monkeypatch.setattr(
            Unit, "_parsed", lambda self, i, chunk: (parsed.append((chunk.start, chunk.end)), real(self, i, chunk))[1]
        )
        assert kept.defined(lambda start, end: True) == defined
        assert kept.unread(lambda start, end: True) == cold.unparsed
        assert not {(d.start, d.end) for d in defined} & set(parsed)

    def test_what_is_read_behind_a_patch_is_known_before_it(self, monkeypatch):
        row = Row({})
        known = read(BEFORE, partial(outline_kept, row))
        after = BEFORE.replace("return 2", "return f1()")
        told(read(after, partial(outline_like, known.outline)))
        assert {name.decode() for key, name in row.new.items() if key} == {"f0", "f1", "f3", "f4"}
