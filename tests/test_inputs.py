"""What may be named as a patch: files, standard input, Maildirs, directories of patches, quilt series, packed ones."""

import gzip
import io

import pytest
from command import run
from patching import DIFF, HEAD

from kpatchlint.errors import UNREADABLE_PATCH, UserError
from kpatchlint.patch import inputs, mail
from kpatchlint.patch.inputs import read_input, read_stream

MAIL = HEAD + b"\n---\n" + DIFF


def put(directory, **files):
    for name, data in files.items():
        path = directory / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return directory


def names(directory):
    return [name.removeprefix(f"{directory}/") for name, _ in read_input(str(directory))]


def refusal(found):
    ((_, error),) = found
    assert isinstance(error, UserError)
    assert error.status == UNREADABLE_PATCH
    assert error.cure
    return error.what


def test_a_maildir_is_read_in_the_order_of_git_am(tmp_path):
    put(tmp_path, cur__10=MAIL, cur__9=MAIL, new__1=MAIL, tmp__2=MAIL, new___hidden=MAIL)
    assert names(tmp_path) == ["cur/9", "cur/10", "new/1"]
    assert run("check", tmp_path).out.startswith("3 patches, ")


def test_a_directory_of_format_patch(tmp_path):
    put(tmp_path, **{"0001-a_patch": MAIL, "0010-c_patch": MAIL, "0002-b_patch": MAIL, "notes_md": b"x\n"})
    assert names(tmp_path) == ["0001-a.patch", "0002-b.patch", "0010-c.patch"]


def test_a_quilt_series(tmp_path):
    put(tmp_path, series=b"# first\nb.patch -p1\n\nsub/a.patch # later\n", b_patch=MAIL, sub__a_patch=MAIL)
    assert names(tmp_path) == ["b.patch", "sub/a.patch"]


@pytest.mark.parametrize("name", ["../x.patch", "/etc/passwd", "link.patch"])
def test_a_quilt_series_leads_nowhere_else(tmp_path, name):
    put(tmp_path, x_patch=MAIL, in__series=name.encode() + b"\nok.patch\n", in__ok_patch=MAIL)
    (tmp_path / "in" / "link.patch").symlink_to(tmp_path / "x.patch")
    (_, error), (_, data) = read_input(str(tmp_path / "in"))
    assert (refusal([("", error)]), data) == ("leads out of the directory", MAIL)


def test_a_directory_with_nothing_in_it(tmp_path):
    assert "directory without patches" in refusal(read_input(str(tmp_path)))


def test_one_missing_file_does_not_lose_the_others(tmp_path):
    put(tmp_path, a_patch=MAIL)
    ran = run("check", tmp_path / "no.patch", tmp_path / "a.patch")
    assert (ran.status, ran.out[:8]) == (UNREADABLE_PATCH, "1 patch,")
    assert "no.patch: cannot be read" in ran.err


def test_packed_with_gzip_as_archives_give_threads(tmp_path):
    put(tmp_path, t_mbox=MAIL, t_mbox_gz=gzip.compress(MAIL[:50]) + gzip.compress(MAIL[50:]))
    assert next(read_input(str(tmp_path / "t.mbox.gz")))[1] == MAIL


@pytest.mark.parametrize("data", [gzip.compress(MAIL)[:-9], b"\x1f\x8b\x08" + bytes(99), gzip.compress(b"x") * 65])
def test_packed_and_broken(data):
    assert "broken" in refusal([read_stream(io.BytesIO(data))])


@pytest.mark.parametrize("magic", [b"BZh9", b"\xfd7zXZ\0", b"PK\x03\x04", b"\x28\xb5\x2f\xfd"])
def test_packed_with_something_else(magic):
    assert refusal([read_stream(io.BytesIO(magic + bytes(99)))]).startswith("is compressed (")


class Endless(io.RawIOBase):
    """Gives zeros for ever, and counts them."""

    given = 0

    def read(self, size=-1):
        assert size >= 0, "read without a bound"
        self.given += size
        return bytes(size)


def test_no_more_is_read_than_the_bound(monkeypatch):
    monkeypatch.setattr(inputs, "MOST_BYTES", 1 << 20)
    stream = Endless()
    assert "larger than" in refusal([read_stream(stream)])
    assert stream.given <= (1 << 20) + 1
    bomb = gzip.compress(bytes(8 << 20))
    assert "larger than" in refusal([read_stream(io.BytesIO(bomb))])


def test_too_many_lines(monkeypatch):
    monkeypatch.setattr(mail, "MOST_LINES", 100)
    ran = run("check", "-", stdin=MAIL + b"\n" * 101)
    assert (ran.status, ran.out) == (UNREADABLE_PATCH, "")
    assert "more than 100 lines" in ran.err


def test_one_mail_with_too_many_lines_does_not_lose_the_others(monkeypatch):
    monkeypatch.setattr(mail, "MOST_LINES_OF_MAIL", 100)
    envelope = b"From x Mon Sep 17 00:00:00 2001\n"
    ran = run("check", "-", stdin=envelope + HEAD + b"\n" * 101 + envelope + MAIL)
    assert (ran.status, ran.out[:8]) == (UNREADABLE_PATCH, "1 patch,")
    assert ran.err.startswith("kpatchlint: <stdin>:1: has more than 100 lines")
