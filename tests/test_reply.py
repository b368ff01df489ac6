"""Draft replies: threaded, short, a question; git, Python and b4 read them; a stranger writes no header."""

import json
import mailbox
import re
import subprocess
import sys
from email import policy
from email.parser import Parser
from importlib.util import find_spec

import pytest
from command import run
from msgspec.structs import replace
from reports import DRAFT_HEADERS, EMPTY, FULL, MAIL, NOTHING, STALE, UNLOCK, hostile_report

from kpatchlint.finding import Note, PatchMail, Report
from kpatchlint.report import FORMATS
from kpatchlint.report.run import PLAIN, Run
from kpatchlint.rule import load_rules
from kpatchlint.source import Position

SERIES = "fixtures/patches/series.mbox"
ASK_B4 = """
import json, sys, email, email.policy, b4
from b4.review._review import _extract_comments_from_quoted_reply as comments
told = []
for text in json.load(sys.stdin):
    message = email.message_from_string(text, policy=email.policy.default)
    lore = b4.LoreMessage(message)
    told.append({"in_reply_to": lore.in_reply_to, "reply": lore.reply, "comments": comments(message.get_content())})
print(json.dumps(told))
"""


def drafted(report, **circumstances):
    return FORMATS["mail"](report, Run(**circumstances) if circumstances else PLAIN)


def parsed(text):
    """The mails of an mbox, as Python reads them."""
    parts = re.split(r"^From kpatchlint .*\n", text, flags=re.MULTILINE)
    assert parts[0] == ""
    return [Parser(policy=policy.default).parsestr(part) for part in parts[1:]]


def draft(*findings, mail=MAIL, **circumstances):
    """The one draft about these findings, as Python reads it."""
    told = tuple(replace(finding, mail=1) for finding in findings)
    (message,) = parsed(drafted(Report(told, mails=(mail,)), **circumstances))
    return message


def body(message):
    return message.get_content()


class TestWhenThereIsOne:
    def test_one_mail_for_each_patch_with_findings(self):
        assert [message["In-Reply-To"] for message in parsed(drafted(FULL))] == ["<1@example.org>"]

    @pytest.mark.parametrize("report", [EMPTY, NOTHING, Report()])
    def test_none_when_clean(self, report):
        assert drafted(report) == ""

    def test_none_when_clean_from_the_command_line(self):
        ran = run("check", "--format", "mail", "fixtures/patches/clean.patch")
        assert (ran.status, ran.out, ran.err) == (0, "", "")

    def test_what_was_there_before_the_patch_is_not_the_authors(self):
        old = replace(UNLOCK, state="pre-existing", mail=1)
        assert drafted(Report((old,), mails=(MAIL,))) == ""

    def test_a_patch_that_does_not_apply_gets_none(self):
        assert drafted(Report(errors=FULL.errors, mails=(FULL.mails[-1],))) == ""


class TestThread:
    def test_below_the_patch(self):
        message = draft(UNLOCK)
        assert message["In-Reply-To"] == "<1@example.org>"
        assert message["References"].split() == ["<0@example.org>", "<1@example.org>"]
        assert message["Subject"] == "Re: [PATCH 2/3] mm/x: wait for the entry"

    def test_to_the_author_and_everybody_who_got_the_patch(self):
        message = draft(UNLOCK, sender="Me <me@example.org>")
        assert message["From"] == "Me <me@example.org>"
        assert message["To"] == "Robin Example <robin@example.org>"
        copies = message["Cc"].addresses
        assert [copy.addr_spec for copy in copies] == ["linux-mm@example.org", "renee@example.org"]
        assert copies[1].display_name == "Renée Sample, Dr."

    def test_one_re_is_enough(self):
        assert draft(UNLOCK, mail=replace(MAIL, subject="RE: x"))["Subject"] == "RE: x"

    def test_a_long_subject_is_folded(self):
        subject = "[PATCH 1/1] " + "mm: word " * 30
        text = drafted(Report((replace(UNLOCK, mail=1),), mails=(replace(MAIL, subject=subject),)))
        assert max(map(len, text.splitlines())) <= 78
        assert parsed(text)[0]["Subject"].split() == f"Re: {subject}".split()

    def test_the_same_draft_is_the_same_mail(self):
        first, again, other = draft(UNLOCK), draft(UNLOCK), draft(replace(UNLOCK, message="other"))
        assert first["Message-ID"] == again["Message-ID"] != other["Message-ID"]

    def test_without_a_message_id_there_is_no_thread(self):
        message = draft(UNLOCK, mail=replace(MAIL, message_id="", headers={}))
        assert "In-Reply-To" not in message
        assert "References" not in message

    def test_the_sender_is_the_users(self, monkeypatch):
        monkeypatch.setenv("EMAIL", "Robin <r@example.org>")
        assert "\nFrom: Robin <r@example.org>\n" in run("check", "--format", "mail", SERIES).out


