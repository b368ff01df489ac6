"""Time grows with the size of the input: of thousands of hunks, or of mails, not every pair is looked at."""

from kpatchlint.c.parse import Unit
from kpatchlint.check import check_patches
from kpatchlint.loaded import Loaded

HEAD = b"From: A <a@example.org>\nSubject: Re: [PATCH] x\nMessage-ID: <1@example.org>\n\nOn Monday B wrote:\n"
HUNK = """> @@ -{old},4 +{new},6 @@
>  void f{n}(pmd_t *pmd)
>  {{
> +\tspinlock_t *ptl = pmd_lock(mm, pmd);
> +\tspin_unlock(ptl);
>  \tnote(pmd);
>  }}

A remark.

"""


def reply(hunks):
    """A reply that quotes so many hunks, each with a function of its own."""
    return HEAD + b"".join(HUNK.format(old=10 * n + 1, new=12 * n + 1, n=n).encode() for n in range(hunks))


def looks(monkeypatch, hunks):
    """For how many calls the definitions they stand in are looked for in a check of such a reply."""
    count = 0
    names = Unit.names

    def counted(unit, offsets):
        nonlocal count
        asked = list(offsets)
        count += len(asked)
        return names(unit, asked)

    with monkeypatch.context() as patch:
        patch.setattr(Unit, "names", counted)
        report = check_patches([("reply", reply(hunks))], Loaded())
    assert (report.functions, report.errors) == (hunks, ())
    return count


def test_a_reply_with_many_hunks(monkeypatch):
    """Twice as many hunks are twice as much work."""
    few, many = looks(monkeypatch, 30), looks(monkeypatch, 60)
    assert 0 < many <= 2 * few
