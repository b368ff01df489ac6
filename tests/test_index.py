"""The index of a tree: which names a file has and speaks of, pasted names, the cache, and what changes in a tree."""

import os
import random
import sqlite3
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from kpatchlint.tree import table
from kpatchlint.tree.cache import Store, default_path, unkept
from kpatchlint.tree.index import open_index
from kpatchlint.tree.origin import Directory
from kpatchlint.tree.paste import generated, pasters, pasting
from kpatchlint.tree.words import facts, indexed, split

TREE = {
    "include/linux/a.h": b"#define GETTER(name) int get_##name(void)\nvoid a_one(void);\n",
    "mm/a.c": b'GETTER(speed);\n/* Like a_one(), a_two() and get_speed(). */\nint a_three = sizeof("a_four");\n',
    "mm/b.c": b"/* struct a_struct is not a_two() */\nint b_one;\n",
    "Documentation/x.rst": b".. c:function:: int a_documented(void)\n\nSee a_two().\n",
    "arch/x86/entry/syscalls/x.tbl": b"0\tcommon\tread\tsys_read_it\n",
}


def write(root, files):
    for path, text in files.items():
        if text is None:
            continue
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text)
        os.utime(root / path, ns=(10**18, 10**18))


@pytest.fixture
def root(tmp_path):
    write(tmp_path / "tree", TREE)
    return tmp_path / "tree"


@pytest.fixture(autouse=True)
def no_time_passes(monkeypatch):
    """A file of a test is taken as settled as soon as it is written."""
    monkeypatch.setattr("kpatchlint.tree.listing._RACY_NS", 0)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "cache" / "trees.sqlite")


def unknown(index):
    """By path, what comments claim and no code of the tree has."""
    missing = index.missing(name for names in index.claims.values() for name in names)
    found = {path: missing.intersection(names) for path, names in index.claims.items()}
    return {path: names for path, names in found.items() if names}


def names(path, text):
    return {name.decode() for name in facts(path, text).names}


def claimed(text):
    return {name.decode() for name in facts("x.c", text).claimed}


class TestWords:
    @pytest.mark.parametrize(
        ("path", "text", "wanted"),
        [
            ("a.c", b"int f_oo; /* g_oo */ // h_oo\nint i_oo;", {"int", "f_oo", "i_oo"}),
            ("a.c", b'x("a /* b", "http://c"); /* d */ e', {"x", "a", "b", "http", "c", "e"}),
            ("a.c", b"c = '\"'; /* d */ e = '\"'; /* f */", {"c", "e"}),
            ("a.S", b"f_oo: ret // g_oo\n", {"f_oo", "ret"}),
            ("a.S", b".macro m x\nf_oo_\\x:\n.endm\nm one\n", {"macro", "m", "x", "f_oo_", "endm", "one", "f_oo_one"}),
            ("a.S", b".macro m x\nf_oo\\x\\()_b \\x\\()_c\n.endm\nm 7\n",
             {"macro", "m", "x", "f_oo", "_b", "_c", "endm", "7", "f_oo7_b"}),
            ("a.S", b".macro m x y\nf_oo\\x\\y\n.endm\nm 7 8\n",
             {"macro", "m", "x", "y", "f_oo", "endm", "7", "8", "f_oo7", "f_oo8"}),
            ("a.rs", b"fn f_oo() {} // g_oo", {"fn", "f_oo"}),
            ("a.sh", b"f_oo $#g_oo # h_oo\n#i_oo\nj_oo\t# k_oo", {"f_oo", "g_oo", "j_oo"}),
            ("k/Kconfig", b"config F_OO\n\thelp\n\t  See g_oo().\n", {"F_OO", "CONFIG_F_OO", "CONFIG_F_OO_MODULE"}),
            ("k/Makefile", b"obj-y += f_oo.o # g_oo\n", {"obj", "y", "f_oo", "o"}),
            ("x.lds.S", b"f_oo = .; /* g_oo */", {"f_oo"}),
            ("arch/a/syscall.tbl", b"1 common f_oo sys_f_oo", {"1", "common", "f_oo", "sys_f_oo"}),
            ("Documentation/a.rst", b"g_oo()\n.. c:function:: int f_oo(int a)\n", {"int", "f_oo", "a"}),
            ("a.h", b"struct s { int m_ember; };", {"struct", "s", "int", "m_ember"}),
        ],
    )
    def test_what_is_there(self, path, text, wanted):
        assert names(path, text) == wanted

    @pytest.mark.parametrize(
        ("text", "wanted"),
        [
            (b"/* f_oo() and g_oo, h_oo (s) */", {"f_oo"}),
            (b"// f_oo(a, b)", {"f_oo"}),
            (b"/* struct f_oo, union g_oo, enum h_oo */", {"f_oo", "g_oo", "h_oo"}),
            (b"/** %F_OO &g_oo @h_oo */", {"F_OO", "g_oo"}),
            (b"/* foo() */", set()),
            (b'x = "f_oo()";', set()),
        ],
    )
    def test_what_is_claimed(self, text, wanted):
        assert claimed(text) == wanted

    def test_what_is_said(self):
        assert facts("x.c", b"/* f_oo() is g_oo, foo */").said == {b"f_oo", b"g_oo"}

    def test_files_that_define_nothing_are_left_out(self):
        assert [p for p in ("a.c", "b.dts", "x.json", "Kconfig.x", "Documentation/a.txt", "a.tbl") if indexed(p)] == [
            "a.c",
            "Kconfig.x",
            "a.tbl",
        ]

    def test_nothing_of_a_text_is_lost_between_code_and_comments(self):
        random_bytes = random.Random(1)
        for _ in range(500):
            text = bytes(random_bytes.choices(b"/*\"'\\\n a_(#", k=40))
            code, remarks = split(text)
            assert sorted(code.replace(b" ", b"") + remarks.replace(b" ", b"")) == sorted(text.replace(b" ", b""))


