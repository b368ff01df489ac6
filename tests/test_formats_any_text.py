"""Whatever stands in a mail or a tree, each format stays what its reader expects."""

import json
import re
from email import policy
from email.parser import Parser
from html.parser import HTMLParser
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from reports import DRAFT_HEADERS, FAILED, MAIL, UNLOCK

from kpatchlint.finding import Line, Note, Report, Unanalyzed
from kpatchlint.report import FORMATS
from kpatchlint.report.run import PLAIN
from kpatchlint.source import Position

NASTY = ["\n", "\r", "\0", "\x1b[", "::error::", "##[", "ERROR:", "]]>", "</script>", "<!--", "-->", "\u2028", "\udcff",
         "\nBcc: x@y", "\nFrom x", "=?utf-8?q?=0a?=", "%0A", "'", '"', "&", "|", "`", "> ", "\ufeff"]  # fmt: skip
# surrogates are those of bytes that are no UTF-8, and no others
TEXT = st.lists(st.sampled_from(NASTY) | st.text(max_size=8), max_size=5).map("".join)
MARKS = [b"@@ -1,2 +3 @@", b"--- a", b"+++ b", b"> ", b"From "]
BYTES = st.lists(st.binary(max_size=12) | st.sampled_from(MARKS), max_size=4)
NUMBER = st.integers(0, 60)


@st.composite
def reports(draw):
    text, number = lambda: draw(TEXT), lambda: draw(NUMBER)
    place = lambda: Position(text(), number() + 1, number() + 1, number())  # noqa: E731
    lines = tuple(b"".join(draw(BYTES)).replace(b"\n", b"") for _ in range(draw(st.integers(0, 20))))
    finding = replace(
        UNLOCK,
        severity=draw(st.sampled_from(["error", "warning", "info"])),
        position=place(),
        function=text(),
        message=text(),
        statement=text(),
        notes=tuple(Note(place(), text()) for _ in range(draw(st.integers(0, 3)))),
        excerpt=tuple(Line(number() + 1, text(), draw(st.booleans())) for _ in range(draw(st.integers(0, 4)))),
        end_column=number(),
        mail=1,
    )
    mail = replace(
        MAIL,
        name=text(),
        message_id=text(),
        subject=text(),
        headers={name: text() for name in MAIL.headers},
        lines=lines,
        first_line=number(),
    )
    return Report((finding,), (Unanalyzed(text(), 1, 2, text()),), 2, mails=(mail, replace(FAILED, error=text())))


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]


def lines(text):
    return text.split("\n")[:-1]


def one_mail(text):
    assert len(re.findall(r"^From ", text, re.MULTILINE)) == 1
    message = Parser(policy=policy.default).parsestr(text.partition("\n")[2])
    assert set(message.keys()) <= DRAFT_HEADERS
    assert len(set(message.keys())) == len(message.keys())
    assert not message.defects
    assert max(len(line.encode()) for line in lines(text)) < 998


def workflow(text):
    for line in lines(text):
        assert re.match(r"::(error|warning|notice) (file|title)=[^:]*::|- ", line)


def b4(text):
    assert 1 <= len(lines(text)) <= 2
    for line in lines(text):
        assert re.search(r":\d+: (ERROR|WARNING|CHECK): [a-z-]+: ", line)
        assert line.count("ERROR:") <= 1


def one_line(text):
    assert len(lines(text)) == 1


READ = {
    "json": json.loads,
    "sarif": json.loads,
    "gitlab": json.loads,
    "b4-json": json.loads,
    "jsonl": lambda text: [json.loads(line) for line in lines(text)],
    "rdjsonl": lambda text: [json.loads(line) for line in lines(text)],
    "patchwork": lambda text: [json.loads(line) for line in lines(text)],
    "checkstyle": ElementTree.fromstring,
    "junit": ElementTree.fromstring,
    "html": lambda text: Tags(text).tags.count("script") == 1 or 1 / 0,
    "mail": one_mail,
    "github": workflow,
    "b4": b4,
    "nipa": one_line,
}


@given(reports())
@settings(max_examples=20, deadline=None)
def test_any_text(report):
    for name, render in FORMATS.items():
        text = render(report, PLAIN)
        text.encode()
        # only a diff has nothing to say about a finding that comes with no change
        assert text.endswith("\n") or (name, text) == ("diff", "")
        READ.get(name, str)(text)
