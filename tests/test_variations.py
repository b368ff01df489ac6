"""Every variation of a patch mail that the field knows, against the plain patch: what is read is the same.

The rows are those of the table of variations (mbox, MIME, flowed, notes, scissors, akpm's diffs ...); each says in its
name what a sender or an archive did to the mail.
"""

import base64
import datetime
import quopri

import pytest
from command import run
from patching import DIFF, HEAD, Tree, error_of, git_mailinfo, one, paths_of

from kpatchlint.errors import UNREADABLE_PATCH
from kpatchlint.patch.change import applied, fragments
from kpatchlint.patch.diff import changes
from kpatchlint.patch.mail import read_mails

STAT = b"---\n mm/x.c | 3 ++-\n 1 file changed\n\n"
BODY = b"\nWhy.\n\nSigned-off-by: A <a@example.org>\n" + STAT + DIFF + b"-- \n2.39.5\n\n"
MAIL = HEAD + BODY
ENVELOPE = b"From 63af1b75a08e80a748389a6df68b5b2fe3244252 Mon Sep 17 00:00:00 2001\n"
LISTED = b"_______________________________________________\nlinux-mm mailing list\nlinux-mm@example.org\n"
HUNK = DIFF[DIFF.index(b"@@") :]
EMPTY_SIGNATURE = b"-- \n2.39.5\n\n"


def read(data):
    """Kind and text of every line of every hunk."""
    return [[(line.kind, line.text) for hunk in file.hunks for line in hunk.lines] for file in changes(one(data))]


PLAIN = read(MAIL)


def lines_are_those_of_the_file(data, mail):
    rows = data.split(b"\n")
    for file in changes(mail):
        for hunk in file.hunks:
            for line in hunk.lines:
                assert rows[line.mail_line - 1].rstrip(b"\r").removeprefix(b" ").endswith(line.text)


def multipart(*parts, kind=b"mixed", boundary=b"=_b"):
    body = b"".join(b"--%s\n%s\n" % (boundary, part) for part in parts)
    head = b'MIME-Version: 1.0\nContent-Type: multipart/%s; boundary="%s"\n\n' % (kind, boundary)
    return HEAD + head + b"This is a multi-part message in MIME format.\n" + body + b"--%s--\n" % boundary


def part(data, kind=b"text/plain; charset=UTF-8", **headers):
    more = b"".join(b"%s: %s\n" % (name.replace("_", "-").encode(), value) for name, value in headers.items())
    return b"Content-Type: " + kind + b"\n" + more + b"\n" + data


def attached(data=DIFF, kind=b"text/x-patch", name=b"0001-x.patch", how=b"attachment"):
    return part(data, kind + b'; name="%s"' % name, Content_Disposition=how + b'; filename="%s"' % name)


def stuffed(data):
    return b"\n".join(b" " + line if line.startswith((b" ", b">", b"From ")) else line for line in data.split(b"\n"))


def encoded(data, how=base64.encodebytes):
    name = {base64.encodebytes: b"base64", quopri.encodestring: b"quoted-printable"}[how]
    return HEAD + b"MIME-Version: 1.0\nContent-Transfer-Encoding: " + name + b"\n\n" + how(data)


def clearsigned(data):
    dashed = b"\n".join(b"- " + line if line.startswith(b"-") else line for line in data.split(b"\n"))
    return (
        b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n" + dashed
        + b"-----BEGIN PGP SIGNATURE-----\n\niQEzBAEBCgAdFiEE\n=abcd\n-----END PGP SIGNATURE-----\n"
    )


NOTES = b"\nv2: fix what Kim said.\n\n"
RANGE_DIFF = b"""\
Range-diff against v1:
1:  1111111 ! 1:  2222222 x
    @@ mm/x.c: int f(void)
      one
     -two
    -+2
    ++TWO
      three
-:  ------- > 2:  3333333 y

"""
INTERDIFF = b"Interdiff against v1:\n" + b"".join(b"  " + line + b"\n" for line in DIFF.splitlines()) + b"\n"

