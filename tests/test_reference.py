"""Stale names, what a patch renames, optional pointers that nobody documents, and the tables behind it."""

import datetime
import re
import subprocess
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import pytest
import tree_sitter_c
from hypothesis import given
from hypothesis import strategies as st
from tree_sitter import Language, Parser

from kpatchlint.c.comments import comments
from kpatchlint.c.optional import Callees, needed_parameters, optional_parameters
from kpatchlint.errors import UserError
from kpatchlint.event import EventKind
from kpatchlint.prose.described import described
from kpatchlint.prose.null import undocumented_null
from kpatchlint.reference import (
    Rename,
    load_renames,
    patch_renames,
    stale_names,
)
from kpatchlint.release import Release, parse_release, release_at

PARSER = Parser(Language(tree_sitter_c.language()))
V5_16, V6_12, V7_1 = Release(5, 16), Release(6, 12), Release(7, 1)
TABLE = {
    entry.old: entry
    for entry in (
        Rename("old_wait", "new_wait", V5_16),
        Rename("very_old_wait", "old_wait", Release(4, 1)),
        Rename("gone_wait", "", V5_16),
        Rename("later_wait", "last_wait", Release(5, 17)),
        Rename("round_a", "round_b", V5_16),
        Rename("round_b", "round_a", V5_16),
        Rename("OLD_FLAG", "NEW_FLAG", V5_16, "flag"),
    )
}


TOP_LEVEL = ("translation_unit", "preproc_ifdef")


@dataclass
class Definition:
    name: str
    nodes: tuple
    start: int


def definitions(text):
    waiting = [PARSER.parse(text).root_node]
    while waiting:
        node = waiting.pop()
        waiting.extend(each for each in node.children if node.type in TOP_LEVEL)
        if node.type == "function_definition":
            name = node.child_by_field_name("declarator")
            while name.type != "identifier":
                name = name.child_by_field_name("declarator")
            yield Definition(name.text.decode(), (node,), node.start_byte)


def stale(text, release=V5_16, touched=None, renames=TABLE, exists=None):
    text = text.encode() if isinstance(text, str) else text
    return list(stale_names(text, comments(text), touched, renames, release, exists))


def pairs(events):
    return [(event.fact("name"), event.fact("replacement")) for event in events]


def silent(text, notes=None, hints=("likely",)):
    text = text.encode() if isinstance(text, str) else text
    functions = sorted(definitions(text), key=lambda function: function.start)

    def following(offset):
        return next((function for function in functions if function.start >= offset), None)

    def named(name):
        return [function for function in functions if function.name == name]

    pairs = described(text, comments(text), following, lambda word: False)
    return list(undocumented_null(pairs, named, notes or {}, hints))


# releases


@pytest.mark.parametrize(
    ("day", "release"),
    [
        ("2021-11-22", "v5.16"),
        ("2021-11-14", "v5.16"),
        ("2021-11-13", "v5.15"),
        ("2022-01-22", "v5.16"),
        ("2022-01-23", "v5.17"),
        ("2024-11-17", "v6.12"),
        ("2026-02-22", "v7.0"),
        ("2001-01-01", "v3.10"),
        ("2031-01-01", "v7.2"),
    ],
)
def test_release_at(day, release):
    assert release_at(datetime.date.fromisoformat(day)) == release


def test_releases_are_ordered_by_number_not_by_letter():
    texts = ["v4.0", "v4.9", "v4.20", "v5.0", "v5.19", "v6.0", "v6.2", "v6.12", "v7.0"]
    assert sorted(map(parse_release, reversed(texts))) == [parse_release(text) for text in texts]
    assert [str(parse_release(text)) for text in texts] == texts


@pytest.mark.parametrize("text", ["6.12", "v6.12", "v6.12.117", "v6.12-rc3", "6.12.0-rc1+", " v6.12\n"])
def test_parse_release(text):
    assert parse_release(text) == V6_12


