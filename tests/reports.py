"""Reports for the tests of formats: full, empty, failed, and one of hostile text."""

from msgspec.structs import replace

from kpatchlint.finding import Finding, Line, Note, PatchMail, Report, Unanalyzed
from kpatchlint.source import Position

HUNK = (
    b"diff --git a/mm/x.c b/mm/x.c",
    b"--- a/mm/x.c",
    b"+++ b/mm/x.c",
    b"@@ -76,4 +76,7 @@ static void f(spinlock_t *ptl)",
    b" \tstep_one();",
    b" \tstep_two();",
    b" \tif (busy) {",
    b"+\t\twait_for_entry(ptl);",
    b"+\t\tnote_it();",
    b"+\t\tspin_unlock(ptl);",
    b" \t}",
)
MAIL = PatchMail(
    "series.mbox",
    "1@example.org",
    "[PATCH 2/3] mm/x: wait for the entry",
    {
        "from": "Robin Example <robin@example.org>",
        "to": "linux-mm@example.org",
        "cc": "=?utf-8?q?Ren=C3=A9e_Sample=2C_Dr=2E?= <renee@example.org>",
        "references": "<0@example.org>",
    },
    (b"Wait here.", b"---", *HUNK, b"-- ", b"2.39.5"),
    8,
    True,
)
CLEAN = PatchMail("series.mbox", "0@example.org", "[PATCH 1/3] mm/x: prepare", {}, (), 60, True)
COVER = PatchMail("series.mbox", "c@example.org", "[PATCH 0/3] mm/x: wait", {}, (), 1)
FAILED = PatchMail(
    "series.mbox",
    "3@example.org",
    "[PATCH 3/3] mm/y: more",
    {},
    (),
    90,
    False,
    "hunk 1 does not apply to mm/y.c:9 (cure: give the tree it was made for)",
    99,
)
UNLOCK = Finding(
    rule="unlock-after-wait",
    family="wait",
    severity="error",
    position=Position("mm/x.c", 81, 3, 19),
    function="f",
    message="ptl is unlocked twice: wait_for_entry() already dropped it",
    statement="\t\tspin_unlock(ptl);",
    notes=(Note(Position("mm/x.c", 79, 3, 17), "wait_for_entry() gave it up here"),),
    message_id="1@example.org",
    end_column=19,
    mail=3,
    excerpt=tuple(
        Line(number, text, number in (79, 80, 81))
        for number, text in enumerate(
            ("\tstep_one();", "\tstep_two();", "\tif (busy) {", "\t\twait_for_entry(ptl);", "\t\tnote_it();",
             "\t\tspin_unlock(ptl);", "\t}"),
            76,
        )
    ),
)
STALE = Finding(
    rule="stale-reference",
    family="reference",
    severity="warning",
    position=Position("mm/a.c", 7, 4),
    function="g",
    message="old_name() is now new_name()",
    statement=" * old_name() does it",
    state="pre-existing",
    end_column=14,
)
RANGES = (
    Unanalyzed("mm/x.c", 10, 44, "does not parse", ("unlock-after-wait", "missing-unlock")),
    Unanalyzed("mm/x.c", 50, 50, "too deeply nested"),
)
FULL = Report(
    (UNLOCK, STALE),
    RANGES,
    patches=2,
    files=2,
    functions=12,
    errors=("series.mbox:99: hunk 1 does not apply",),
    mails=(COVER, CLEAN, MAIL, FAILED),
)
EMPTY = Report(patches=1, files=1, functions=3, mails=(CLEAN,))
NOTHING = Report(mails=(COVER,), notices=("series.mbox: nothing to check: no diff in it",))
BROKEN = Report(errors=FULL.errors, mails=(FAILED,))
REPORTS = {"full": FULL, "empty": EMPTY, "nothing": NOTHING, "broken": BROKEN}

DRAFT_HEADERS = {
    "From", "To", "Cc", "Subject", "In-Reply-To", "References", "Message-ID", "MIME-Version", "Content-Type",
    "Content-Transfer-Encoding",
}  # fmt: skip

HOSTILE = "\x1b[2J\r\n::error::ERROR: <script>alert(1)</script> ]]> \" ' & % \u202e\x00 " + b"\xff".decode(
    errors="surrogateescape"
)


def hostile_report():
    """Every text that comes from a mail or a tree is hostile."""
    finding = replace(
        UNLOCK,
        severity="warning",
        position=Position(f"p{HOSTILE}", 81, 3, 19),
        function=f"f{HOSTILE}",
        message=f"m{HOSTILE}",
        statement=f"s{HOSTILE}",
        notes=(Note(Position(f"n{HOSTILE}", 79, 3, 17), f"t{HOSTILE}"),),
        excerpt=(Line(81, f"e{HOSTILE}", True),),
        mail=1,
    )
    raw = HOSTILE.encode(errors="surrogateescape")
    mail = replace(
        MAIL,
        name=f"a{HOSTILE}",
        message_id=f"i{HOSTILE}@x\r\nBcc: victim@example.org",
        subject=f"u{HOSTILE}\r\nBcc: victim@example.org",
        headers={key: f"{value}\r\nBcc: victim@example.org {HOSTILE}" for key, value in MAIL.headers.items()},
        lines=tuple(line + raw.replace(b"\n", b"") for line in MAIL.lines),
    )
    range_ = Unanalyzed(f"r{HOSTILE}", 1, 2, f"w{HOSTILE}")
    return Report((finding,), (range_,), 1, 1, 1, mails=(mail, replace(FAILED, error=f"x{HOSTILE}")))