SAME = {
    "plain mail": MAIL,
    "mail of an mbox": ENVELOPE + MAIL,
    "b4's envelope": b"From git@z Thu Jan  1 00:00:00 1970\n" + MAIL,
    "mboxrd": ENVELOPE + HEAD + b"\n>From here.\n" + BODY,
    "raw diff": DIFF,
    "quilt": b"From: A <a@example.org>\nSubject: x\n\n--- a/mm/x.c\n+++ b/mm/x.c\n" + HUNK,
    "quilt with Index": b"Index: linux/mm/x.c\n" + b"=" * 67 + b"\n--- linux.orig/mm/x.c\n+++ linux/mm/x.c\n"
    + HUNK,
    "DEP-3 header": b"Description: x\nForwarded: no\nLast-Update: 2026-02-03\n\n" + DIFF,
    "base64": encoded(BODY),
    "quoted-printable": encoded(BODY, quopri.encodestring),
    "8bit": HEAD + b"Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n" + BODY,
    "attachment": multipart(part(b"Hello.\n"), attached()),
    "git format-patch --attach": multipart(part(BODY[: BODY.index(DIFF)]), attached(), boundary=b"------------2.39.5"),
    "git format-patch --inline": multipart(part(BODY[: BODY.index(DIFF)]), attached(how=b"inline")),
    "attachment in base64": multipart(
        part(b"Hi.\n"), part(base64.encodebytes(DIFF), b"text/x-diff", Content_Transfer_Encoding=b"base64")
    ),
    "attachment without a good type": multipart(part(b"Hi.\n"), attached(kind=b"application/octet-stream")),
    "attachment of an odd type": multipart(part(b"Hi.\n"), part(DIFF, b"application/x-patch")),
    "attachment called .txt": multipart(part(b"Hi.\n"), attached(kind=b"application/octet-stream", name=b"x.txt")),
    "signed with MIME": multipart(
        part(BODY), part(b"-----BEGIN PGP SIGNATURE-----\n", b"application/pgp-signature"), kind=b"signed"
    ),
    "signed in clear": HEAD + b"\n" + clearsigned(BODY),
    "plain and HTML": multipart(
        part(BODY), part(b"<pre>" + DIFF + b"</pre>\n", b"text/html"), kind=b"alternative"
    ),
    "footer of a list as a part": multipart(part(BODY), part(LISTED)),
    "footer of a list": MAIL + LISTED,
    "part in a part": multipart(
        b'Content-Type: multipart/alternative; boundary="in"\n\n--in\n' + part(BODY) + b"\n--in--\n", part(LISTED)
    ),
    "CRLF": MAIL.replace(b"\n", b"\r\n"),
    "CRLF in an mbox": (ENVELOPE + MAIL).replace(b"\n", b"\r\n"),
    "CRLF in an mbox with LF": (ENVELOPE + MAIL).replace(b"\n", b"\r\n") + b"\n",
    "CRLF above a footer with LF": MAIL.replace(b"\n", b"\r\n") + LISTED,
    "CRLF below LF headers": HEAD + BODY.replace(b"\n", b"\r\n"),
    "CRLF inside base64": encoded(BODY.replace(b"\n", b"\r\n")),
    "flowed": HEAD + b"Content-Type: text/plain; charset=UTF-8; format=flowed\n" + stuffed(BODY),
    "flowed, not stuffed": HEAD + b"Content-Type: text/plain; format=flowed; delsp=yes\n" + BODY,
    "notes": MAIL.replace(b"---\n mm", b"---\n" + NOTES + b" mm"),
    "range-diff": MAIL.replace(b"---\n mm", b"---\n" + RANGE_DIFF + b" mm"),
    "interdiff": MAIL.replace(b"---\n mm", b"---\n" + INTERDIFF + b" mm"),
    "range-diff at the end": MAIL.replace(b"-- \n", b"\n" + RANGE_DIFF + b"-- \n"),
    "range-diff and interdiff": MAIL.replace(b"---\n mm", b"---\n" + INTERDIFF + RANGE_DIFF + b" mm"),
    "no diffstat": MAIL.replace(b" mm/x.c | 3 ++-\n 1 file changed\n", b""),
    "diff in the message": MAIL.replace(b"Why.\n", b"Why:\n\n" + DIFF.replace(b"TWO", b"2")),
    "marks of a diff in the message": MAIL.replace(b"Why.\n", b"+++ x\n@@ -1 +1 @@\n--- y\n--- a\n+++ b\n"),
    "scissors": HEAD.replace(b"[PATCH]", b"Re:") + b"\nTry this.\n\n-- >8 --\nSubject: [PATCH] x\n" + BODY,
    "scissors below a diff": HEAD + b"\nNot this:\n\n" + DIFF.replace(b"TWO", b"2") + b"\n8< -----\n" + BODY,
    "headers in the body": HEAD + b"\nFrom: B <b@example.org>\nSubject: [PATCH] y\n" + BODY,
    "--no-signature": MAIL[: MAIL.index(b"-- \n")],
    "--signature": MAIL.replace(b"2.39.5", b"From the shore,\nA"),
    "b4's footer": MAIL.replace(b"-- \n2", b"\n---\nbase-commit: %s\nchange-id: 20260203-x\n\n-- \n2" % (b"1" * 40)),
    "base-commit": MAIL.replace(
        b"\n-- \n", b"\nbase-commit: %s\nprerequisite-patch-id: %s\n-- \n" % (b"1" * 40, b"2" * 40)
    ),
    "X-B4-Tracking": MAIL.replace(b"Date:", b"X-B4-Tracking: v=1; b=" + b"A" * 70 + b"\n " + b"B" * 70 + b"\nDate:"),
    "akpm's diff": HEAD + b"\nWhy.\n" + STAT + b"--- a/mm/x.c~mm-fix-x\n+++ a/mm/x.c\n" + HUNK + b"_\n\nPatches\n",
    "quoted path": MAIL.replace(b"a/mm/x.c", b'"a/mm/x.c"').replace(b"b/mm/x.c", b'"b/mm/x.c"'),
    "no prefix": MAIL.replace(b"a/mm/x.c", b"mm/x.c").replace(b"b/mm/x.c", b"mm/x.c"),
    "mnemonic prefix": MAIL.replace(b"a/mm/x.c", b"i/mm/x.c").replace(b"b/mm/x.c", b"w/mm/x.c"),
    "empty context lines without their blank": MAIL.replace(b" four\n", b"\n"),
    "no newline at the end": MAIL[: MAIL.index(b"-- \n")].rstrip(b"\n"),
    "byte order mark": b"\xef\xbb\xbf" + DIFF,
}
EMPTY_CONTEXT = "empty context lines without their blank"


