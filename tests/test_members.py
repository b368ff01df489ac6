"""Members that a new comment names by a variable, and that the variable's structure does not have."""

import pytest
from command import stale_after

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
def test_members(tmp_path, comment, found):
    ran = stale_after(tmp_path, BODY % "/* Fills it. */", BODY % comment)
    assert ran.out.count("[stale-reference]") == (found is not None)
    assert found is None or found in ran.out


def test_what_was_said_before_is_not_the_patch(tmp_path):
    said = "/* Moved under pool->lock only. */"
    ran = stale_after(tmp_path, BODY % said, BODY % (said + "\n\tpool->size_of_it = 0;"))
    assert "[stale-reference]" not in ran.out