@pytest.mark.parametrize("text", ["", "six", "v6", "v6.", "6,12", "v6.12 or so", "v6.12rc3", "v1000.1"])
def test_parse_release_refuses(text):
    with pytest.raises(UserError, match="not a kernel release"):
        parse_release(text)


# stale names


def test_a_stale_name_is_reported_where_it_stands():
    text = b"int a;\n/* As old_wait() does. */\nint b;\n"
    (event,) = stale(text)
    assert event.kind is EventKind.STALE_NAME
    assert text[event.start : event.end] == b"old_wait"
    assert dict(event.facts) == {
        "name": "old_wait",
        "replacement": "new_wait",
        "since": "v5.16",
        "cause": "renamed",
        "kind": "function",
        "written": "old_wait()",
        "instead": "new_wait()",
    }


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/* old_wait() and gone_wait() */", [("old_wait", "new_wait"), ("gone_wait", "")]),
        ("/* old_wait(page, 1) */", [("old_wait", "new_wait")]),
        ("// OLD_FLAG is set", [("OLD_FLAG", "NEW_FLAG")]),
        ("/* very_old_wait() */", [("very_old_wait", "new_wait")]),
        ("/* later_wait() */", []),
        ("/* round_a() */", [("round_a", "round_b")]),
        (" * old_wait() in half a comment\n */\nint a;", [("old_wait", "new_wait")]),
        ("/* *_old_wait(), old_wait_xx(), @old_wait, x->old_wait */", []),
        ("/* This used to be old_wait(). */", []),
        ("/* Formerly old_wait() */", []),
        ("/*\n * What was once\n * called old_wait().\n */", []),
        ("/* renamed from old_wait() */", []),
        ("/* TODO: old_wait() */", []),
        ("/* Before v5.16 old_wait() did it. */", []),
        ("/* new_wait() (old_wait() to you) */", []),
        ("/* It used to sleep. See old_wait(). */", [("old_wait", "new_wait")]),
        ("/* See old_wait(). It used to sleep. */", [("old_wait", "new_wait")]),
        ("/*\n * It used to sleep\n *\n * See old_wait()\n */", [("old_wait", "new_wait")]),
        ("old_wait(); /* old_wait() */", []),
        ("void my_old_wait(void); /* old_wait() */", [("old_wait", "new_wait")]),
        ('f("x"); /* nothing */', []),
    ],
)
def test_stale_names(text, found):
    assert pairs(stale(text)) == found


def test_the_release_decides():
    text = "/* later_wait() */"
    assert not stale(text, V5_16)
    assert pairs(stale(text, Release(5, 17))) == [("later_wait", "last_wait")]
    assert not stale("/* old_wait() */", Release(5, 15))


def test_a_removed_name_says_so():
    (event,) = stale("/* gone_wait() */")
    assert (event.fact("cause"), event.fact("replacement")) == ("removed", "")


def test_what_the_tree_has_is_not_stale():
    asked = []
    assert not stale("/* old_wait() other_name() */", exists=lambda name: not asked.append(name))
    assert asked == ["old_wait"]
    assert stale("/* old_wait() */", exists=lambda name: False)


def test_only_touched_lines():
    text = "/* old_wait() */\nint a;\n/* gone_wait() */\n"
    assert pairs(stale(text, touched=[(24, 44)])) == [("gone_wait", "")]
    assert not stale(text, touched=[(17, 23)])
    assert not stale(text, touched=[])


def test_many_stale_names_in_one_comment_take_linear_time():
    def seconds(count):
        text = b"/*" + b" old_wait() here\n" * count + b"*/"
        begin = time.perf_counter()
        assert len(stale(text)) == count
        return time.perf_counter() - begin

    seconds(100)
    assert seconds(4000) < 40 * seconds(500)


# what a patch renames


BEFORE = b"""\
/* Waits. */
static int old_name(struct a *a)
{
	int n = count(a);

	/* gone */
	return n ? old_name(a->next) : 0;
}

int other(struct a *a)
{
	return old_name(a);
}
"""


