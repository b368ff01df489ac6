"""Stale names by the whole tree: what comments claim, in a scan and because of a patch."""

import pytest
from command import run

from kpatchlint.c.comments import comments
from kpatchlint.claim import claims, shortened
from kpatchlint.scan import Scan, scan_paths
from kpatchlint.stale import Names, in_text

RULE = "--select=stale-reference"
TREE = {
    "Makefile": "VERSION = 6\nPATCHLEVEL = 12\n",
    "include/linux/mm.h": "void wait_a_while(int a);\n",
    "mm/a.c": "/* Waits. */\nvoid old_wait_name(int a)\n{\n\tint b = a;\n\n\twait_a_while(b);\n}\n",
    "mm/b.c": "int b_one;\n\n/* Waits like old_wait_name(), and more. */\nint b_two(void)\n{\n\treturn 0;\n}\n",
    "mm/c.c": "int c_one;\n/* As wait_a_wile() does, or gone_long_ago(). */\nint c_two;\n",
}
RENAME = """\
From: A <a@example.org>
Subject: [PATCH] mm: rename
Date: Tue, 3 Dec 2024 09:12:44 +0100

---
diff --git a/mm/a.c b/mm/a.c
--- a/mm/a.c
+++ b/mm/a.c
@@ -1,5 +1,5 @@
 /* Waits. */
-void old_wait_name(int a)
+void new_wait_name(int a)
 {
~	int b = a;
~
""".replace("~", " ")
ALSO = """\
diff --git a/mm/b.c b/mm/b.c
--- a/mm/b.c
+++ b/mm/b.c
@@ -1,5 +1,5 @@
 int b_one;
~
-/* Waits like old_wait_name(), and more. */
+/* Waits like new_wait_name(), and more. */
 int b_two(void)
 {
""".replace("~", " ")


@pytest.fixture
def tree(tmp_path):
    for path, text in TREE.items():
        (tmp_path / "tree" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / path).write_text(text)
    return tmp_path / "tree"


def found(text, *names):
    text = text.encode()
    return [
        (claim.mention.name, claim.kind)
        for comment in comments(text)
        for claim in claims(comment, names or {"find_page", "FIND_PAGE", "page_tag"})
    ]


class TestClaims:
    @pytest.mark.parametrize(
        ("text", "wanted"),
        [
            ("/* See find_page(). */", [("find_page", "function")]),
            ("/* find_page(page, TASK_KILLABLE) sleeps */", [("find_page", "function")]),
            ("/* find_page(&vma->vm_mm, ...) sleeps */", [("find_page", "function")]),
            ("/* FIND_PAGE() expands */", [("FIND_PAGE", "function")]),
            ("/* a struct find_page of them */", [("find_page", "type")]),
            ("/** x - y\n * With %FIND_PAGE and &page_tag.\n */", [("FIND_PAGE", "constant"), ("page_tag", "type")]),
            ("/* It used to sleep. See find_page(). */", [("find_page", "function")]),
        ],
    )
    def test_a_claim(self, text, wanted):
        assert found(text) == wanted

    @pytest.mark.parametrize(
        "text",
        [
            "/* find_page is bare */",
            "/* With %FIND_PAGE, not in kernel-doc */",
            "/* This used to be find_page(). */",
            "/* TODO: find_page() will be handy */",
            "/* There is no find_page() yet. */",
            "/* We would need find_page() for that. */",
            "/* One could add find_page() here. */",
            "/* Derived from find_page() */",
            "/* 2003/04/01 Author: find_page() sleeps */",
            "/* find_page() of glibc does the same */",
            "/* the firmware calls find_page() */",
            "/* Where is find_page()? It does not exist. */",
            "/* find_page() has been dropped for now. */",
            "/* was find_page() */",
            "/* int find_page() */",
            "/* find_page(a); */",
            "/* find_page(a); TODO */",
            "/* Ideally, a new find_page() does that. */",
            "/* from struct find_page */",
            "/*\n *\tx = find_page(a, b)\n */",
            "/*\n *\tif (find_page())\n */",
            "/* FIND_PAGE(12) is bit 12 */",
            "/* FIND_PAGE(23:18) */",
            "/* find_page(type2): 3 bits */",
            "/* find_page(see the manual) */",
            "/* 6.1.2 find_page() in the standard */",
            "/* find_page(_ipv4)_max() */",
            "/* *_find_page(), find_page_xx(), {get,put}_find_page(), @find_page(), x->find_page() */",
        ],
    )
    def test_no_claim(self, text):
        assert found(text) == []

    @pytest.mark.parametrize(
        "name", ["my_function", "do_something_odd", "pxx_test", "a_b", "pthread_create", "__builtin_x_y"]
    )
    def test_made_up_and_foreign_names(self, name):
        assert found(f"/* See {name}(). */", name) == []

    def test_a_name_without_its_common_beginning(self):
        assert shortened("find_page", b"\nmm_find_page\n")
        assert shortened("_find_page", b"\nmm_find_page\n")
        assert not shortened("find_page", b"\n__find_page\nfind_page_locked\n")
        assert not shortened("__find_page", b"\nmm_find_page\nmm__find_page\n")


