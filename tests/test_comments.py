"""Comments of a C text: where they are, what kernel-doc they hold, which names they mention."""

import pytest

from kpatchlint.c.comments import CommentKind, comments, comments_at, mentions, plain
from kpatchlint.c.kerneldoc import kernel_doc

DOC = b"""\
/**
 * entry_wait() - wait for an entry
 * @folio: the folio
 * @ptep: mapped pte,
 *        unmapped on return
 *
 * Waits as other_wait() does.
 * @...: more
 *
 * Context: may sleep
 * Return: nothing
 */
"""


def kinds(text):
    return [(comment.kind.value, comment.text) for comment in comments(text)]


def names(text):
    return [mention.name for comment in comments(text) for mention in mentions(comment)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"int a; /* x */ int b; // y\nint c;", [("block", b"/* x */"), ("line", b"// y")]),
        (b"/** x */ /**/ /*** z */", [("doc", b"/** x */"), ("block", b"/**/"), ("block", b"/*** z */")]),
        (b"f(\"/* no */\", '\"', \"\\\"/* no */\"); /* yes */", [("block", b"/* yes */")]),
        (b"#error don't\n/* yes */", [("block", b"/* yes */")]),
        (b"// one \\\n still one\nint a;", [("line", b"// one \\\n still one")]),
        (b"int a; /* not ended\n * here", [("block", b"/* not ended\n * here")]),
        (b" * half\n */\nint a; /* x */", [("block", b" * half\n */"), ("block", b"/* x */")]),
        (b" * @p: half\n */\nint a;", [("doc", b" * @p: half\n */")]),
        (b" * only\n *\n * middle lines\n", [("block", b" * only\n *\n * middle lines\n")]),
        (b"\t*p = 1;\n", []),
        (b'f("*/");\nint a;\n', []),
        (b"// no end */\nint a;\n", [("line", b"// no end */")]),
        (b"", []),
        (b"int a;\n", []),
    ],
)
def test_comments(text, found):
    assert kinds(text) == found


def test_offsets_are_those_of_the_text():
    text = b"int a;\n" + DOC + b"int b; // b\n"
    for comment in comments(text):
        assert text[comment.offset : comment.end] == comment.text
        for mention in mentions(comment):
            assert text[mention.offset : mention.end].decode() == mention.name


def test_kernel_doc():
    text = b"int a;\n" + DOC
    doc = kernel_doc(comments(text)[0])
    assert (doc.name, doc.kind) == ("entry_wait", "function")
    assert {name: described.text for name, described in doc.params.items()} == {
        "folio": "the folio",
        "ptep": "mapped pte, unmapped on return",
        "...": "more",
    }
    assert text[doc.params["ptep"].offset :].startswith(b"@ptep: mapped")
    assert text[: doc.params["ptep"].end].endswith(b"unmapped on return\n")
    assert "Waits as other_wait() does." in doc.body
    assert "Return: nothing" in doc.body
    assert "mapped pte" not in doc.body


@pytest.mark.parametrize(
    ("title", "name", "kind"),
    [
        (b"f - does", "f", "function"),
        (b"f() - does", "f", "function"),
        (b"f(): does", "f", "function"),
        (b"f: does", "f", "function"),
        (b"f\n * does", "f", "function"),
        (b"f(a, b) - does", "f", "function"),
        (b"struct s - holds", "s", "struct"),
        (b"DOC: Overview", "Overview", "DOC"),
    ],
)
def test_the_title_of_kernel_doc(title, name, kind):
    doc = kernel_doc(comments(b"/**\n * " + title + b"\n * @a: b\n */")[0])
    assert (doc.name, doc.kind) == (name, kind)


def test_what_is_no_kernel_doc():
    assert kernel_doc(comments(b"/*\n * f - does\n * @a: b\n */")[0]) is None
    assert kernel_doc(comments(b"/**\n * Prose that names nothing first\n */")[0]) is None
    assert kernel_doc(comments(b"// f - does")[0]) is None


def test_half_a_kernel_doc_has_no_name():
    doc = kernel_doc(comments(b" * @p: pointer\n * @q: other\n */\nvoid f(int *p);\n")[0])
    assert doc.name == ""
    assert list(doc.params) == ["p", "q"]


@pytest.mark.parametrize(
    ("prose", "found"),
    [
        ("see f_one() and f_two(a, g(b), c), and three()", ["f_one", "f_two", "three"]),
        ("under mmap_sem, with SOME_FLAG and __GFP_X", ["mmap_sem", "SOME_FLAG", "__GFP_X"]),
        ("the page(s) and entry(ies), not a name", []),
        ("%SOME_FLAG and &struct thing_s, or struct thing", ["SOME_FLAG", "thing_s", "thing"]),
        ("mmap_sem/page_lock, a_one()/a_two()", ["mmap_sem", "page_lock", "a_one", "a_two"]),
        ("mm/page_alloc.c, mm/page_alloc, page_alloc.c, page_alloc/", []),
        ("*_range_rev(), alloc_xx(), alloc_xxx, page_*_lock(), page_*", []),
        ("{get,pin}_user_pages() and pte_{map,unmap}_lock()", []),
        ("@some_param, vma->vm_flags, .some_op, a_b->c_d, $some_var", []),
        ("folio_add_ and non-atomic_t", []),
        ("mail@some_host and some_name@host", []),
        ("wait_on_\n * page_bit() or wait-\n * on_page_bit()", []),
        ("ends with it_self.", ["it_self"]),
        ("wait_on(x) is called", ["wait_on"]),
    ],
)
def test_mentions(prose, found):
    assert names(f"/* {prose} */".encode()) == found


def test_a_mention_knows_whether_it_is_called():
    called = {m.name: m.called for c in comments(b"/* a_b(), c_d(x, y), e_f */") for m in mentions(c)}
    assert called == {"a_b": True, "c_d": True, "e_f": False}


def test_mentions_of_some_names_only():
    (comment,) = comments(b"/* f_oo() and g_oo(), h_oo, *_g_oo() */")
    assert [each.name for each in mentions(comment, {"g_oo", "h_oo"})] == ["g_oo", "h_oo"]


def test_names_in_code_are_no_mentions():
    assert names(b'a_b(); /* c_d */ e_f("g_h"); // i_j\n') == ["c_d", "i_j"]


def test_plain():
    assert plain(b"/**\n * One\n *   two *three\n */") == "One two *three"
    assert plain(b"// one") == "one"


def test_linear_on_hostile_text():
    hostile = b"/* " * 50_000 + b"(" * 50_000 + b'"' * 50_001 + b"@" * 1000
    assert len(comments(hostile)) == 1
    assert sum(1 for comment in comments(hostile) for _ in mentions(comment)) == 0
    assert comments(b"\\" * 100_000 + b"'") == ()
    assert comments(b"*/" * 100_000)[0].kind is CommentKind.BLOCK


@pytest.mark.parametrize("start", ["end of one */ ", ""])
def test_comments_at_some_places_are_those_of_all_comments(start):
    text = f'{start}int a; /* one */ b("/* none */"); // two\nint c; /** three'.encode()
    every = comments(text)
    for some in [every, every[:1], every[1:], every[-1:], ()]:
        spots = sorted([comment.end - 1 for comment in some] + [text.index(b"int a"), text.index(b"none")])
        assert tuple(comments_at(text, spots)) == tuple(some)
    assert not list(comments_at(text, []))