def test_a_renamed_function():
    after = BEFORE.replace(b"old_name", b"new_name").replace(b"/* gone */", b"/* new words */")
    assert patch_renames([BEFORE], [after]) == {"old_name": "new_name"}


def test_a_comment_that_keeps_the_old_name_does_not_hide_the_rename():
    after = BEFORE.replace(b"old_name", b"new_name").replace(b"Waits.", b"Waits as old_name() did.")
    assert patch_renames([BEFORE], [after]) == {"old_name": "new_name"}


def test_a_function_moved_to_another_file_under_another_name():
    function = BEFORE[: BEFORE.index(b"int other")]
    moved = function.replace(b"old_name", b"new_name")
    assert patch_renames([function, b"int x;\n"], [b"", b"int x;\n\n" + moved]) == {"old_name": "new_name"}


def test_a_changed_body_in_the_same_place():
    after = BEFORE.replace(b"old_name", b"new_name").replace(b"count(a)", b"count(a, true)")
    assert patch_renames([BEFORE], [after]) == {"old_name": "new_name"}


def test_half_a_function_in_a_hunk():
    before = b"}\n\nstatic void old_name(int a)\n{\n\tint b = a;\n\n\tuse(b);\n"
    assert patch_renames([before], [before.replace(b"old_name", b"new_name")]) == {"old_name": "new_name"}


def test_a_renamed_macro():
    before, after = b"#define OLD_FLAG 0x10\n", b"#define NEW_FLAG 0x10\n"
    assert patch_renames([before], [after]) == {"OLD_FLAG": "NEW_FLAG"}


@pytest.mark.parametrize(
    "after",
    [
        BEFORE,
        b"",
        BEFORE.replace(b"static int old_name", b"static int new_name"),
        b"int unlike(long *x, char y)\n{\n\twhile (x)\n\t\tx += go(y);\n\tfree(x);\n\tpanic();\n}\n",
        BEFORE + BEFORE.replace(b"old_name", b"new_name").replace(b"other", b"third"),
    ],
)
def test_what_is_no_rename(after):
    assert patch_renames([BEFORE], [after]) == {}


def test_two_definitions_of_one_text_are_in_doubt():
    one, two = b"int old_a(void)\n{\n\treturn 0;\n}\n", b"int old_b(void)\n{\n\treturn 0;\n}\n"
    assert patch_renames([one + two], [(one + two).replace(b"old", b"new")]) == {}


CALLED = b"""\
int old_name(struct a *a)
{
	return a->n;
}

int first(struct a *a)
{
	return old_name(a);
}

int second(struct a *a)
{
	return old_name(a) + old_name(a->next);
}
"""
WRITTEN_ANEW = b"""\
bool new_name(struct b *b, long n)
{
	while (n--)
		b = step(b, &n);
	trace_b(b);
	if (!b)
		panic("none");
	return true;
}
"""


def called_anew(text):
    return text[text.index(b"int first") :].replace(b"old_name(a", b"new_name(&a->b, a")


def test_a_function_written_anew_in_another_file_and_called_in_the_same_places():
    assert patch_renames([CALLED, b""], [called_anew(CALLED), WRITTEN_ANEW]) == {"old_name": "new_name"}


@pytest.mark.parametrize(
    "after",
    [
        called_anew(CALLED).replace(b"+ new_name", b"+ other_name"),
        called_anew(CALLED).replace(b"int second", b"int third"),
    ],
)
def test_other_callers_are_no_rename(after):
    assert patch_renames([CALLED, b""], [after, WRITTEN_ANEW]) == {}


def test_one_call_that_gives_way_to_another_says_nothing():
    before = CALLED[: CALLED.index(b"int second")]
    assert patch_renames([before, b""], [called_anew(before), WRITTEN_ANEW]) == {}


def test_two_that_are_called_in_the_same_places_are_in_doubt():
    twice = called_anew(CALLED).replace(b"new_name(", b"also_new() + new_name(")
    added = WRITTEN_ANEW + WRITTEN_ANEW.replace(b"new_name", b"also_new").replace(b"step(b, &n)", b"no_step(n)")
    assert patch_renames([CALLED, b""], [twice, added]) == {}


