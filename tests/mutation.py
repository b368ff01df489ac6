"""Mutated input, from a seed: bytes of real mails and C files, cut, doubled, swapped, spliced, and salted with traps.

`mutant(random, corpus)` is one of them.  The same seed gives the same mutant for ever, so a crash is named by a number.
"""

TRAPS = [
    b"\x00", b"\xff", b"\xff\xfe", b"\r", b"\n", b"\x1b[2J", "\u202e".encode(), b"{", b"}", b"(", b")", b'"',
    b"'", b"\\", b"\\\n", b"/*", b"*/", b"//", b"#if 0\n", b"#else\n", b"#endif\n", b"#define X(a) a \\\n",
    b"{" * 70, b"(" * 70, b"for_each_x(a, b)\n", b"goto out;\n", b"return;\n", b"switch (a) {\n",
    b"case 1:\n", b"do {\n", b"guard(mutex)(&m);\n", b"diff --git a/x b/x\n", b"--- a/x\n+++ b/x\n",
    b"@@ -1,3 +1,4 @@\n", b"@@ -999999999,9 +1 @@\n", b"@@@ -1 -1 +1 @@@\n", b"-- \n", b"---\n", b"> ",
    b"> > ", b"From x Mon Sep 17 00:00:00 2001\n", b"Content-Type: multipart/mixed; boundary=b\n", b"--b\n",
    b"Content-Transfer-Encoding: base64\n", b"=?utf-8?q?=ff?=", b"Subject: =?x?b?=?=\n", b"\n\n",
    b"-- >8 --\n", b"\\ No newline at end of file\n", b"rename from ../x\nrename to y\n",
    b"GIT binary patch\nliteral 1\n", b"similarity index 1%\n", b"new file mode 120000\n", b"static ",
    b"struct s {\n", b"__releases(l) ", b"99999999999999999999", b"0x", b";",
]


def mutant(choose, corpus):
    """One of the texts of `corpus` after some mutations; `choose` is a `random.Random`."""
    data = bytearray(choose.choice(corpus))
    for _ in range(choose.choice((1, 1, 2, 3, 5, 8, 20))):
        at = choose.randrange(len(data) + 1)
        length = min(choose.choice((1, 1, 2, 8, 40, 300)), len(data) - at)
        kind = choose.randrange(8)
        if kind == 0:
            del data[at : at + length]
        elif kind == 1:
            data[at:at] = data[at : at + length] * choose.choice((1, 2, 50))
        elif kind == 2:
            data[at : at + length] = bytes(choose.randrange(256) for _ in range(length))
        elif kind in (3, 4):
            data[at:at] = choose.choice(TRAPS)
        elif kind == 5:
            other = choose.choice(corpus)
            start = choose.randrange(len(other) + 1)
            data[at:at] = other[start : start + choose.choice((20, 200, 2000))]
        elif kind == 6:
            del data[at:]
        else:
            rows = bytes(data).split(b"\n")
            one, two = choose.randrange(len(rows)), choose.randrange(len(rows))
            rows[one], rows[two] = rows[two], rows[one]
            data = bytearray(b"\n".join(rows))
    return bytes(data)
