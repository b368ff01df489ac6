"""Time grows with the size of the input: of thousands of hunks, or of mails, not every pair is looked at.
A loop is gone through until nothing new is found, and that comes soon."""

import pytest

from kpatchlint.c.parse import Unit
from kpatchlint.check import check_patches, scan_source
from kpatchlint.flow import paths
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


LOOP = """\
void f(struct node **list, struct node *root, spinlock_t *ptl, int n, int last)
{{
	struct node **at = list, *node = root;
	int count = 0;

	spin_lock(ptl);
	while (count != n && more(*at, node)) {{
		{step}
	}}
	use(*at, node);
	spin_unlock(ptl);
}}
"""
STEPS = {
    "a list": "node = node->next;",
    "a list of addresses": "at = &(*at)->next;",
    "a tree": "at = n ? &(*at)->left : &(*at)->right;",
    "both": "if (n)\n\t\t\tnode = node->up;\n\t\telse\n\t\t\tnode = node->next;",
    "a sum": "last = count + 1;\n\t\tcount = last;",
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_a_loop_that_walks(step, monkeypatch):
    """Three or four rounds tell all that can be told of one."""
    made, flow_of = [], paths.flow_of
    monkeypatch.setattr(paths, "flow_of", lambda paths: made.append(flow_of(paths)) or made[-1])
    assert not scan_source("mm/f.c", LOOP.format(step=step).encode()).findings
    assert 0 < max(flow.transfers for flow in made) <= 80
    assert len(made) == 1