@given(st.binary(max_size=400), st.binary(max_size=400))
def test_any_bytes(before, after):
    patch_renames([before], [after])
    stale(before, V7_1)
    silent(before)


# optional pointers


def optional(text):
    (function,) = definitions(text.encode())
    return [test.parameter for test in optional_parameters(function.nodes[0], Callees(("likely", "WARN_ON")))]


@pytest.mark.parametrize(
    "body",
    [
        "if (p) a(p); else b();",
        "if (!p) p = q; a(p);",
        "if (!p) p = a(); b(p);",
        "if (p) a(p); b();",
        "if (p != NULL) a(p); b();",
        "if (NULL == p) c(); b();",
        "if (p && p->x) a(p); b();",
        "if (likely(p)) a(p); b();",
        "if (!p || p->x) a(q); b();",
        "if (!p) return other(q); return 1;",
        "a(); if (p) b(p); return x;",
        "a(); if (p) { c(); *p = x; } return 0;",
        "if (p) *p = x;",
        "return p ? p->x : 0;",
        "return p && p->x;",
        "int x = p && p->x; use(x);",
        "x = !p; use(x);",
        "for (;;) { if (!p) continue; a(p); } b();",
        "a(sizeof(*p)); if (p) a(p); b();",
        "a(p); if (p) a(p); b();",
    ],
)
def test_optional(body):
    assert optional("int f(struct a *p, struct a **q) { " + body + " }") == ["p"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "a(p);",
        "p->x = 1; if (p) a(p); b();",
        "x = *p; if (p) a(p); b();",
        "x = p[0]; if (p) a(p); b();",
        "p = a(); if (p) b(p); c();",
        "p++; if (p) b(p); c();",
        "a(&p); if (p) b(p); c();",
        "while (p) { a(p); p = p->next; } b();",
        "for (; p; p = p->next) a(p); b();",
        "while (p) { if (!a(r)) break; } b();",
        "for (;;) { if (!p) break; p = p->next; } b();",
        "if (!p) return -EINVAL; a(p);",
        "if (!p) { a(); return -EINVAL; } a(p);",
        "if (!p) return ERR_PTR(-EINVAL); a(p);",
        "if (!p) return NULL; a(p);",
        "if (!p) goto out; a(p); out: b();",
        "if (!p || !q) return -EINVAL; if (p) a(p); b();",
        "if (!p) BUG(); a(p);",
        "BUG_ON(!p); if (p) a(p); b();",
        "if (WARN_ON(!p)) return 0; if (p) a(p); b();",
        "if (p) a(p); else return -EINVAL; b();",
        "if (!p) return; a(p);",
        "if (p) a(p);",
        "if (p) a(p); return;",
        "c(); if (p) a(p); return 0;",
        "if (p) { a(p); return x; } return -EINVAL;",
        "if (x) { if (p) a(p); }",
        "if (p == q) a(p); b();",
        "a(p != NULL); b();",
    ],
)
def test_not_optional(body):
    assert optional("int f(struct a *p, struct a *r) { " + body + " }") == []


def test_only_pointers_and_functions_are_optional():
    body = "{ if (n) a(); if (p) b(); if (fn) c(); if (v) d(); e(); }"
    assert optional("int f(int n, char *p, int (*fn)(int), void **v) " + body) == ["p", "fn", "v"]


def test_what_a_function_needs():
    (function,) = definitions(b"int f(int n, char *p, char *q, char *r) { if (q) a(*q); return *p + b(r); }")
    assert needed_parameters(function.nodes[0]) == {1}


DOCUMENTED = """\
/**
 * f - does it
 * @p: one
 * @q: two
 */
int f(struct a *p, struct a *q)
{
	if (p)
		a(p);
	return b(q);
}
"""