class TestPaste:
    @pytest.mark.parametrize(
        ("code", "wanted"),
        [
            (b"#define G(n) int get_##n(void)\n\nG(foo)\n", {"get_foo"}),
            (b"#define G(n) int get_##n(void)\n\nstatic inline G(foo)\n{ }\n", {"get_foo"}),
            (b"#define G(n) int n##_get(void)\n#define H(a, b) G(b)\n\nH(x, foo)\n", {"foo_get"}),
            (b"#define G(a, b) a##_##b\n\nG(foo,\n  bar)\n", {"foo_bar"}),
            (b"#define L() \\\n\tx(one) \\\n\tx(two)\n#define x(n) E_##n,\nL()\n", {"E_one", "E_two"}),
            (b"#define S2(n, ...) S(2, _##n, int)\n#define S(x, n, ...) sys##n()\n\nS2(read, int)\n", {"sys_read"}),
            (b"#define A(n) B(n)\n#define B(n) A(n) f_##n\n\nA(foo)\n", {"f_foo"}),
            (b"#define G(n) int get_##n(void)\n\nvoid f(void)\n{\n\tH(foo);\n}\n", set()),
        ],
    )
    def test_generated(self, code, wanted):
        asked = {name.encode() for name in (*wanted, "get_foo", "no_where")}
        assert generated(pasters(*pasting(b"\n" + code)), asked) == {name.encode() for name in wanted}


    def test_chains_that_cannot_be_a_name_are_not_followed(self):
        """Of a tree's half a million pasted names a scan asks for a dozen."""
        known = pasters(*pasting(b"\n#define G(n) get_##n a_##n n##_b\n\nG(foo)\nG(bar)\n"))
        assert generated(known, {b"get_foo", b"bar_b", b"a_baz", b"b_foo"}) == {b"get_foo", b"bar_b"}
        assert generated(known, set()) == set()

    def test_the_order_of_the_calls_does_not_matter_where_nesting_ends(self):
        """Every level pastes; the deepest name that is found is found by the shortest way to it."""
        levels = b"".join(b"#define L%d(n) L%d(n) f%d_##n\n" % (n, n + 1, n) for n in range(12))
        asked = {b"f%d_x" % n for n in range(12)}
        for calls in (b"\nL0(x)\nL4(x)\n", b"\nL4(x)\nL0(x)\n"):
            assert generated(pasters(*pasting(b"\n" + levels + calls)), asked) == asked


def rows(store):
    """The keys in the file, without asking the store, which would count as use."""
    with sqlite3.connect(store.path) as connection:
        return {key for (key,) in connection.execute("SELECT key FROM entry")}