@pytest.mark.usefixtures("some_version")
class TestBody:
    def test_the_whole_of_it(self, golden):
        golden("formats/mail-full.out", drafted(FULL))

    def test_of_a_real_run(self, golden):
        golden("mail-series.mbox", run("check", "--format", "mail", SERIES).out)

    def test_the_comment_stands_below_its_line(self):
        lines = body(draft(UNLOCK)).splitlines()
        at = lines.index("> +\t\tspin_unlock(ptl);")
        assert not lines[at + 1]
        assert lines[at + 2].startswith("Is the lock still held here on every path?")

    def test_what_is_far_away_is_trimmed(self):
        quoted = (b" \tstep();",) * 40
        at = MAIL.lines.index(b"+\t\twait_for_entry(ptl);")
        mail = replace(MAIL, lines=(*MAIL.lines[:at], *quoted, *MAIL.lines[at:]))
        moved = replace(
            UNLOCK,
            position=replace(UNLOCK.position, mail_line=UNLOCK.position.mail_line + 40),
            notes=(Note(Position("mm/x.c", 79, 3, 57), "gave it up here"),),
        )
        lines = body(draft(moved, mail=mail)).splitlines()
        assert lines.count("[ ... ]") == 1
        assert len([line for line in lines if line.startswith(">")]) < 12

    def test_two_findings_of_one_hunk_quote_it_once(self):
        second = replace(STALE, state="new", position=Position("mm/x.c", 82, 2, 20), message="also this")
        lines = body(draft(second, UNLOCK)).splitlines()
        assert len([line for line in lines if line.startswith("> @@")]) == 1
        assert lines.index("> +\t\tspin_unlock(ptl);") < lines.index(">  \t}")

    def test_what_comes_of_one_mistake_is_one_comment(self):
        one = replace(UNLOCK, held="f:70")
        left = replace(one, rule="missing-unlock", message="it is left locked", statement="\treturn 0;", notes=())
        text = body(draft(one, left))
        assert "So, too:\n- `return 0;` it is left locked\n" in text
        assert text.count("As far as kpatchlint can see") == 1

    def test_a_finding_outside_the_patch_shows_its_line(self):
        text = body(draft(replace(UNLOCK, position=Position("mm/y.c", 9, 2), notes=())))
        assert text.startswith("In f() of mm/y.c, which calls what this patch changes:\n\tspin_unlock(ptl);\n")

    def test_no_line_numbers_in_the_prose(self):
        prose = [line for line in body(draft(UNLOCK)).splitlines() if not line.startswith(">")]
        assert not re.search(r":\d+|line \d", "\n".join(prose).split("-- \n")[0])

    def test_prose_has_at_most_78_columns(self):
        long = replace(UNLOCK, message="word " * 60, rule="x" * 60, notes=(Note(UNLOCK.position, "more " * 60),))
        for line in body(draft(long)).splitlines():
            assert line.startswith(">") or len(line) <= 78

    def test_quoted_code_is_never_wrapped_but_fits_a_mail(self):
        lines = tuple(line + b"x" * 2000 if b"unlock" in line else line for line in MAIL.lines)
        text = drafted(Report((replace(UNLOCK, mail=1),), mails=(replace(MAIL, lines=lines),)))
        assert max(len(line.encode()) for line in text.splitlines()) < 998
        assert re.search(r"^> \+\t\tspin_unlock\(ptl\);x+ \[ \.\.\. \]$", text, re.MULTILINE)

    def test_the_signature_says_who_and_how(self):
        last = body(draft(UNLOCK)).split("-- \n")[1]
        assert re.fullmatch(
            r"kpatchlint [\d.]+, rule unlock-after-wait\n"
            r"reproduce: b4 am -o - 1@example.org \|\n           kpatchlint check -\n",
            last,
        )

    def test_with_a_tree_it_says_so(self):
        assert "kpatchlint check --tree linux -\n" in body(draft(UNLOCK, with_tree=True))

    def test_a_reply_that_was_checked_is_quoted_once_more(self):
        text = run("check", "--format", "mail", "fixtures/patches/quoted-reply.txt").out
        assert re.search(r"^>> \+.*spin_unlock\(ptl\);$", text, re.MULTILINE)

    def test_every_shipped_rule_asks(self):
        assert [rule.id for rule in load_rules() if not rule.question.endswith("?")] == []


