"""A patch after which a function leaves other locks than before, whose callers are as they were."""

from difflib import unified_diff

from test_series import rules, told

HEAD = "int settle(struct mm_struct *mm, struct queue *queue, int flags)\n{\n\tint err;\n\n"
DROPPED = "\tif (flags & MAY_DROP) {\n\t\tmmap_read_unlock(mm);\n\t\terr = wait_on(queue);\n"
AGAIN = "\t\treturn RETRY_LATER;\n\t}\n"
FAILED = "\t\tif (err < 0)\n\t\t\treturn GIVEN_UP;\n"
REST = "\terr = wait_on(queue);\n\tif (err < 0)\n\t\treturn GIVEN_UP;\n\treturn 0;\n}\n"


def report(before, after):
    lines = [(HEAD + text).splitlines(True) for text in (before, after)]
    return told("-", stdin="".join(unified_diff(*lines, "a/mm/x.c", "b/mm/x.c", n=30)).encode())


class TestGivenUp:
    def test_with_a_result_that_did_not_say_so(self):
        (finding,) = report(DROPPED + AGAIN + REST, DROPPED + FAILED + AGAIN + REST)["findings"]
        assert finding["rule"] == "lock-not-held"
        assert finding["message"].startswith("function now returns without the mmap_lock of mm; before the patch")
        assert [note["message"] for note in finding["notes"]] == ["mmap_read_unlock() gave it up here"]

    def test_with_a_result_of_its_own(self):
        own = FAILED.replace("GIVEN_UP", "STALE").replace("err < 0", "err == 7")
        assert rules(report(DROPPED + AGAIN + REST, DROPPED + own + AGAIN + REST)) == []

    def test_by_every_path_with_that_result(self):
        kept = REST.replace("\t\treturn GIVEN_UP;\n", "\t\tgoto fail;\n")
        before = DROPPED + AGAIN + kept.replace("\treturn 0;\n}", "\treturn 0;\nfail:\n\treturn GIVEN_UP;\n}")
        after = before.replace("fail:\n", "fail:\n\tmmap_read_unlock(mm);\n")
        assert rules(report(before, after)) == []

    def test_it_did_so_before(self):
        both = DROPPED + FAILED + AGAIN + REST
        assert rules(report(both, both.replace("MAY_DROP", "MAY_WAIT"))) == []


def test_a_release_of_what_has_no_name():
    """A map that was given back by a sum of members, and is by its variable now."""
    head = "int copy(struct page *page, int offset)\n{\n\tstruct info info;\n\tvoid *to;\n\n"
    before = "\tinfo.to = (unsigned long)kmap_local_page(page) + offset;\n\tfill(&info);\n"
    before += "\tkunmap_local((void *)(unsigned long)(info.to - offset));\n\treturn 0;\n}\n"
    after = "\tto = kmap_local_page(page);\n\tinfo.to = (unsigned long)to + offset;\n\tfill(&info);\n"
    after += "\tkunmap_local(to);\n\treturn 0;\n}\n"
    lines = [(head + text).splitlines(True) for text in (before, after)]
    assert rules(told("-", stdin="".join(unified_diff(*lines, "a/mm/x.c", "b/mm/x.c", n=30)).encode())) == []
