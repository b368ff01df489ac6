"""Plain mails are read as Python's parser of mails reads them; what is not plain is left to it."""

from email import message_from_bytes
from pathlib import Path

import pytest

from kpatchlint.patch import mail, plain
from kpatchlint.patch.mail import read_mails

PATCHES = sorted((Path(__file__).resolve().parent.parent / "fixtures").rglob("*.patch"))
PLAIN = (
    b"Subject: one\nSUBJECT: two\nDate:\t3 Feb 2026 \n",
    b"Subject: [PATCH]\n  on two lines\nTo: a@example.org,\n\tb@example.org\n",
    b"Subject:\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n",
    b'Subject: a: b\nContent-Type: TEXT/PLAIN;\n charset="us-ascii"\nContent-Transfer-Encoding: 7BIT\n',
    b"Subject: x\nContent-Type: text/plain\nX-Empty:\n \nFrom: a@example.org\n",
)
OTHERS = (
    b"Subject: caf\xc3\xa9\n",
    b"Subject: x\r\nFrom: a@example.org\r\n",
    b"Subject: x\nContent-Type: text/plain; charset=utf-16le\n",
    b'Subject: x\nContent-Type: text/plain; charset="UTF-16"\n',
    b"Subject: x\nContent-Type: text/plain; charset=utf-8; format=flowed\n",
    b"Subject: x\nContent-Type: text/html\n",
    b"Subject: x\nContent-Type: multipart/mixed; boundary=x\n",
    b"Subject: x\nContent-Transfer-Encoding: base64\n",
    b"Subject: x\nContent-Transfer-Encoding: quoted-printable\n",
)


@pytest.mark.parametrize("head", PLAIN)
def test_headers_of_plain_mails(head):
    theirs = message_from_bytes(head + b"\n")
    assert plain.fields(head.splitlines()) == {key.lower(): theirs[key] for key in theirs}


@pytest.mark.parametrize("head", OTHERS)
def test_what_is_not_plain(head):
    assert plain.fields(head.split(b"\n")[:-1]) is None


@pytest.mark.parametrize("head", PLAIN + OTHERS)
@pytest.mark.parametrize(
    "body",
    [
        b"a\n---\n b\n",
        b"a\r\n-b\r\n",
        b"\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: x\n\n- -- a\n-----BEGIN PGP SIGNATURE-----\n",
    ],
    ids=["text", "cr", "signed"],
)
def test_both_ways_give_one_mail(monkeypatch, head, body):
    found = read_mails("x", head + b"\n" + body)
    monkeypatch.setattr(plain, "fields", lambda lines: None)
    assert read_mails("x", head + b"\n" + body) == found


@pytest.mark.parametrize("path", PATCHES, ids=lambda path: path.name)
def test_fixtures_are_read_both_ways(monkeypatch, path):
    found = read_mails("x", path.read_bytes())
    monkeypatch.setattr(mail.plain, "fields", lambda lines: None)
    assert read_mails("x", path.read_bytes()) == found


def test_a_word_is_decoded_once():
    twice = b"Subject: =?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?=\n\ntext\n"
    (read,) = read_mails("x", twice)
    assert read.subject == "=?utf-8?q?x?="
