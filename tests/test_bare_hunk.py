"""A wait that drops the lock, and an unlock behind it, added anywhere in a small function: found in the bare hunk.

The functions are made up at random, from a seed.  Each hunk is what a diff shows: one to three lines of context, and
the heading that git prints.  No tree, so whatever lies outside the hunk is unknown.
"""

import random
import re
from dataclasses import dataclass
from itertools import count, islice

import pytest

from kpatchlint.check import Loaded, check_patches

LOADED = Loaded()
WAITS = ("migration_entry_wait_on_locked", "softleaf_entry_wait_on_locked")
LOCKS = ("ptl", "vmf->ptl", "walk->ptl")

BEFORE = ["static int x_size(struct mm_struct *mm)", "{", "\treturn mm ? 1 : 0;", "}", ""]
AFTER = ["", "static void x_last(int count)", "{", "\tx_tell(count);", "}"]
HEADS = (
    ["static vm_fault_t x_step(struct vm_fault *vmf, spinlock_t *ptl)", "{"],
    ["int x_step(struct vm_fault *vmf,", "\t   spinlock_t *ptl)", "{"],
    ["static noinline int", "x_step(struct vm_fault *vmf, spinlock_t *ptl)", "{"],
)

FILLERS = (
    ["x_note(entry);"],
    ["count += x_size(mm);"],
    ["/* The entry may have changed. */"],
    ["/*", " * The entry may have changed,", " * so look at it again.", " */"],
    ["x_trace(mm, entry,", "\tcount, 0);"],
    ["if (x_busy(mm))", "\treturn -EAGAIN;"],
    ["if (x_busy(mm)) {", "\tcount++;", "} else {", "\tcount--;", "}"],
    ["for (i = 0; i < count; i++)", "\tx_tell(i);"],
    ["while (count--) {", "\tif (x_least(count))", "\t\tbreak;", "}"],
    ["if (x_busy(mm))", "\tgoto fail;"],
    ["if (x_busy(mm) &&", "    !x_idle(mm, entry))", "\tcount++;"],
    ["if (x_busy(mm))", "\tx_note(entry);", "else", "\tx_tell(count);"],
    ["#ifdef CONFIG_X", "x_note(entry);", "#else", "x_tell(count);", "#endif"],
    ["x_assert(count > 0 ||", "\t x_idle(mm, entry));"],
    ["if (x_busy(mm)) {", "\tint last = x_size(mm);", "", "\tcount += last;", "\tgoto fail;", "}"],
    [""],
)

# What stands around the place, innermost last: lines above and below it.
AROUND = {
    "in the body": [],
    "in an if": [(["if (x_moving(entry)) {"], ["}"])],
    "in an if before else": [(["if (x_moving(entry)) {"], ["} else {", "\tcount++;", "}"])],
    "in an else": [(["if (!x_moving(entry)) {", "\tcount++;", "} else {"], ["}"])],
    "in an else if": [(["if (x_none(entry)) {", "\tcount++;", "} else if (x_moving(entry)) {"], ["}"])],
    "in a for": [(["for (i = 0; i < count; i++) {"], ["}"])],
    "in a while": [(["while (x_more(&count)) {"], ["}"])],
    "in a do": [(["do {"], ["} while (x_more(&count));"])],
    "in an iterator": [(["list_for_each_entry(item, &mm->items, list) {"], ["}"])],
    "in a case": [(["switch (x_kind(entry)) {", "case X_NONE:", "\tcount++;", "\tbreak;", "case X_MOVING:"],
                   ["\tbreak;", "default:", "\tcount--;", "}"])],
    "in a loop in an if": [(["if (x_moving(entry)) {"], ["}"]), (["for (;;) {"], ["\tbreak;", "}"])],
    "in an if in a loop": [(["while (count--) {"], ["}"]), (["if (x_moving(entry)) {"], ["}"])],
    "in an else in a case": [(["switch (count) {", "case 1:"], ["\tbreak;", "}"]),
                             (["if (x_busy(mm)) {", "\tcount++;", "} else {"], ["}"])],
    "behind a label": [(["goto out;", "out:"], [])],
}
UNINDENTED = {"behind a label"}
LOOPS = {kind for kind in AROUND if re.search(r"\b(for|while|do|iterator|loop)\b", kind)}


@dataclass(frozen=True)
class Hunk:
    """A diff of one hunk, and the lines of the new file that the wait and the unlock stand on."""

    text: bytes
    wait: int
    unlock: int


def indented(lines, depth):
    return [f"{chr(9) * depth}{line}" if line and not line.startswith("#") else line for line in lines]


def fillers(rng, depth, most=3):
    return [line for _ in range(rng.randint(0, most)) for line in indented(rng.choice(FILLERS), depth)]