@pytest.mark.parametrize("how", SAME)
def test_it_is_read_as_the_plain_mail_is(how):
    expected = [[*PLAIN[0][:-1], (" ", b"")]] if how == EMPTY_CONTEXT else PLAIN
    assert read(SAME[how]) == expected
    assert paths_of(SAME[how]) == ["mm/x.c"]


@pytest.mark.parametrize("how", [how for how in SAME if "base64" not in how and how != "quoted-printable"])
def test_lines_are_those_of_the_mail(how):
    lines_are_those_of_the_file(SAME[how], one(SAME[how]))


NO_DIFF = {
    "cover letter": HEAD.replace(b"[PATCH]", b"[PATCH 0/2]")
    + b"\nWords.\n\nA (2):\n  x\n  y\n\n mm/x.c | 3 ++-\n\n" + EMPTY_SIGNATURE,
    "b4's empty cover commit": ENVELOPE + HEAD.replace(b"[PATCH]", b"[PATCH 1/3]")
    + b'\nEDITME: the cover letter.\n\n---\n--- b4-submit-tracking ---\n# {\n#   "series": {}\n# }\n---\n'
    + EMPTY_SIGNATURE,
    "HTML only": HEAD + b"Content-Type: text/html\n\n<pre>" + DIFF + b"</pre>\n",
    "HTML only, in parts": multipart(part(b"<pre>" + DIFF + b"</pre>\n", b"text/html")),
    "submodule": HEAD + b"\nSubmodule lib 1111111..2222222:\n  > x\n",
    "mode": HEAD + b"\n---\ndiff --git a/x b/x\nold mode 100644\nnew mode 100755\n",
}


@pytest.mark.parametrize("how", NO_DIFF)
def test_nothing_to_check_is_no_error(how):
    assert fragments(one(NO_DIFF[how])) == ()


COMBINED = b"index 1,2..3\n--- a/mm/x.c\n+++ b/mm/x.c\n@@@ -1,1 -1,1 +1,1 @@@\n--a\n++b\n"
REFUSED = {
    "combined diff": (b"diff --cc mm/x.c\n" + COMBINED, 0, "combined"),
    "combined diff of a whole tree": (b"diff --combined mm/x.c\n" + COMBINED, 0, "combined"),
    "wrapped line": (DIFF.replace(b"+more\n", b"+more or\nless\n"), 9, "wrapped"),
    "wrapped line that reads as context": (DIFF.replace(b"+more\n", b"+more or\n less\n"), 4, "header"),
    "wrapped hunk header": (DIFF.replace(b" int f(void)", b" int\nf(void)"), 5, "wrapped"),
    "cut": (DIFF[: DIFF.index(b" three")], 4, "shorter"),
}