@pytest.mark.parametrize("more", range(990, 1020))
def test_a_function_is_never_called_by_half_of_its_name(more):
    text = f"int c_one;\nstatic int do_long_name(int a) /*{'x' * (more - 15)}*/\n{{\n\t/* gone_long_ago() */\n}}\n"
    (event,) = in_text(text.encode(), Names(frozenset({"gone_long_ago"})), b"")
    assert event.function in ("do_long_name", "")


class TestScan:
    def test_names_that_the_tree_does_not_have(self, tree):
        ran = run("scan", RULE, tree / "mm")
        assert ran.status == 1
        assert "mm/c.c:2:7: warning: wait_a_wile() does not exist, wait_a_while() does [stale-reference]" in ran.out
        assert "gone_long_ago() does not exist" in ran.out
        assert ran.out.count("[stale-reference]") == 2

    def test_the_paths_decide(self, tree):
        assert run("scan", RULE, tree / "mm/b.c").status == 0
        assert run("scan", RULE, tree / "mm/c.c").status == 1

    def test_it_shows_how_far_the_tree_is_read(self, tree):
        seen = []

        def reading(items, count):
            seen.append(count)
            return items

        report = scan_paths([str(tree)], Scan(chosen=frozenset(("stale-reference",)), reading=reading))
        assert report.findings
        assert seen == [1]

    def test_it_counts_the_files_that_it_looked_at(self, tree):
        def files(*paths):
            chosen = frozenset(("stale-reference",))
            return scan_paths([str(tree / path) for path in paths], Scan(chosen=chosen)).files

        assert [files("."), files("mm"), files("mm/b.c"), files("mm/a.c", "mm/a.c", "include")] == [4, 3, 1, 2]

    def test_the_second_scan_says_the_same(self, tree):
        assert run("scan", RULE, tree).out == run("scan", RULE, tree).out

    def test_what_changes_is_seen(self, tree):
        assert "gone_long_ago" in run("scan", RULE, tree).out
        (tree / "mm/d.c").write_text("int gone_long_ago;\n")
        assert "gone_long_ago" not in run("scan", RULE, tree).out

    def test_a_name_of_the_renames_is_found_without_parentheses(self, tree):
        (tree / "mm/e.c").write_text("/* The caller holds mmap_sem. */\nint e_one;\n")
        assert "mmap_sem is now mmap_lock [stale-reference]" in run("scan", RULE, tree).out

    def test_no_index_where_the_rule_is_not_wanted(self, tree, monkeypatch):
        monkeypatch.setattr("kpatchlint.commented.open_index", lambda *_: pytest.fail("asked for"))
        assert run("scan", "--ignore=stale-reference", tree).status == 0
        (tree / "p").write_text(RENAME)
        assert run("check", "--ignore=stale-reference", "--tree", tree, tree / "p").status == 0

    def test_every_file_is_counted_once(self, tree):
        assert "4 files" in run("scan", RULE, tree).out
        assert "2 files" in run("scan", RULE, tree / "mm/b.c", tree / "mm/c.c", tree / "mm/b.c").out

    def test_other_rules_are_not_lost(self, tree):
        both = run("scan", tree)
        assert "4 files" in both.out
        assert both.out.count("[stale-reference]") == 2


