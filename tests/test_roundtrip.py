"""A series sent by any way a mail can go comes back: decode, split, apply, and reverse to where it began."""

import base64
import quopri
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from patching import HEAD, Tree, git_diff

from kpatchlint.patch.change import applied
from kpatchlint.patch.mail import read_mails

ENVELOPE = b"From 63af1b75a08e80a748389a6df68b5b2fe3244252 Mon Sep 17 00:00:00 2001\n"
CODE = [b"a", b"b();", b"", b"\tx();", b"}", b"\xff"]
TRAPS = [b"-- ", b"--- a/x", b"+++ b/x", b"From 2 2021", b"@@ -1 +1 @@", b"> q", b"--", b"diff --git a/y b/y"]
TEXTS = st.builds(
    lambda lines, end: b"\n".join(lines) + end * bool(lines),
    st.lists(st.sampled_from(CODE + TRAPS), max_size=12),
    st.sampled_from([b"", b"\n"]),
)


def plain(body):
    return b"Content-Transfer-Encoding: 8bit\n\n" + body


def crlf(body):
    return plain(body).replace(b"\n", b"\r\n")


def in_base64(body):
    return b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(body)


def printable(body):
    return b"Content-Transfer-Encoding: quoted-printable\n\n" + quopri.encodestring(body)


def attached(body):
    head = b'Content-Type: multipart/mixed; boundary="=_x"\n\n--=_x\nContent-Type: text/plain\n\nHello.\n\n--=_x\n'
    return head + b"Content-Type: text/x-patch\n" + in_base64(body) + b"\n--=_x--\n"


def flowed(body):
    rows = body.split(b"\n")
    stuffed = b"\n".join(b" " + row if row.startswith((b" ", b">", b"From ")) else row for row in rows)
    return b"Content-Type: text/plain; format=flowed\n\n" + stuffed


WAYS = st.sampled_from([plain, crlf, in_base64, printable, attached, flowed])


def file_diff(old, new, context):
    diff = git_diff(old, new, context)
    return b"diff --git a/x.c b/x.c\n--- a/x.c\n+++ b/x.c\n" + diff[diff.index(b"\n@@") + 1 :]


def sent(bodies, ways):
    """An mbox of them; what looks like its separator is escaped, as every writer of an mboxrd does."""
    mails = []
    for body, way in zip(bodies, ways, strict=True):
        text = HEAD + way(b"Words.\n---\n" + body + b"-- \n2.39.5\n")
        rows = (b">" + row if row.lstrip(b">").startswith(b"From ") else row for row in text.split(b"\n"))
        mails.append(ENVELOPE + b"\n".join(rows))
    return b"\n".join(mails)


def run_through(data, text):
    """The file after every mail of the mbox."""
    tree, state, texts = Tree({"x.c": text}), {}, []
    for mail in read_mails("x.mbox", data):
        _, state = applied(mail, tree, state)
        texts.append(state["x.c"])
    return texts


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(TEXTS, min_size=2, max_size=4), st.lists(WAYS, min_size=3, max_size=3), st.integers(1, 3))
def test_a_series_comes_back(texts, ways, context):
    steps = [(old, new) for old, new in pairwise(texts) if old != new]
    if any(a[1] != b[0] for a, b in pairwise(steps)) or not steps:
        return
    there = sent([file_diff(old, new, context) for old, new in steps], ways[: len(steps)])
    assert run_through(there, steps[0][0]) == [new for _, new in steps]
    back = [(new, old) for old, new in reversed(steps)]
    data = sent([file_diff(new, old, context) for new, old in back], ways[: len(steps)])
    assert run_through(data, steps[-1][1]) == [old for _, old in back]