@pytest.mark.parametrize("how", REFUSED)
def test_it_is_refused_with_place_and_cure(how):
    diff, row, what = REFUSED[how]
    data = MAIL.replace(DIFF, diff)
    ran = run("check", "-", stdin=data)
    line = data[: data.index(diff)].count(b"\n") + row + 1
    assert ran.status == UNREADABLE_PATCH
    assert ran.err.startswith(f"kpatchlint: <stdin>:{line}: ")
    assert what in ran.err
    assert "(cure: " in ran.err
    assert ran.out == ""


@pytest.mark.parametrize("charset", [b"utf-8", b"us-ascii", b"iso-8859-1", b"no-such"])
def test_bytes_in_a_part_stay_what_they_are(charset):
    diff = DIFF.replace(b"TWO", "ZWÖ".encode())
    hello = part("Grüße\n".encode(), b"text/plain; charset=" + charset)
    data = multipart(hello, part(diff, b"text/x-patch; charset=" + charset))
    assert read(data)[0][2] == ("+", "ZWÖ".encode())
    lines_are_those_of_the_file(data, one(data))


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "windows-1252", "koi8-r", "utf-16"])
def test_a_charset_does_not_change_the_code(charset):
    """A patch is bytes, as for `git apply`; what cannot hold ASCII is turned into UTF-8."""
    text = BODY.decode().replace("TWO", {"koi8-r": "ДВА"}.get(charset, "ZWÖ"))
    head = HEAD + f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: base64\n\n".encode()
    (lines,) = read(head + base64.encodebytes(text.encode(charset)))
    kept = "utf-8" if charset == "utf-16" else charset
    assert lines[2] == ("+", ("ДВА" if charset == "koi8-r" else "ZWÖ").encode(kept))
    assert [line for line in lines if line != lines[2]] == [line for line in PLAIN[0] if line[1] != b"TWO"]


class TestHeadersInTheBody:
    """As `git mailinfo` reads them."""

    HEADERS = b"From: B <b@example.org>\nDate: Mon, 1 Jun 2020 10:00:00 +0200\nSubject: [PATCH] mm/y: y\n"
    INSIDE = b"\n" + HEADERS + b"\nWhy.\n---\n" + DIFF

    def test_they_win(self):
        mail = one(HEAD + self.INSIDE)
        assert (mail.subject, mail.date) == ("[PATCH] mm/y: y", datetime.date(2020, 6, 1))
        assert git_mailinfo(HEAD + self.INSIDE) == ("mm/y: y", datetime.date(2020, 6, 1))

    def test_below_scissors_too(self):
        data = HEAD.replace(b"[PATCH]", b"Re:") + b"\nFrom: C <c@example.org>\nTry this:\n\n-- >8 --" + self.INSIDE
        mail = one(data)
        assert (mail.subject, mail.date) == ("[PATCH] mm/y: y", datetime.date(2020, 6, 1))
        assert git_mailinfo(data) == ("mm/y: y", datetime.date(2020, 6, 1))

    @pytest.mark.parametrize(
        "words",
        [b"\nWhy.\n\nSubject: [PATCH] y\n", b"\n  Subject: y\n", b"\n\nSubjects: y\n", b"\nDate: soon\n"],
    )
    def test_what_stands_lower_is_text(self, words):
        data = HEAD + words + b"---\n" + DIFF
        mail = one(data)
        assert (mail.subject, mail.date) == ("[PATCH] x", datetime.date(2026, 2, 3))

    @pytest.mark.parametrize(
        ("line", "cuts"),
        [
            (b"-- >8 --", True),
            (b"8< ---------", True),
            (b"------ >8 ------ cut here ------ 8< ------", True),
            (b"- - - %< - - -", True),
            (b"-- 8> --", False),
            (b"------", False),
            (b"> -- >8 --", True),
            (b"a line that has >8 -- in it, far from alone", False),
        ],
    )
    def test_which_lines_are_scissors(self, line, cuts):
        data = HEAD + b"\nHello.\n\n" + line + b"\nSubject: [PATCH] y\n\nWhy.\n---\n" + DIFF
        assert one(data).subject == ("[PATCH] y" if cuts else "[PATCH] x")
        assert git_mailinfo(data)[0] == ("y" if cuts else "x")

    def test_scissors_in_a_hunk_are_code(self):
        diff = DIFF.replace(b"+more", b"+-- >8 --").replace(b" three", b" -- >8 --")
        assert len(read(HEAD + b"\nWhy.\n---\n" + diff)[0]) == 6