class TestPatch:
    def check(self, tree, patch):
        (tree.parent / "p.patch").write_text(patch)
        return run("check", RULE, "--tree", tree, tree.parent / "p.patch")

    def test_comments_elsewhere_that_name_what_a_patch_renames(self, tree):
        ran = self.check(tree, RENAME)
        assert "mm/b.c:3:15: warning: this patch renames old_wait_name() to new_wait_name()" in ran.out
        assert ran.out.count("[stale-reference]") == 1

    def test_silence_when_the_patch_mends_them_too(self, tree):
        assert self.check(tree, RENAME + ALSO).status == 0

    def test_an_index_that_is_not_kept_is_said_once(self, tree, monkeypatch):
        (tree.parent / "file").write_text("")
        monkeypatch.setenv("KPATCHLINT_CACHE", str(tree.parent / "file" / "x"))
        assert self.check(tree, RENAME + ALSO).err.count("nothing is kept for the next run") == 1
        assert not run("check", "-q", RULE, "--tree", tree, tree.parent / "p.patch").err

    def test_a_name_that_is_still_there(self, tree):
        (tree / "mm/d.c").write_text("int x(void)\n{\n\treturn old_wait_name(1);\n}\n")
        assert self.check(tree, RENAME).status == 0

    def test_a_removed_function(self, tree):
        patch = RENAME.split("@@")[0] + "@@ -1,7 +1 @@\n-/* Waits. */\n-void old_wait_name(int a)\n-{\n-\tint b = a;\n"
        patch += "-\n-\twait_a_while(b);\n-}\n+int nothing;\n"
        assert "mm/b.c:3:15: warning: this patch removes old_wait_name()" in self.check(tree, patch).out

    def test_a_comment_that_calls_the_name_old(self, tree):
        (tree / "mm/b.c").write_text("/* This was called old_wait_name() once. */\nint b;\n")
        assert self.check(tree, RENAME).status == 0

    def test_an_added_comment(self, tree):
        added = RENAME.replace("-1,5 +1,5", "-1,5 +1,6").replace("+void new", "+/* nor_there() */\n+void old")
        ran = self.check(tree, added)
        assert "mm/a.c:2:4: warning: nor_there() does not exist [stale-reference]" in ran.out

    def test_what_was_stale_before_is_not_new(self, tree):
        patch = """\
diff --git a/mm/c.c b/mm/c.c
--- a/mm/c.c
+++ b/mm/c.c
@@ -1,3 +1,3 @@
-int c_one;
+int c_new;
 /* As wait_a_wile() does, or gone_long_ago(). */
 int c_two;
"""
        assert self.check(tree, RENAME.split("diff")[0] + patch).status == 0

    def test_a_series_is_one_state_after_the_other(self, tree):
        second = RENAME.split("diff")[0] + ALSO
        mbox = "".join("From 0000 Mon Sep 17 00:00:00 2001\n" + each + "\n" for each in (RENAME, second))
        ran = self.check(tree, mbox)
        assert ran.out.count("[stale-reference]") == 1

    def test_a_file_that_the_patch_takes_away_or_brings(self, tree):
        head, far = RENAME.split("diff")[0], "diff --git a/mm/far.c b/mm/far.c\n"
        (tree / "mm/near.c").write_text("int near;\n")
        gone = "diff --git a/mm/near.c b/mm/near.c\ndeleted file mode 100644\n--- a/mm/near.c\n+++ /dev/null\n"
        gone += "@@ -1 +0,0 @@\n-int near;\n"
        far += "new file mode 100644\n--- /dev/null\n+++ b/mm/far.c\n@@ -0,0 +1 @@\n"
        far += "+/* Not mm/near.c but mm/far.c. */\n"
        ran = self.check(tree, head + gone + far)
        assert "mm/far.c:1:8: warning: mm/near.c does not exist [stale-reference]" in ran.out
        assert ran.out.count("[stale-reference]") == 1

    def test_a_file_that_was_named_before(self, tree):
        (tree / "mm/c.c").write_text("int c_one;\n/* See mm/near.c. */\nint c_two;\n")
        patch = """\
diff --git a/mm/c.c b/mm/c.c
--- a/mm/c.c
+++ b/mm/c.c
@@ -1,3 +1,3 @@
 int c_one;
-/* See mm/near.c. */
+/* But see mm/near.c. */
 int c_two;
"""
        assert self.check(tree, RENAME.split("diff")[0] + patch).status == 0

    def test_without_a_tree_the_renames_decide(self, tree):
        (tree / "p").write_text(RENAME)
        assert run("check", RULE, tree / "p").status == 0