class TestStrangers:
    def test_no_header_is_theirs(self):
        (message,) = parsed(drafted(hostile_report()))
        assert set(message.keys()) <= DRAFT_HEADERS
        assert len(message.keys()) == len(set(message.keys()))
        assert not message.defects
        assert "victim" not in str(message["To"]) + str(message["Cc"])

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\x85", "\x0b", "\n\n"])
    @pytest.mark.parametrize("where", ["subject", "message_id", "from", "to", "cc", "references"])
    def test_a_line_end_anywhere(self, where, end):
        evil = f"x <x@example.org>{end}Bcc: victim@example.org"
        mail = replace(MAIL, **{where: evil}) if where in ("subject", "message_id") else replace(
            MAIL, headers={**MAIL.headers, where: evil}
        )
        text = drafted(Report((replace(UNLOCK, mail=1),), mails=(mail,)))
        (message,) = parsed(text)
        assert "Bcc" not in message
        assert not re.search(r"^Bcc", text.partition("\n\n")[0], re.MULTILINE | re.IGNORECASE)

    def test_an_encoded_line_end(self):
        mail = replace(MAIL, headers={"from": "=?utf-8?q?x=0ABcc=3A_victim=40example=2Eorg?= <x@example.org>"})
        message = draft(UNLOCK, mail=mail)
        assert "Bcc" not in message
        assert message["To"].addresses[0].addr_spec == "x@example.org"

    def test_from_lines_do_not_split_the_mbox(self):
        mail = replace(MAIL, lines=tuple(line.replace(b"+", b"+\nFrom x", 1) for line in MAIL.lines))
        text = drafted(Report((replace(UNLOCK, message="From here on it is free", mail=1),), mails=(mail,)))
        assert len(re.findall(r"^From ", text, re.MULTILINE)) == 1

    @pytest.mark.parametrize("hostile", ["1@x;reboot", "$(reboot)@x", "-x@y", "a b@x", "`x`@y", "'@x"])
    def test_no_command_to_paste_is_theirs(self, hostile):
        text = body(draft(UNLOCK, mail=replace(MAIL, message_id=hostile)))
        assert text.endswith("reproduce: kpatchlint check on this mail\n")

    @pytest.mark.parametrize("broken", ["=?utf-8?b?!!!?= <a@b>", "=?no-such?q?x?= <a@b>", "<<<>>>", "@", ",,,", '"'])
    def test_broken_addresses_do_no_harm(self, broken):
        assert draft(UNLOCK, mail=replace(MAIL, headers={"from": broken, "cc": broken}))["Subject"]


@pytest.fixture(scope="module")
def series():
    return run("check", "--format", "mail", SERIES, "fixtures/patches/double-unlock.patch").out


class TestReaders:
    def test_pythons_mailbox(self, tmp_path, series):
        (tmp_path / "x.mbox").write_text(series)
        subjects = [message["Subject"] for message in mailbox.mbox(tmp_path / "x.mbox")]
        assert len(subjects) == 2
        assert all(subject.startswith("Re: [PATCH") for subject in subjects)

    def test_git_splits_and_reads_them(self, tmp_path, series):
        def git(*command, stdin):
            return subprocess.run(["git", *command], cwd=tmp_path, input=stdin, capture_output=True, check=True).stdout

        assert git("mailsplit", "--mboxrd", "-o.", stdin=series.encode()) == b"2\n"
        for number, message in enumerate(parsed(series), 1):
            mail = (tmp_path / f"{number:04}").read_bytes()
            told = git("mailinfo", "-k", "message", "patch", stdin=mail).decode()
            assert "Author: kpatchlint\nEmail: you@example.org\n" in told
            assert f"Subject: {message['Subject']}\n" in told
            assert (tmp_path / "message").read_text().rstrip("\n").startswith("> --- a/mm/tidemark.c")
            assert not (tmp_path / "patch").read_text().startswith("---")

    def test_b4_reads_them_as_replies_with_a_comment_on_the_line(self, series):
        if not find_spec("b4"):
            pytest.skip("b4 is not installed: pip install '.[test]'")
        mails = [part for part in re.split(r"^From kpatchlint .*\n", series, flags=re.MULTILINE) if part]
        # a process of its own: b4 changes how Python's email package writes UTF-8
        ran = subprocess.run(
            [sys.executable, "-c", ASK_B4], input=json.dumps(mails), capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
        for message, told in zip(parsed(series), json.loads(ran.stdout), strict=True):
            assert told["in_reply_to"] == message["In-Reply-To"].strip("<>")
            assert told["reply"]
            (comment,) = told["comments"]
            assert comment["path"] == "b/mm/tidemark.c"
            assert comment["content"].strip() == "+\t\tspin_unlock(ptl);"
            assert comment["text"].startswith("Is the lock still held")


def test_a_raw_diff_has_a_draft_without_a_thread():
    message = draft(UNLOCK, mail=PatchMail("x.patch", lines=MAIL.lines, first_line=MAIL.first_line, has_diff=True))
    assert message["Subject"] == "Re: x.patch"
    assert "To" not in message
