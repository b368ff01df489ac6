"""Names that a patch's comments speak of as code without a claim: locks, functions, flags, members, `@name`."""

import pytest
from command import run

from kpatchlint.c.comments import comments
from kpatchlint.claim import claims, inside, shortened
from kpatchlint.spoken import spoken

# what the code around has
NEAR = b"\npond_fill\npond_fill_slowly\nreed_init\nPOND_F_DEEP\ntrace_pond_drain_bed\nlily_lock_slow\n"
NAMES = {
    *("pond_fill_bed", "pond_drain_bed", "pond_lock", "pond_mutex", "reed_cut", "POND_F_DRY", "POND_DRY", "pond_beds"),
    *("swan_feed", "pond_f", "lily_lock", "tarn_lock", "pond_fill_bed2", "CONFIG_POND_DRY"),
    *("pond_fill_sloly", "pond_filles", "POND_F_DEP"),
}  # fmt: skip


def found(text, near=NEAR, *, hardware=False):
    every = (each for comment in comments(text.encode()) for each in spoken(comment, NAMES, near.lower(), hardware))
    return [each.mention.name for each in every]


class TestSpoken:
    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("/* Called with pond_lock held. */", "pond_lock"),
            ("/* The caller must hold tarn_lock. */", "tarn_lock"),
            ("/* pond_mutex must be held for write */", "pond_mutex"),
            ("/*\n * Runs under the RTNL semaphore, or\n * the pond_mutex.\n */", "pond_mutex"),
            ("/* Only done if pond_fill_bed believes that it helps. */", "pond_fill_bed"),
            ("/* Nothing is left when pond_fill_bed returns. */", "pond_fill_bed"),
            ("/* It is called from reed_cut, not from here. */", "reed_cut"),
            ("/* Here reed_cut is called once more. */", "reed_cut"),
            ("/* This is for ponds with the POND_F_DRY flag set. */", "POND_F_DRY"),
            ("/* Pages come with POND_F_DEEP and POND_F_DRY set. */", "POND_F_DRY"),
            ("/* Neither POND_F_DRY nor POND_F_DEEP is needed. */", "POND_F_DRY"),
            ("/* Under the semaphore or @pond_lock. */", "pond_lock"),
            ("/* Grows by pond->reed_cut each year. */", "reed_cut"),
            ("/**\n * pond_fill_bed - fill it\n * @pond: which\n */", "pond_fill_bed"),
            ("/* It is called from pond_drain_bed, not from here. */", "pond_drain_bed"),
            ("/* All but pond->reed_cut->stem are there. */", "reed_cut"),
            ("/* Nobody knows who made pond_fill_bed so deep. */", "pond_fill_bed"),
            ("/* The reeds (see pond_fill_bed) are cut each year. */", "pond_fill_bed"),
            ("/* Ponds, as `pond_fill_bed`'s are, have their beds filled. */", "pond_fill_bed"),
            ("/* What reed_init(), pond_fill_bed and the others fill is full. */", "pond_fill_bed"),
            ("/* In summer most of the ponds are POND_DRY. */", "POND_DRY"),
            ("int a; /* CONFIG_POND_DRY */", "CONFIG_POND_DRY"),
            ("/* Nobody knows who wrote pond_fill_sloly at all. */", "pond_fill_sloly"),
            ("/* Nobody asks for it (POND_F_DEP), as it seems. */", "POND_F_DEP"),
        ],
    )
    def test_a_name_of_code(self, text, name):
        assert found(text) == [name]

    @pytest.mark.parametrize(
        "text",
        [
            "/* Water comes by pond_lock here. */",
            "/* Set by the registers POND_F_DEEP and POND_F_DRY. */",
            "/* Dropped here: reed lock -> (drop) -> pond_lock. */",
            "/* Holding pond_lock -> reed lock is wrong. */",
            "/* This is denoted as holding pond_lock in what follows. */",
            "/* A new pond_fill_bed must be running, and pond_fill_bed has changed. */",
            "/* Reading pond_fill_bed returns what it was. */",
            "/* The pond_lock achieved is a signal. */",
            "/* Called with lily_lock held. */",
            "/* Called with pond_lock held by the firmware. */",
            "/* There is no pond_lock held yet. */",
            "/* Called with pond_lock/pond_mutex held. */",
            "/* It is called from swan_feed, not from here. */",
            "/* A deep pond_fill_bed: that is 12 bits. */",
            "/* Then pond_fill_bed field is called dry. */",
            "/* pond_fill_bed */",
            "/* pond_fill_bed - fill it */",
            "/* The register with the POND_F_DRY flag set. */",
            "/* One with the POND_DRY flag set. */",
            "/* One with the POND_F_DRY bit set. */",
            "/* Defines a function @pond_fill_bed for each. */",
            "/* It comes from 3@pond_lock.org, and @swan_feed. */",
            "/**\n * x - y\n * @pond_lock: what\n * @pond_fill_bed: what\n */",
            "/* x = pond->reed_cut; */",
            "/* For pond->reed_cut.stem and pond->reed_cut_*. */",
            "/* The beds: (pond_fill_bed + 1), or so it seems to us. */",
            "/* It seems to us as if [ pond_fill_bed ] were one. */",
            "/* pond_fill_bed = how many beds there are in it. */",
            "/* All of the beds: pond_fill_bed counts them. */",
            "/* Done by pond_fill_bed. */",
            "/* The reeds are cut here by reed_cut and nobody else. */",
            "/* Nobody knows who made pond_fill_bed2 so deep. */",
            "/* Set by the registers that POND_F_DRY has in its bed. */",
            "/* There are many pond_filles here, as it seems. */",
            "/* Nobody asks where f(POND_F_DEP) has been, as it seems. */",
        ],
    )
    def test_no_name_of_code(self, text):
        assert found(text) == []

    @pytest.mark.parametrize(
        "text",
        ["/* Pages come with POND_F_DRY and POND_F_DRY set. */", "/* Pages come with POND_DRY and POND_F_DEEP set. */"],
    )
    def test_constants_where_hardware_has_its_own(self, text):
        assert found(text)
        assert not found(text, hardware=True)

    def test_a_sentence_that_ends_in_a_semicolon(self):
        (comment,) = comments(b"/*\n * pond_f(a, b), above, is like reed_init();\n * or not.\n */")
        assert [each.mention.name for each in claims(comment, NAMES, lists=True)] == ["pond_f"]
        assert not list(claims(comment, NAMES))

    def test_a_sentence_of_few_words_that_ends_in_a_semicolon(self):
        (comment,) = comments(b"/* Waits like pond_f(a, b), and goes; */")
        assert [each.mention.name for each in claims(comment, NAMES, lists=True)] == ["pond_f"]

    @pytest.mark.parametrize("line", ["pond_f(a, b) : fill a bed;", 'pond_f(a) and say "go on now then";', "pond_f();"])
    def test_code_that_ends_in_a_semicolon(self, line):
        (comment,) = comments(f"/*\n * {line}\n */".encode())
        assert not list(claims(comment, NAMES, lists=True))

    def test_an_event_is_not_what_it_is_called_after(self):
        assert not shortened("drain_bed", b"\ntrace_pond_drain_bed\n")
        assert not inside("drain_bed", b"\ntrace_pond_drain_bed\n")
        assert shortened("drain_bed", b"\ntrace_pond_drain_bed\npond_drain_bed\n")
        assert inside("drain_bed", b"\npond_drain_beds\n")


