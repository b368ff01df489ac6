"""Several formats in one run, and files that are whole or as they were."""

import json
import os
import stat

import pytest
from command import run

from kpatchlint.errors import UserError
from kpatchlint.report.output import Output, outputs

DOUBLE_UNLOCK = "fixtures/patches/double-unlock.patch"
TRUNCATED = "fixtures/patches/truncated-hunk.patch"


class TestPairs:
    @pytest.mark.parametrize(
        ("names", "files", "pairs"),
        [
            ((), (), [("text", "-")]),
            ((), ("x",), [("text", "x")]),
            (("json",), (), [("json", "-")]),
            (("json", "text"), ("x", "-"), [("json", "x"), ("text", "-")]),
        ],
    )
    def test_the_first_with_the_first(self, names, files, pairs):
        assert outputs(names, files) == tuple(Output(*pair) for pair in pairs)

    @pytest.mark.parametrize(
        ("names", "files"),
        [(("json", "text"), ()), (("json", "text"), ("x",)), (("json",), ("x", "y")), (("json", "text"), ("x", "x"))],
    )
    def test_what_does_not_match_is_refused(self, names, files):
        with pytest.raises(UserError, match=r"--format|two formats") as caught:
            outputs(names, files)
        assert caught.value.cure

    def test_usage(self):
        ran = run("check", "--format", "json", "--format", "text", "-o", "x", DOUBLE_UNLOCK)
        assert (ran.status, ran.out) == (2, "")
        assert ran.err == (
            "kpatchlint: 2 times --format, but 1 times -o (cure: give each --format its -o; -o - is standard output)\n"
        )


class TestFiles:
    def test_several_formats(self, tmp_path):
        files = ["-o", tmp_path / "x.json", "--format", "terse", "-o", tmp_path / "x.txt"]
        ran = run("check", "--format", "json", *files, "--format", "text", "-o", "-", DOUBLE_UNLOCK)
        assert (ran.status, ran.err) == (1, "")
        assert ran.out == run("check", DOUBLE_UNLOCK).out
        assert len(json.loads((tmp_path / "x.json").read_text())["findings"]) == 1
        assert (tmp_path / "x.txt").read_text().endswith("total: 1 error in 2 functions\n")
        assert sorted(os.listdir(tmp_path)) == ["x.json", "x.txt"]

    def test_a_file_is_replaced_and_keeps_its_mode(self, tmp_path):
        path = tmp_path / "x.json"
        path.write_text("old")
        path.chmod(0o640)
        run("check", "--format", "json", "-o", path, DOUBLE_UNLOCK)
        assert json.loads(path.read_text())
        assert stat.S_IMODE(path.stat().st_mode) == 0o640

    def test_a_new_file_has_the_mode_of_umask(self, tmp_path):
        before = os.umask(0o027)
        try:
            run("check", "-o", tmp_path / "x", DOUBLE_UNLOCK)
        finally:
            os.umask(before)
        assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o640

    def test_a_link_stays_a_link(self, tmp_path):
        (tmp_path / "link").symlink_to("file")
        run("check", "-o", tmp_path / "link", DOUBLE_UNLOCK)
        assert (tmp_path / "link").is_symlink()
        assert "1 finding" in (tmp_path / "file").read_text()

    def test_a_pipe_is_written_to(self):
        read, write = os.pipe()
        with os.fdopen(read) as reader, os.fdopen(write, "w"):
            ran = run("check", "--format", "terse", "-o", f"/dev/fd/{write}", DOUBLE_UNLOCK)
            assert (ran.status, ran.out, ran.err) == (1, "", "")
            assert reader.readline().startswith("mm/tidemark.c:49: ERROR:")

    def test_an_error_leaves_what_was_there(self, tmp_path):
        path = tmp_path / "x"
        path.write_text("old")
        ran = run("check", "-o", path, TRUNCATED)
        assert (ran.status, path.read_text()) == (3, "old")

    @pytest.mark.parametrize("name", ["no/such/directory/x", ""])
    def test_what_cannot_be_written(self, tmp_path, name):
        ran = run("check", "-o", tmp_path / name, DOUBLE_UNLOCK)
        assert (ran.status, ran.out) == (2, "")
        assert "cannot be written" in ran.err
        assert not os.listdir(tmp_path)

    def test_a_write_that_fails_leaves_nothing_behind(self, tmp_path, monkeypatch):
        def full(descriptor):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        (tmp_path / "x").write_text("old")
        ran = run("check", "-o", tmp_path / "x", DOUBLE_UNLOCK)
        assert ran.status == 2
        assert "No space left" in ran.err
        assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"x": "old"}

    def test_no_colour_in_a_file(self, tmp_path):
        run("check", "-o", tmp_path / "x", DOUBLE_UNLOCK)
        assert "\033" not in (tmp_path / "x").read_text()