class TestCache:
    def test_what_was_put_is_there(self, store):
        store.put("a", {b"k": b"v"})
        again = Store(store.path)
        assert again.get("a", [b"k", b"l"]) == {b"k": b"v"}
        assert again.has("a", [b"k", b"l"]) == {b"k"}
        assert again.get("b", [b"k"]) == {}
        assert [kind for kind in "ab" if again.has_any(kind)] == ["a"]

    def test_an_entry_is_found_by_an_index_that_has_no_values(self, store):
        store.put("a", {b"k": b"v"})
        with sqlite3.connect(store.path) as connection:
            plan = connection.execute("EXPLAIN QUERY PLAN SELECT value FROM entry WHERE kind = 'a' AND key IN (x'6b')")
            assert ["USING INDEX" in told for *_, told in plan] == [True]

    @pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\0" + bytes(200)])
    def test_a_torn_file_is_begun_anew(self, store, content):
        store.path.parent.mkdir()
        store.path.write_bytes(content)
        store.put("a", {b"k": b"v"})
        assert Store(store.path).get("a", [b"k"]) == {b"k": b"v"}

    def test_a_foreign_database_and_one_of_another_version_are_begun_anew(self, store):
        store.path.parent.mkdir()
        with sqlite3.connect(store.path) as other:
            other.execute("CREATE TABLE entry (x)")
        store.put("a", {b"k": b"v"})
        assert Store(store.path).get("a", [b"k"]) == {b"k": b"v"}
        with sqlite3.connect(store.path) as other:
            other.execute("PRAGMA user_version = 999")
        assert Store(store.path).get("a", [b"k"]) == {}

    def test_a_page_torn_later_costs_the_entries_only(self, store):
        store.put("a", {bytes([n]): bytes(3000) for n in range(200)})
        torn = bytearray(store.path.read_bytes())
        torn[4096:] = b"\xff" * (len(torn) - 4096)
        store.path.write_bytes(torn)
        again = Store(store.path)
        assert again.get("a", [bytes([n]) for n in range(200)]) == {}
        again.put("a", {b"k": b"v"})
        assert Store(store.path).get("a", [b"k"]) == {b"k": b"v"}

    def test_where_nothing_can_be_written_the_run_does_without(self, tmp_path):
        (tmp_path / "file").write_text("")
        store = Store(tmp_path / "file" / "x.sqlite")
        store.put("a", {b"k": b"v"})
        assert Store(store.path).get("a", [b"k"]) == {}

    def test_what_nobody_asks_for_is_dropped_when_a_later_run_writes(self, store):
        """Looking for it takes time with all that is kept, so one run does that once."""
        store.put("a", {b"first": b"v"})
        old = int(time.time()) - 40 * 24 * 3600
        with sqlite3.connect(store.path) as connection:
            connection.execute("UPDATE entry SET used = ?", (old,))
        store.put("a", {b"second": b"v"})
        assert rows(store) == {b"first", b"second"}
        Store(store.path).put("a", {b"third": b"v"})
        assert rows(store) == {b"second", b"third"}

    def test_processes_write_at_once(self, store):
        with ProcessPoolExecutor(4) as pool:
            list(pool.map(_write, [(str(store.path), n) for n in range(40)]))
        assert len(store.get("a", [str(n).encode() for n in range(40)])) == 40

    def test_the_place_can_be_named(self, monkeypatch, tmp_path):
        monkeypatch.setenv("KPATCHLINT_CACHE", str(tmp_path / "x"))
        assert default_path() == tmp_path / "x"
        monkeypatch.delenv("KPATCHLINT_CACHE")
        assert default_path().name == "trees.sqlite"

    def test_a_directory_can_be_named(self, monkeypatch, tmp_path):
        monkeypatch.setenv("KPATCHLINT_CACHE", str(tmp_path))
        assert default_path() == tmp_path / "trees.sqlite"
        Store(default_path()).put("a", {b"k": b"v"})
        assert Store(default_path()).get("a", [b"k"]) == {b"k": b"v"}

    def test_what_can_be_written_or_made_is_kept_and_what_cannot_is_said(self, tmp_path):
        (tmp_path / "file").write_text("")
        (tmp_path / "folder").mkdir()
        assert not unkept(tmp_path / "file")
        assert not unkept(tmp_path / "folder" / "x")
        assert not unkept(tmp_path / "new" / "folder" / "x")
        for path in (tmp_path / "folder", tmp_path / "file" / "x", tmp_path / "file" / "new" / "x"):
            assert [str(path) in line for line in unkept(path)] == [True]


def _write(work):
    path, number = work
    Store(Path(path)).put("a", {str(number).encode(): b"v"})


