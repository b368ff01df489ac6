"""Mails: splitting, headers, MIME, dates, and the lines of the file."""

import base64
import datetime
import quopri

import pytest
from patching import DIFF, HEAD, PATCHES, fixture, one, user_errors_are_about_patches

from kpatchlint.patch.change import fragments
from kpatchlint.patch.diff import changes
from kpatchlint.patch.mail import parse_date


def test_mail_of_format_patch():
    (mail,) = fixture("double-unlock.patch")
    assert mail.subject == "[PATCH] mm/tidemark: wait for pages that are being moved"
    assert mail.message_id == "20260203081244.4711-1-robin@example.org"
    assert mail.date == datetime.date(2026, 2, 3)
    text = (PATCHES / "double-unlock.patch").read_bytes().split(b"\n")
    assert mail.lines[0] == text[mail.first_line - 1]
    assert list(mail.lines) == text[mail.first_line - 1 : -1]


def test_mbox_keeps_lines_of_file():
    first, second = fixture("series.mbox")
    text = (PATCHES / "series.mbox").read_bytes().split(b"\n")
    assert (first.number, second.number) == (1, 2)
    assert second.subject.startswith("[PATCH v2 2/2]")
    for mail in (first, second):
        for line in changes(mail)[0].hunks[0].lines:
            assert text[line.mail_line - 1] == line.kind.encode() + line.text


def test_from_line_in_text_does_not_split():
    data = HEAD + b"\nFrom here on it works since 2021\n\n>From 2020 on\n" + DIFF
    assert one(data).lines[2] == b">From 2020 on"


def test_mboxrd_is_undone_in_an_mbox_only():
    envelope = b"From abc Mon Sep 17 00:00:00 2001\n"
    assert b"From me" in one(envelope + HEAD + b"\n>From me\n").lines
    assert b">From me" in one(envelope + HEAD + b"\n>>From me\n").lines


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Mon, 22 Nov 2021 13:15:34 -0500", (2021, 11, 22)),
        ("Mon Nov 22 2021 - 13:15:34 EST", (2021, 11, 22)),
        ("Mon Nov 22 13:15:34 2021 +0100", (2021, 11, 22)),
        ("2021-11-22T13:15:34Z", (2021, 11, 22)),
        ("November 2, 2021", (2021, 11, 2)),
    ],
)
def test_dates(text, day):
    assert parse_date(text) == datetime.date(*day)


@pytest.mark.parametrize("text", ["", "yesterday", "31 Feb 2021", "12 Foo 2021", "99 Nov 2021"])
def test_no_date(text):
    assert parse_date(text) is None


def test_encoded_subject():
    head = HEAD.replace(b"[PATCH] x", b"=?UTF-8?Q?[PATCH]_gr=C3=BC=C3=9Fe?=\n =?x-none?q?=FC?=")
    assert one(head + b"\n").subject == "[PATCH] grüßeü"


def test_raw_diff_has_no_headers():
    mail = one(DIFF)
    assert (mail.subject, mail.date, mail.first_line, len(mail.lines)) == ("", None, 1, 11)


@pytest.mark.parametrize("encode", [base64.encodebytes, quopri.encodestring])
def test_transfer_encodings(encode):
    name = {base64.encodebytes: b"base64", quopri.encodestring: b"quoted-printable"}[encode]
    diff = DIFF.replace(b"TWO", "ZWÖ = 2".encode())
    mail = one(HEAD + b"Content-Transfer-Encoding: " + name + b"\n\n" + encode(diff))
    assert mail.lines == tuple(diff.split(b"\n")[:-1])
    assert mail.first_line == 6


def multipart(*parts):
    body = b"".join(b"--BB\n" + part + b"\n" for part in parts) + b"--BB--\n"
    return HEAD + b'Content-Type: multipart/mixed; boundary="BB"\n\n' + body


def test_multipart_parts_stand_on_their_lines():
    data = multipart(b"Content-Type: text/plain\n\nHello\n", b"Content-Type: text/x-patch\n\n" + DIFF)
    mail = one(data)
    (file,) = changes(mail)
    line = file.hunks[0].lines[1]
    assert data.split(b"\n")[line.mail_line - 1] == b"-two"
    assert mail.lines[0] == b"Hello"


def test_encoded_attachment_is_read_and_html_is_not():
    attached = b"Content-Type: application/octet-stream; name=x.patch\nContent-Transfer-Encoding: base64\n\n"
    html = b"Content-Type: text/html\n\n<pre>\n" + DIFF + b"</pre>\n"
    mail = one(multipart(html, attached + base64.encodebytes(DIFF)))
    assert [file.path for file in changes(mail)] == ["mm/x.c"]


def test_crlf_is_stripped_when_all_lines_have_it():
    data = (HEAD + b"\n" + DIFF).replace(b"\n", b"\r\n")
    assert changes(one(data)) == changes(one(HEAD + b"\n" + DIFF))
    mixed = HEAD + b"\n" + DIFF.replace(b"TWO\n", b"TWO\r\n")
    assert changes(one(mixed))[0].hunks[0].lines[2].text == b"TWO\r"


def test_flowed_mail_is_unstuffed_unless_it_never_was():
    head = HEAD + b"Content-Type: text/plain; format=flowed\n\n"
    stuffed = b"\n".join(b" " + line if line.startswith(b" ") else line for line in DIFF.split(b"\n"))
    assert changes(one(head + stuffed)) == changes(one(head + DIFF))


def test_deep_mime_is_refused_or_read():
    data = HEAD
    for depth in range(3000):
        data += b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (depth, depth)
    with user_errors_are_about_patches():
        fragments(one(data + b"\n" + DIFF))