def test_undocumented_null_is_reported_at_the_parameter():
    (event,) = silent(DOCUMENTED)
    assert event.kind is EventKind.UNDOCUMENTED_NULL
    assert DOCUMENTED[event.start : event.end] == "@p"
    assert (event.function, dict(event.facts)) == ("f", {"param": "p", "note": ""})


def test_a_note_says_what_null_means():
    (event,) = silent(DOCUMENTED, {("f", "p"): "NULL is passed for PMD entries", ("f", "q"): "x"})
    assert event.fact("note") == "NULL is passed for PMD entries"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("@p: one", "@p: one, or NULL"),
        ("@p: one", "@p: one\n *     (optional)"),
        ("@p: one", "@p: one, if any"),
        ("@p: one", "@p: must be non-NULL if q is"),
        ("@q: two\n", "@q: two\n *\n * Does nothing when @p is NULL.\n"),
        ("@q: two\n", "@q: two\n *\n * Either may be NULL.\n"),
        ("@p: one\n", ""),
        (" * f - does it", " * g - does it"),
        ("/**", "/*"),
        ("*/\n", "*/\nint x;\n"),
    ],
)
def test_documented_null(old, new):
    assert old in DOCUMENTED
    assert silent(DOCUMENTED.replace(old, new, 1)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("@q: two\n", "@q: two\n *\n * Return: NULL on failure\n"),
        ("@q: two\n", "@q: two\n *\n * What @p is for\n *\n * Returns NULL on failure\n"),
        (" * @p: one\n * @q: two\n", " * @q: two\n * @p: one\n * Return: NULL when there is none\n"),
        ("@q: two", "@q: two, may be NULL"),
        ("f - does it", "f() - does it"),
        ("*/\n", "*/\n\nstatic inline\n"),
        ("int f(", "int noinline f("),
    ],
)
def test_still_undocumented(old, new):
    assert old in DOCUMENTED
    text = DOCUMENTED.replace(old, new, 1).replace("noinline ", "")
    assert [event.fact("param") for event in silent(text)] == ["p"]


def test_a_callee_that_needs_its_argument():
    text = "static int g(struct a *x)\n{\n\treturn x->y;\n}\n\n" + DOCUMENTED.replace("\tif", "\tg(p);\n\tif")
    assert silent(text) == []
    assert silent(text.replace("return x->y", "return x ? x->y : 0"))


# the mail that started the project


def quoted(mail):
    """What the mail's quotation adds, every other line blank."""
    return b"\n".join(line[3:] if line.startswith(b"> +") else b"" for line in mail.split(b"\n"))


@pytest.mark.shared
def test_the_seed_mail(shared):
    mail = (shared / "seed-mail.txt").read_bytes()
    text, release = quoted(mail), parse_release(release_at(datetime.date(2021, 11, 22)))
    note = "NULL is passed for PMD entries"
    notes = {("migration_entry_wait_on_locked", "ptep"): note}
    found = [
        *stale_names(text, comments(text), None, load_renames(), release),
        *silent(text, notes),
    ]
    lines = mail.split(b"\n")
    told = [(event.kind, lines[text.count(b"\n", 0, event.start)], dict(event.facts)) for event in found]
    assert told == [
        (
            EventKind.STALE_NAME,
            b"> + * This follows the same logic as wait_on_page_bit_common() so see the comments",
            {
                "name": "wait_on_page_bit_common",
                "replacement": "folio_wait_bit_common",
                "since": "v5.16",
                "cause": "renamed",
                "kind": "function",
                "written": "wait_on_page_bit_common()",
                "instead": "folio_wait_bit_common()",
            },
        ),
        (
            EventKind.UNDOCUMENTED_NULL,
            b"> + * @ptep: mapped pte pointer. This function will return with the ptep unmapped.",
            {"param": "ptep", "note": note},
        ),
    ]


# the tables