TREE = {
    "Makefile": "VERSION = 6\nPATCHLEVEL = 12\n",
    "include/linux/pond.h": "void pond_fill(int a);\nvoid reed_init(int reed_count);\n",
    "mm/pond.c": "int pond_one;\n\nint pond_two;\n",
    "mm/other.c": "int pond_fill_it;\n/* Called with marsh_lock held, and pond_fill_bed returns. */\nint other;\n",
    "tools/marsh/marsh.c": "int marsh_sem;\n",
    "fs/far.c": "int marsh_far;\n",
    "tools/README": "",
    "mm/Makefile": "",
    "tools/marsh/pond.c": "int marsh_one;\n\nint marsh_two;\n",
}
PATCH = """\
From: A <a@example.org>
Subject: [PATCH] mm: say it
Date: Tue, 3 Dec 2024 09:12:44 +0100

---
diff --git a/PATH b/PATH
--- a/PATH
+++ b/PATH
@@ -1,3 +1,4 @@
 int NAME_one;
~
+/* COMMENT */
 int NAME_two;
""".replace("~", " ")


@pytest.fixture
def check(tmp_path):
    for path, text in TREE.items():
        (tmp_path / "tree" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / path).write_text(text)

    def checked(comment, path="mm/pond.c", name="pond"):
        patch = PATCH.replace("PATH", path).replace("NAME", name).replace("COMMENT", comment)
        (tmp_path / "p.patch").write_text(patch)
        return run("check", "--select=stale-reference", "--tree", tmp_path / "tree", tmp_path / "p.patch")

    return checked


@pytest.mark.parametrize(
    ("comment", "name"),
    [
        ("Called with marsh_lock held.", "marsh_lock"),
        ("Under the semaphore or @pond_lock.", "pond_lock"),
        ("Only done if pond_fill_all returns 0.", "pond_fill_all"),
        ("Only done if pond_fill returns 0.", None),
        ("Called with marsh_sem held.", "marsh_sem"),
        ("Called with mmap_sem held.", "mmap_sem is now mmap_lock"),
        ("Of reed->pond_height each year.", "pond_height"),
        ("Of @reed_counts each year.", None),
        ("Of reed->reed_count each year.", None),
        ("Left out without CONFIG_MARSH_DRY.", "CONFIG_MARSH_DRY does not exist"),
        ("Nobody knows what pond_fill_all is good for.", "pond_fill_all"),
        ("In summer most of the ponds are POND_DRY.", "POND_DRY"),
        ("See mm/marsh.c.", "mm/marsh.c does not exist [stale-reference]"),
        ("See mm/far.c and mm/other.c.", "mm/far.c does not exist, fs/far.c does"),
        ("See tools/pond.h, and marsh/marsh.c.", "tools/pond.h does not exist, include/linux/pond.h does"),
        ("See linux/marsh.h, x/mm/marsh.c, mm/*.c, mm/marsh.c.orig and marsh/marsh.c.", None),
        ("This was moved from mm/marsh.c.", None),
        ("See mm/ARCH/marsh.c, and mm/foo.c.", None),
        ("Based largely upon mm/marsh.c.", None),
        ("See include/linux/pond.h, mm/other.c and mm/pond.c.", None),
    ],
)
def test_what_a_patch_says(check, comment, name):
    ran = check(comment)
    assert ran.out.count("[stale-reference]") == (name is not None)
    assert name is None or name in ran.out


def test_a_name_of_a_program_is_one_in_the_program(check):
    assert check("Called with marsh_sem held.", "tools/marsh/pond.c", "marsh").status == 0


def test_a_scan_asks_for_claims_only(check, tmp_path):
    assert run("scan", "--select=stale-reference", tmp_path / "tree").status == 0
