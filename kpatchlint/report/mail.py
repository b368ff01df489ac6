"""Draft replies: one mail for each patch with new findings, threaded below it, as an mbox; nothing when there are none.

Only what the finding is about is quoted, and the comment stands below the line, as a question: the author knows the
code, the tool only reads it.  Prose has at most 78 columns.  What a stranger wrote cannot become a header.  Nothing is
sent.  Example:

    Subject: Re: [PATCH 2/3] mm/x: wait for the entry
    In-Reply-To: <1@example.org>

    > @@ -76,4 +76,7 @@ static void f(spinlock_t *ptl)
    [ ... ]
    > +		spin_unlock(ptl);

    Is the lock still held here on every path?  As far as kpatchlint can see, ...
"""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from textwrap import wrap

from kpatchlint.finding import Finding, PatchMail, Report
from kpatchlint.regex import regex
from kpatchlint.report.about import NAME, version
from kpatchlint.report.headers import addresses, encoded, identifiers, one_address
from kpatchlint.report.mistake import mistakes
from kpatchlint.report.plain import safe
from kpatchlint.report.quote import Quoted, quoted
from kpatchlint.report.run import PLAIN, Run

WIDTH = 78
# git's own envelope, which mailsplit and every mail program take
_ENVELOPE = f"From {NAME} Mon Sep 17 00:00:00 2001"
_FROM = regex(r">*From ")
# what may stand in a command that somebody will paste into a shell
_PLAIN_ID = regex(r"[A-Za-z0-9][A-Za-z0-9._+=@-]*")
_QUESTION = "Is this intended?"


def render(report: Report, run: Run = PLAIN) -> str:
    """The drafts as an mbox; empty when no patch has a new finding."""
    drafts = []
    for number, mail in enumerate(report.mails, 1):
        found = [f for f in report.findings if f.mail == number and f.state == "new"]
        if found:
            drafts.append(_draft(mail, found, run))
    return "\n".join(drafts)


def _draft(mail: PatchMail, findings: Sequence[Finding], run: Run) -> str:
    body = "\n".join([*_body(mail, findings, run), *_signature(mail, findings, run)])
    head = [_ENVELOPE, *_headers(mail, body, run)]
    text = "\n".join(f">{line}" if _FROM.match(line) else line for line in body.split("\n"))
    return "\n".join([*head, "", text, ""])


def _headers(mail: PatchMail, body: str, run: Run) -> Iterator[str]:
    theirs = identifiers(f"<{mail.message_id}>")
    before = identifiers(mail.headers.get("references") or mail.headers.get("in-reply-to", ""))
    subject = safe(mail.subject or mail.name)
    yield encoded("From", one_address(run.sender))
    if to := addresses(mail.headers.get("from", "")):
        yield encoded("To", *to)
    if copies := addresses(mail.headers.get("to", ""), mail.headers.get("cc", "")):
        yield encoded("Cc", *copies)
    yield encoded("Subject", subject if subject.lower().startswith("re:") else f"Re: {subject}")
    if theirs:
        yield f"In-Reply-To: {theirs[0]}"
        yield "References: " + "\n ".join([*(one for one in before if one not in theirs), *theirs])
    # the same draft is the same mail, however often it is made
    yield f"Message-ID: <{blake2b(f'{theirs}{body}'.encode(), digest_size=12).hexdigest()}@{NAME}.invalid>"
    yield "MIME-Version: 1.0"
    yield "Content-Type: text/plain; charset=utf-8"
    yield "Content-Transfer-Encoding: 8bit"


def _body(mail: PatchMail, findings: Sequence[Finding], run: Run) -> Iterator[str]:
    quote = Quoted()
    ordered = sorted(findings, key=lambda finding: (finding.position.mail_line or 1 << 60, finding.position.line))
    for finding, others in mistakes(ordered):
        quote, lines = quoted(mail, finding, quote)
        yield from lines or _elsewhere(finding)
        yield ""
        yield from _comment(finding, run)
        yield from _follows(others)
        yield ""


def _elsewhere(finding: Finding) -> Iterator[str]:
    """The code of a finding that stands outside the patch, such as in a caller of what it changes."""
    where = f"{finding.function}() of {finding.position.path}" if finding.function else finding.position.path
    yield from _prose(f"In {where}, which calls what this patch changes:")
    yield f"\t{safe(finding.statement.strip())}"


def _comment(finding: Finding, run: Run) -> Iterator[str]:
    rule = run.rules.get(finding.rule)
    asked = rule.question if rule and rule.question else _QUESTION
    yield from _prose(f"{asked} As far as {NAME} can see, {finding.message}.")
    if finding.notes:
        yield ""
        yield "The path to it:"
        code = {line.number: line.text.strip() for line in finding.excerpt}
        for note in finding.notes:
            near = note.position.path == finding.position.path and code.get(note.position.line)
            said = note.message if note.message.startswith("`") or not near else f"`{near}` {note.message}"
            yield from _prose(said, "- ", "  ")


def _follows(others: Sequence[Finding]) -> Iterator[str]:
    """What else comes of the same mistake."""
    if others:
        yield ""
        yield "So, too:"
    for other in others:
        yield from _prose(f"`{other.statement.strip()}` {other.message}", "- ", "  ")


def _prose(text: str, first: str = "", later: str = "") -> list[str]:
    words = safe(" ".join(text.split()))
    return wrap(words, WIDTH, initial_indent=first, subsequent_indent=later, break_on_hyphens=False)


def _signature(mail: PatchMail, findings: Sequence[Finding], run: Run) -> Iterator[str]:
    rules = list(dict.fromkeys(finding.rule for finding in findings))
    tree = " --tree linux" if run.with_tree else ""
    yield "-- "
    yield from _prose(f"{NAME} {version()}, {'rule' if len(rules) == 1 else 'rules'} {', '.join(rules)}", later="  ")
    if _PLAIN_ID.fullmatch(mail.message_id):
        yield f"reproduce: b4 am -o - {mail.message_id} |"
        yield f"           {NAME} check{tree} -"
    else:
        yield f"reproduce: {NAME} check{tree} on this mail"
