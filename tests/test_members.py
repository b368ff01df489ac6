"""Members that a new comment names by a variable, and that the variable's structure does not have."""

from difflib import unified_diff

import pytest
from command import run

BODY = """\
struct pool {
	int size_of_it;
	rwlock_t migrate_lock;	/* once the lock */
};

struct pond {
	int depth;
	MEMBERS(of, it);
};

static void fill(struct pool *pool, struct pond *pond, struct unknown *other)
{
	%s
	read_lock(&pool->migrate_lock);
	pool->size_of_it += pond->depth + other->depth;
	read_unlock(&pool->migrate_lock);
}
"""


@pytest.fixture
def check(tmp_path):
    def checked(before, comment):
        texts = BODY % before, BODY % comment
        for path, text in {"Makefile": "VERSION = 6\n", "include/linux/x.h": "", "mm/x.c": texts[0]}.items():
            (tmp_path / "tree" / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "tree" / path).write_text(text)
        lines = (text.splitlines(True) for text in texts)
        (tmp_path / "p.patch").write_text("".join(unified_diff(*lines, "a/mm/x.c", "b/mm/x.c")))
        return run("check", "--select=stale-reference", "--tree", tmp_path / "tree", tmp_path / "p.patch")

    return checked


@pytest.mark.parametrize(
    ("comment", "found"),
    [
        ("/* Moved under pool->lock only. */", "pool->lock does not exist"),
        ("/*\n\t * Moved under\n\t * pool->lock only.\n\t */", "pool->lock does not exist"),
        ("/* Moved under pool->migrate_lock only. */", None),
        ("/* Moved under pool->lock until v6.4. */", None),
        ("/* Goes by pond->width, which a macro may have written. */", None),
        ("/* Goes by other->width, of which nothing is known. */", None),
        ("/* Goes by nobody->width. */", None),
        ("/* pool->lock = 0 once that is done. */", None),
    ],
)
def test_members(check, comment, found):
    ran = check("/* Fills it. */", comment)
    assert ran.out.count("[stale-reference]") == (found is not None)
    assert found is None or found in ran.out


def test_what_was_said_before_is_not_the_patch(check):
    said = "/* Moved under pool->lock only. */"
    assert "[stale-reference]" not in check(said, said + "\n\tpool->size_of_it = 0;").out