class TestIndex:
    def test_what_is_missing_and_unknown(self, root, store):
        index = open_index(Directory(root), store)
        asked = {b"a_one", b"a_two", b"a_three", b"a_four", b"get_speed", b"a_documented", b"sys_read_it", b"no_where"}
        assert index.missing(asked) == {b"a_two", b"no_where"}
        assert unknown(index) == {"mm/a.c": {b"a_two"}, "mm/b.c": {b"a_two", b"a_struct"}}
        assert index.saying({b"a_two", b"no_where"}) == {"mm/a.c": {b"a_two"}, "mm/b.c": {b"a_two"}}
        assert {b"b_one", b"a_three"} <= set(index.near("mm/a.c").split())

    def test_many_names_are_answered_as_few_are(self, root, store):
        index = open_index(Directory(root), store)
        many = {f"no_{n}".encode() for n in range(50)}
        assert index.missing(many | {b"a_one", b"get_speed"}) == many

    def test_only_what_changed_is_read_again(self, root, store, monkeypatch):
        open_index(Directory(root), store)
        read = []
        monkeypatch.setattr("kpatchlint.tree.origin.contents", lambda top, path: read.append(path) or TREE[path])
        assert open_index(Directory(root), store).state == open_index(Directory(root), store).state
        assert read == []
        os.utime(root / "mm/b.c", ns=(2 * 10**18, 10**18))
        open_index(Directory(root), store)
        assert read == ["mm/a.c", "mm/b.c"]

    @pytest.mark.parametrize("jobs", [1, 2])
    def test_it_says_how_many_batches_it_reads(self, root, store, jobs, monkeypatch):
        monkeypatch.setattr("kpatchlint.tree.index._BATCH", 1)
        counts = []

        def watch(results, count):
            found = list(results)
            counts.append((count, len(found)))
            return iter(found)

        first = open_index(Directory(root), store, jobs, watch=watch)
        os.utime(root / "mm/b.c", ns=(2 * 10**18, 10**18))
        assert open_index(Directory(root), store, jobs, watch=watch).parts == first.parts
        open_index(Directory(root), store, jobs, watch=watch)
        folders = {str(Path(path).parent) for path in TREE if indexed(path)}
        assert counts == [(len(folders), len(folders)), (1, 1), (0, 0)]

    def test_the_first_files_are_read_before_the_last_are_listed(self, root, store, monkeypatch):
        monkeypatch.setattr("kpatchlint.tree.index._BATCH", 1)
        done = []

        class Slow(Directory, frozen=True):
            def groups(self, folders):
                for group in super().groups(folders):
                    done.append("listed")
                    yield group

        def spread(executor, call, work):
            return iter([done.append("handed out") or call(each) for each in work])

        monkeypatch.setattr("kpatchlint.tree.index.spread", spread)
        open_index(Slow(root), store)
        assert done[:3] == ["listed", "listed", "handed out"]
        assert done.index("handed out") < len(done) - 1 - done[::-1].index("listed")

    def test_a_change_is_seen(self, root, store):
        before = open_index(Directory(root), store)
        assert unknown(before)
        write(root, {"mm/c.c": b"int a_two;\n"})
        after = open_index(Directory(root), store)
        assert after.state != before.state
        assert unknown(after) == {"mm/b.c": {b"a_struct"}}
        (root / "mm/c.c").unlink()
        assert unknown(open_index(Directory(root), store)) == unknown(before)

    def test_the_same_files_elsewhere_are_known(self, root, store, tmp_path, monkeypatch):
        open_index(Directory(root), store)
        write(tmp_path / "second", TREE)
        monkeypatch.setattr("kpatchlint.tree.index.make_shard", lambda files: pytest.fail("read anew"))
        second = open_index(Directory(tmp_path / "second"), store, jobs=1)
        assert second.state == open_index(Directory(root), store).state

    def test_a_lost_cache_is_made_again(self, root, store):
        index = open_index(Directory(root), store)
        Store(store.path).path.unlink()
        assert unknown(open_index(Directory(root), Store(store.path))) == unknown(index)

    def test_nothing_is_written_to_the_tree(self, root, store):
        before = sorted(root.rglob("*"))
        open_index(Directory(root), store)
        assert sorted(root.rglob("*")) == before

    def test_links_are_not_followed(self, root, store, tmp_path):
        (tmp_path / "out.c").write_bytes(b"int a_two;")
        (root / "mm/l.c").symlink_to(tmp_path / "out.c")
        (root / "loop").symlink_to(root)
        assert open_index(Directory(root), store).missing({b"a_two"})

    def test_files_in_memory_take_the_place_of_those_of_the_tree(self, root, store):
        index = open_index(Directory(root), store)
        changed = index.patched({"mm/b.c": b"int a_two;", "mm/new.c": b"/* b_one() */ int n_one;"})
        assert changed.missing({b"a_two", b"b_one", b"n_one"}) == {b"b_one"}
        assert unknown(changed) == {"mm/new.c": {b"b_one"}}
        assert changed.read("mm/new.c") == b"/* b_one() */ int n_one;"
        gone = changed.patched({"mm/new.c": None, "mm/b.c": None})
        assert gone.missing({b"a_two", b"n_one", b"a_three"}) == {b"a_two", b"n_one"}
        assert index.missing({b"b_one"}) == set()

    @pytest.mark.parametrize(
        "change",
        [
            {"mm/b.c": b"GETTER(size);\n"},
            {"mm/a.c": b"int none;\n"},
            {"mm/a.c": None, "mm/b.c": b"GETTER(speed);\n"},
            {"include/linux/a.h": b"#define GETTER(name) int find_##name(void)\n"},
            {"include/linux/a.h": b"void a_one(void);\n"},
            {"include/linux/b.h": b"#define BOTH(name) GETTER(name##_of)\nBOTH(size);\n"},
            {"mm/b.c": b"#define LIST(x) \\\n\tGETTER(size) \\\n\tx(1)\n#define OTHER(x) a_one(x)\n"},
            {"mm/b.c": b"int a_two, b_one, get_size;\n"},
        ],
    )
    def test_a_patch_says_what_the_tree_with_it_says(self, root, store, tmp_path, change):
        asked = {b"get_speed", b"get_size", b"find_speed", b"get_size_of", b"a_one", b"a_two", b"b_one", b"a_three"}
        patched = open_index(Directory(root), store).patched(change)
        write(tmp_path / "other", {**TREE, **change})
        whole = open_index(Directory(tmp_path / "other"), store)
        assert patched.missing(asked) == whole.missing(asked)
        assert [patched.missing([name]) for name in asked] == [whole.missing([name]) for name in asked]
        assert patched.saying(asked) == whole.saying(asked)
        more = {b"no_%d_%s" % (n, b"x" * 50) for n in range(50)}
        assert patched.missing(asked | more) == whole.missing(asked) | more

    def test_a_patch_leaves_nothing_in_the_cache(self, root, store):
        index = open_index(Directory(root), store)
        asked = {b"a_two", b"get_speed", b"no_where"}
        index.missing(asked)
        before = sqlite3.connect(store.path).execute("SELECT kind, key FROM entry").fetchall()
        index.patched({"mm/b.c": b"GETTER(size);\n"}).missing(asked)
        assert sqlite3.connect(store.path).execute("SELECT kind, key FROM entry").fetchall() == before

    def test_tables_are_made_once_and_one_by_one(self, root, store, monkeypatch):
        write(root, {f"fs/d{n}/x.c": b"int x_%d;\n" % n for n in range(300)})
        made, rows = [], table._rows
        monkeypatch.setattr("kpatchlint.tree.table._rows", lambda *work: made.append(work[-1]) or rows(*work))
        asked = [f"x_{n}".encode() for n in range(50)] + [b"x_300"]
        index = open_index(Directory(root), store, jobs=1)
        assert index.missing(asked) == index.missing(asked) == {b"x_300"}
        assert len(made) == len(list(table.tables(index.parts))) > 1
        write(root, {"fs/d7/x.c": b"int x_300;\n"})
        count = len(made)
        assert open_index(Directory(root), store, jobs=1).missing(asked) == {b"x_7"}
        assert 1 <= len(made) - count <= 3

    def test_a_table_that_is_lost_in_part_is_made_again(self, root, store):
        index = open_index(Directory(root), store)
        assert index.missing({b"no_where"})
        with sqlite3.connect(store.path) as connection:
            first = connection.execute("SELECT min(key) FROM entry WHERE kind = 'table'").fetchone()
            connection.execute("DELETE FROM entry WHERE kind = 'table' AND key != ?", first)
        assert index.missing({b"a_one", b"a_three", b"no_where"}) == {b"no_where"}

    def test_a_file_changed_a_moment_ago_is_read_again(self, root, store, monkeypatch):
        monkeypatch.setattr("kpatchlint.tree.listing._RACY_NS", 10**12)
        (root / "mm/b.c").write_bytes(b"int now;")
        open_index(Directory(root), store)
        read = []
        monkeypatch.setattr("kpatchlint.tree.origin.contents", lambda top, path: read.append(path) or b"")
        open_index(Directory(root), store)
        assert "mm/b.c" in read

    def test_one_process_and_two_say_the_same(self, root, tmp_path):
        write(root, {f"fs/d{n}/x.c": b"int x_%d; /* y_%d() */" % (n, n) for n in range(20)})
        one = open_index(Directory(root), Store(tmp_path / "1"), jobs=1)
        two = open_index(Directory(root), Store(tmp_path / "2"), jobs=2)
        assert one.state == two.state
        assert unknown(one) == unknown(two)
        assert len(unknown(one)) == 22
