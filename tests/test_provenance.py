"""What a report keeps for replies and pages: the mails of the run, and the code around each path."""

from pathlib import Path

import pytest
from command import ROOT

from kpatchlint.check import Loaded, check_patches, scan_source
from kpatchlint.tree.checkout import Checkout

PATCHES = ROOT / "fixtures/patches"
TREE = ROOT / "fixtures/trees/mini"


def checked(*names, tree=None):
    inputs = [(name, (PATCHES / name).read_bytes()) for name in names]
    return check_patches(inputs, Loaded((), Checkout(Path(tree)) if tree else None))


class TestMails:
    def test_every_mail_is_there_in_its_order(self):
        report = checked("series.mbox", "cover-letter.eml", "truncated-hunk.patch")
        assert [(mail.name, mail.has_diff, bool(mail.error)) for mail in report.mails] == [
            ("series.mbox", True, False),
            ("series.mbox", True, False),
            ("cover-letter.eml", False, False),
            ("truncated-hunk.patch", False, True),
        ]
        assert report.mails[3].error_line == 44
        assert report.patches == sum(mail.has_diff for mail in report.mails)

    def test_a_finding_names_its_mail(self):
        report = checked("clean.patch", "double-unlock.patch")
        (finding,) = report.findings
        assert report.mails[finding.mail - 1].message_id == finding.message_id
        assert finding.mail == 2

    @pytest.mark.parametrize("tree", [None, TREE])
    def test_a_finding_stands_on_its_line_of_the_mail(self, tree):
        report = checked("double-unlock.patch", tree=tree)
        (finding,) = report.findings
        mail = report.mails[finding.mail - 1]
        assert mail.lines[finding.position.mail_line - mail.first_line] == b"+\t\tspin_unlock(ptl);"

    def test_what_a_reply_needs(self):
        (mail,) = checked("double-unlock.patch").mails
        assert mail.headers["from"] == "Robin Example <robin@example.org>"
        assert mail.subject.startswith("[PATCH]")


class TestExcerpt:
    @pytest.mark.parametrize("tree", [None, TREE])
    def test_the_lines_around_each_step(self, tree):
        (finding,) = checked("double-unlock.patch", tree=tree).findings
        numbers = [line.number for line in finding.excerpt]
        wanted = {finding.position.line, *(note.position.line for note in finding.notes)}
        assert wanted <= set(numbers)
        assert numbers == sorted(set(numbers))
        text = {line.number: line.text for line in finding.excerpt}
        assert text[finding.position.line] == finding.statement

    @pytest.mark.parametrize("tree", [None, TREE])
    def test_what_the_patch_adds_is_marked(self, tree):
        report = checked("double-unlock.patch", tree=tree)
        added = {line[1:] for line in report.mails[0].lines if line.startswith(b"+")}
        lines = [line for line in report.findings[0].excerpt if line.touched]
        assert lines
        assert {line.text.encode() for line in lines} <= added

    def test_code_that_no_step_is_near_is_left_out(self):
        steps = "".join(f"\tstep({number});\n" for number in range(60))
        wait = "\tmigration_entry_wait_on_locked(entry, ptl);\n"
        text = f"void f(swp_entry_t entry, spinlock_t *ptl)\n{{\n{wait}{steps}\tspin_unlock(ptl);\n}}\n"
        (finding,) = scan_source("mm/x.c", text.encode()).findings
        numbers = [line.number for line in finding.excerpt]
        assert numbers == [1, 2, 3, 4, 5, 6, 61, 62, 63, 64, 65]