def test_the_renames():
    renames = load_renames()
    assert len(renames) >= 150
    assert str(renames["wait_on_page_bit_common"].since) == "v5.16"
    assert str(renames["put_and_wait_on_page_locked"].since) == "v5.17"
    assert renames["put_and_wait_on_page_locked"].new == "folio_put_wait_locked"
    assert renames["migration_entry_wait_on_locked"].since == Release(7, 0)
    names = {name for entry in renames.values() for name in (entry.old, entry.new) if name}
    assert [name for name in names if not re.fullmatch(r"[A-Za-z_]\w+", name)] == []


def test_a_chain_of_renames_goes_forward_in_time():
    renames = load_renames()
    for entry in renames.values():
        following = renames.get(entry.new)
        assert following is None or following.since > entry.since, entry


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('rename = [{ old = "a", new = "b", since = "soon" }]', "since of a: not a kernel release"),
        ('rename = [{ old = "a", new = "a", since = "v5.1" }]', "a is renamed twice, or to itself"),
        ('[[rename]]\nold = "a"\nnew = "b"\nsince = "v5.1"\n' * 2, "a is renamed twice"),
        ('rename = [{ old = "a", since = "v5.1" }]', "missing required field `new`"),
        ('rename = [{ old = "a", new = "b", since = "v5.1", why = "c" }]', "unknown field `why`"),
        ('rename = [{ old = "a", new = "b", since = "v5.1", kind = "thing" }]', "kind"),
        ("[[rename]", "is not TOML"),
    ],
)
def test_a_broken_table_is_one_clear_line(tmp_path, text, says):
    path = tmp_path / "renames.toml"
    path.write_text(text)
    with pytest.raises(UserError) as caught:
        load_renames(path)
    assert caught.value.path == str(path)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


STRING_OR_COMMENT = re.compile(rb'"(?:[^"\\\n]|\\.)*"|/\*[\s\S]*?(?:\*/|\Z)|//[^\n]*')
OTHER_PROGRAMS = ("Documentation", "tools", "samples", "scripts")


def names_in(path, names):
    """Which of `names` the code of one file has."""
    return names & set(re.findall(rb"[A-Za-z_]\w+", STRING_OR_COMMENT.sub(b" ", path.read_bytes())))


def names_in_tree(tree, names):
    """Which of `names` are identifiers of the kernel's own code; grep picks the files that need a look."""
    folders = [str(folder) for folder in sorted(tree.iterdir()) if folder.name not in OTHER_PROGRAMS]
    grep = ["grep", "-rlwF", "-f", "-", *(f"--include=*.{end}" for end in ("c", "h", "S", "rs")), *folders]
    given = b"\n".join(names)
    listed = subprocess.run(grep, input=given, capture_output=True, check=True, env={"LC_ALL": "C"})
    paths = [tree / line.decode() for line in listed.stdout.splitlines()]
    with ProcessPoolExecutor(2) as pool:
        return set().union(*pool.map(names_in, paths, [names] * len(paths), chunksize=200))


@pytest.mark.tree
@pytest.mark.slow
@pytest.mark.parametrize("release", ["6.12", "6.1"])
def test_the_renames_fit_the_tree(release, request):
    tree = request.getfixturevalue(f"tree_{release.replace('.', '_')}")
    in_force = [entry for entry in load_renames().values() if entry.since <= parse_release(release)]
    assert len(in_force) >= 150
    names = {name.encode() for entry in in_force for name in (entry.old, entry.new) if name}
    there = names_in_tree(tree, names)
    assert [entry.old for entry in in_force if entry.old.encode() in there] == []
    assert [entry.new for entry in in_force if entry.new and entry.new.encode() not in there] == []


@pytest.mark.tree
def test_names_of_the_future_are_in_the_tree(tree_6_12):
    later = {entry.old.encode() for entry in load_renames().values() if entry.since > V6_12}
    there = {name for path in tree_6_12.glob("include/linux/*.h") for name in names_in(path, later)}
    assert later - there == {b"migration_entry_wait_on_locked"} - there


# real trees: every finding below was read and judged, 6.12.117 and 6.1.192