NO_TEXT = {
    "binary": b"diff --git a/i.png b/i.png\nindex 1..2 100644\nGIT binary patch\n"
    b"literal 3\nKcmZQzU|?Y\n\nliteral 0\nHcmV?d00001\n\n",
    "binary, left out": b"diff --git a/j.png b/j.png\nnew file mode 100644\nindex 0..2\n"
    b"Binary files /dev/null and b/j.png differ\n",
    "submodule": b"diff --git a/lib b/lib\nindex 1111111..2222222 160000\n--- a/lib\n+++ b/lib\n"
    b"@@ -1 +1 @@\n-Subproject commit 11\n+Subproject commit 22\n",
    "symlink": b"diff --git a/l b/l\nnew file mode 120000\nindex 0..1\n--- /dev/null\n+++ b/l\n"
    b"@@ -0,0 +1 @@\n+/etc/passwd\n\\ No newline at end of file\n",
    "mode": b"diff --git a/run b/run\nold mode 100644\nnew mode 100755\n",
    "empty file": b"diff --git a/e b/e\nnew file mode 100644\nindex 0000000..e69de29\n",
    "rename": b"diff --git a/o.c b/n.c\nsimilarity index 100%\nrename from o.c\nrename to n.c\n",
    "copy": b"diff --git a/o.c b/n.c\nsimilarity index 100%\ncopy from o.c\ncopy to n.c\n",
}


class TestKindsOfChanges:
    """What is no text is read, and is no error; what moves is found in the tree."""

    def test_rename_with_an_edit(self):
        diff = DIFF.replace(b"b/mm/x.c", b"b/mm/y.c").replace(
            b"index 1", b"similarity index 90%\nrename from mm/x.c\nrename to mm/y.c\nindex 1"
        )
        tree = Tree({"mm/x.c": b"0\n0\none\ntwo\nthree\nfour\n"})
        (change,), state = applied(one(HEAD + b"\n---\n" + diff), tree, {})
        assert (change.path, sorted(state)) == ("mm/y.c", ["mm/x.c", "mm/y.c"])
        assert state["mm/x.c"] is None

    @pytest.mark.parametrize("more", NO_TEXT.values(), ids=NO_TEXT)
    @pytest.mark.parametrize("first", [True, False])
    def test_beside_text_it_does_no_harm(self, more, first):
        data = HEAD + b"\n---\n" + (more + DIFF if first else DIFF + more)
        tree = Tree({"mm/x.c": b"0\n0\none\ntwo\nthree\nfour\n", "o.c": b"o\n", "lib": b"", "i.png": b"\0"})
        found = [change for change in applied(one(data), tree, {})[0] if change.path == "mm/x.c"]
        assert [change.after.text for change in found] == [b"0\n0\none\nTWO\nmore\nthree\nfour\n"]
        assert [change.path for change in fragments(one(data))] == ["mm/x.c"]


class TestWhatAnArchiveDid:
    OLD = b"0\n0\none\n\ttwo(a);\n\t * by <a@example.org>\nfour\n"
    NEW = DIFF.replace(b"-two", b"-\ttwo(a);").replace(b" three", b" \t * by <a@example.org>")

    def test_nothing(self):
        assert applied(one(self.NEW), Tree({"mm/x.c": self.OLD}), {})[0]

    def test_tabs_became_blanks(self):
        error = error_of(applied, one(self.NEW.replace(b"\t", b"        ")), Tree({"mm/x.c": self.OLD}), {})
        assert "white space differs" in error.what
        assert "raw mail" in error.cure

    @pytest.mark.parametrize("mask", [b"a@...", b"a@xxxxxxxxxxx", b"a [at] example.org"])
    def test_addresses_were_masked(self, mask):
        error = error_of(applied, one(self.NEW.replace(b"a@example.org", mask)), Tree({"mm/x.c": self.OLD}), {})
        assert "does not apply" in error.what
        if b"[" not in mask:
            assert "addresses were masked" in error.what
            assert "raw mail" in error.cure


def test_one_bad_mail_does_not_lose_the_others():
    data = ENVELOPE + MAIL.replace(b" three\n", b"") + ENVELOPE + MAIL + ENVELOPE + HEAD + b"\nNo diff.\n"
    ran = run("check", "-", stdin=data)
    assert ran.status == UNREADABLE_PATCH
    assert ran.out.startswith("1 patch, ")
    assert len(ran.err.splitlines()) == 1
    assert len(read_mails("x", data)) == 3