def placed(rng, kind, added, whole):
    """The body of a function around the added lines: what is above, the added lines, what is below.

    With `whole` the innermost statement around the place is added, too.
    """
    depth = 1
    above, below = fillers(rng, depth), [*fillers(rng, depth), "\treturn count;"]
    around = AROUND[kind]
    if whole and around:
        (opening, closing), around = around[-1], around[:-1]
        added = [*opening, *indented(added, 1), *closing]
    for opening, closing in around:
        above += indented(opening, depth)
        below = indented(closing, depth) + below
        depth += kind not in UNINDENTED
        above += fillers(rng, depth)
        below = fillers(rng, depth) + below
    return above, indented(added, depth), below


def labels_to_the_left(lines):
    return [line.lstrip() if re.fullmatch(r"\tout:", line) else line for line in lines]


def diff(above, added, below, context):
    """The hunk that adds lines between two parts of a file."""
    first = max(0, len(above) - context)
    # git's: the last line above that begins with a letter
    headings = [line for line in above[:first] if re.match(r"[A-Za-z_$]", line)]
    kept, after = above[first:], below[:context]
    old, new = len(kept) + len(after), len(kept) + len(added) + len(after)
    lines = [
        "--- a/mm/x.c",
        "+++ b/mm/x.c",
        f"@@ -{first + 1},{old} +{first + 1},{new} @@ {headings[-1][:80] if headings else ''}",
        *(f" {line}" for line in kept),
        *(f"+{line}" for line in added),
        *(f" {line}" for line in after),
    ]
    return "\n".join([*lines, ""]).encode()


def begins_with_a_jump(hunk):
    """Its first line leaves, in the branch of an `if` that the hunk does not show."""
    return re.search(rb"@@.*\n \s*(?:return|goto|break|continue)\b", hunk.text) is not None


def hunks(kind, context, wait, whole):
    """Hunks of that kind without end."""
    for seed in count():
        rng = random.Random(f"{seed} {kind} {context} {whole}")
        lock = rng.choice(LOCKS)
        pair = [f"{wait}(entry, {lock});", *fillers(rng, 0, 1), f"spin_unlock({lock});"]
        above, added, below = placed(rng, kind, pair, whole)
        if kind == "in the body" and rng.random() < 0.3:
            above = []
        else:
            above = [*indented(["swp_entry_t entry = x_entry(vmf);", "int count = x_some(vmf);", ""], 1), *above]
        above = labels_to_the_left([*BEFORE, *rng.choice(HEADS), *above])
        rows = {line.strip(): row for row, line in enumerate(added, len(above) + 1)}
        below = [*below, "fail:", "\treturn -EAGAIN;", "}", *AFTER]
        yield Hunk(diff(above, labels_to_the_left(added), below, context), rows[pair[0]], rows[pair[-1]])


def found(text):
    report = check_patches([("x.patch", text)], LOADED)
    assert not report.unanalyzed
    return report.findings


@pytest.mark.parametrize("wait", WAITS)
@pytest.mark.parametrize("whole", [False, True], ids=["lines", "statement"])
@pytest.mark.parametrize("context", [1, 2, 3])
@pytest.mark.parametrize("kind", AROUND)
def test_it_is_found(kind, context, whole, wait):
    shown = (hunk for hunk in hunks(kind, context, wait, whole) if not begins_with_a_jump(hunk))
    for hunk in islice(shown, 3):
        findings = found(hunk.text)
        twice = [f for f in findings if f.rule == "unlock-after-wait"]
        assert [f.position.line for f in twice] == [hunk.unlock], hunk.text.decode()
        assert any(n.position.line == hunk.wait and wait in n.message for n in twice[0].notes)
        # in the second round of a loop the wait comes without the lock
        others = {(f.rule, f.position.line) for f in findings} - {("unlock-after-wait", hunk.unlock)}
        assert others <= ({("wait-without-ptl", hunk.wait)} if kind in LOOPS else set()), hunk.text.decode()


@pytest.mark.parametrize("context", [1, 2, 3])
@pytest.mark.parametrize("kind", AROUND)
def test_the_wait_alone_is_fine(kind, context):
    shown = (hunk for hunk in hunks(kind, context, WAITS[0], False) if not begins_with_a_jump(hunk))
    for hunk in islice(shown, 3):
        lines = [line for line in hunk.text.decode().splitlines() if "spin_unlock" not in line]
        text = re.sub(r"\+(\d+),(\d+) @@", lambda m: f"+{m[1]},{int(m[2]) - 1} @@", "\n".join([*lines, ""]))
        rules = {finding.rule for finding in found(text.encode())}
        assert rules <= ({"wait-without-ptl"} if kind in LOOPS else set()), text


GOVERNED = f"""\\
--- a/mm/x.c
+++ b/mm/x.c
@@ -10,2 +10,4 @@ int x_step(swp_entry_t entry, spinlock_t *ptl)
 \t\t%s;
+\t{WAITS[0]}(entry, ptl);
+\tspin_unlock(ptl);
 \tx_note(entry);
"""


@pytest.mark.parametrize("first", ["return -EAGAIN", "goto out", "break", "continue"])
def test_code_behind_a_jump_that_an_if_above_the_hunk_decides_about(first):
    """The first line is indented more than the next one."""
    (finding,) = found((GOVERNED % first).encode())
    assert finding.rule == "unlock-after-wait"