JUDGED_STALE = {"6.12": 41, "6.1": 21}
CONFIRMED = {
    "mm/userfaultfd.c": {"__page_set_anon_rmap"},
    "mm/memory.c": {"compound_mapcount", "find_extend_vma"},
    "mm/page_vma_mapped.c": {"compound_mapcount"},
    "mm/rmap.c": {"gup_pte_range"},
    "mm/ksm.c": {"reuse_ksm_page"},
    "mm/migrate.c": {"ksm_migrate_page"},
    "mm/balloon_compaction.c": {"move_to_new_page"},
    "mm/vmscan.c": {"shrink_zone"},
    "mm/swapfile.c": {"swap_entry_free"},
    "mm/huge_memory.c": {"madvise_dontneed"},
    "mm/mremap.c": {"shift_arg_pages"},
    "mm/filemap.c": {"put_and_wait_on_page_locked"},
}


def stale_in_mm(tree, release):
    renames = load_renames()
    for path in sorted(tree.glob("mm/**/*.[ch]")):
        for event in stale(path.read_bytes(), parse_release(release), renames=renames):
            yield path.relative_to(tree).as_posix(), event.fact("name")


@pytest.mark.tree
@pytest.mark.parametrize("release", ["6.12", "6.1"])
def test_stale_names_of_mm(release, request):
    found = list(stale_in_mm(request.getfixturevalue(f"tree_{release.replace('.', '_')}"), release))
    assert abs(len(found) - JUDGED_STALE[release]) <= 3, found


@pytest.mark.tree
def test_stale_names_that_a_reader_confirmed(tree_6_12):
    found = set(stale_in_mm(tree_6_12, "6.12"))
    wanted = {(path, name) for path, names in CONFIRMED.items() for name in names}
    assert wanted <= found
    quiet = {"folio_test_clear_reclaim", "vm_normal_page_pud", "_range_rev", "memblock_alloc_xx", "alloca"}
    assert not quiet & {name for _, name in found}


JUDGED_NULL = {
    "6.12": {
        ("get_user_pages_remote", "locked"),
        ("pin_user_pages_remote", "locked"),
        ("set_page_address", "virtual"),
        ("__next_mem_range_rev", "type_b"),
        ("mem_cgroup_iter_break", "root"),
        ("mem_cgroup_print_oom_context", "memcg"),
        ("mem_cgroup_print_oom_context", "p"),
        ("mem_cgroup_calculate_protection", "root"),
        ("mpol_to_str", "pol"),
        ("sparse_add_section", "altmap"),
        ("mapping_try_invalidate", "nr_failed"),
    },
    "6.1": {
        ("set_page_address", "virtual"),
        ("__next_mem_range_rev", "type_b"),
        ("mem_cgroup_iter_break", "root"),
        ("mem_cgroup_print_oom_context", "memcg"),
        ("mem_cgroup_print_oom_context", "p"),
        ("mem_cgroup_calculate_protection", "root"),
        ("mpol_to_str", "pol"),
        ("folio_referenced", "memcg"),
        ("invalidate_mapping_pagevec", "nr_pagevec"),
    },
}


@pytest.mark.tree
@pytest.mark.parametrize("release", ["6.12", "6.1"])
def test_undocumented_null_of_mm(release, request):
    parse = pytest.importorskip("kpatchlint.c.parse").parse
    dialect = pytest.importorskip("kpatchlint.c.dialect").load()
    source = pytest.importorskip("kpatchlint.source").Source
    tree, found = request.getfixturevalue(f"tree_{release.replace('.', '_')}"), set()
    for path in sorted(tree.glob("mm/**/*.[ch]")):
        text = path.read_bytes()
        unit = parse(source(str(path), text), dialect)
        pairs = described(text, comments(text), unit.following, lambda word: dialect.action(word) is not None)
        events = undocumented_null(pairs, unit.named, {}, dialect.hints)
        found |= {(event.function, event.fact("param")) for event in events}
    assert found == JUDGED_NULL[release]
