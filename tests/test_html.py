"""The page: one file, text that stays text; a browser lays it out, moves by keyboard, and holds 1,000 findings."""

import re
import shutil
import sys
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from command import run, spawn
from msgspec import structs
from msgspec.structs import replace
from reports import FULL, REPORTS, UNLOCK, hostile_report

from kpatchlint.finding import Report
from kpatchlint.report import FORMATS
from kpatchlint.report.markup import prose
from kpatchlint.report.run import PLAIN
from kpatchlint.source import Position

VOID = {"meta", "link", "input", "br"}


class Page(HTMLParser):
    """Elements and text of a page, and whether every element is closed in its order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.text = [], [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("script", "style"):
            self.text.append(data)

    def all(self, tag, name=""):
        named = (attrs for kind, attrs in self.elements if kind == tag)
        return [attrs for attrs in named if not name or name in attrs.get("class", "").split()]


def rendered(report):
    return FORMATS["html"](report, PLAIN)


@pytest.mark.parametrize("report", [*REPORTS.values(), hostile_report(), Report()])
class TestEveryPage:
    def test_elements_are_closed_and_ids_unique(self, report):
        ids = [attrs["id"] for _, attrs in Page(rendered(report)).elements if "id" in attrs]
        assert len(ids) == len(set(ids))

    def test_it_asks_the_network_for_nothing(self, report):
        page = Page(rendered(report))
        addresses = [attrs[key] for _, attrs in page.elements for key in ("src", "href") if key in attrs]
        assert all(address.startswith(("#", "data:,")) for address in addresses)
        (policy,) = [attrs["content"] for _, attrs in page.elements if attrs.get("http-equiv")]
        assert policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy

    def test_links_lead_somewhere(self, report):
        page = Page(rendered(report))
        ids = {attrs.get("id") for _, attrs in page.elements}
        assert {attrs["href"][1:] for attrs in page.all("a")} <= ids

    def test_one_script_only(self, report):
        page = Page(rendered(report))
        assert len(page.all("script")) == 1
        assert not [key for _, attrs in page.elements for key in attrs if key.startswith("on")]


class TestTimeline:
    def test_of_a_finding_in_the_users_own_lines(self):
        text = run("check", "--format", "html", "fixtures/patches/series.mbox").out
        (model,) = re.findall(r'<details class="model">.*?</details>', text, re.DOTALL)
        assert re.findall(r"<th [^>]*>([^<]*)<", model) == ["caller", "migrator"]
        assert re.search(r"<td>48: softleaf_entry_wait_on_locked\(entry, ptl\).*spin_unlock\(ptl\)</td>", model)
        last = model[model.index('<tr class="end">') :]
        assert re.match(r'<tr class="end"><td>49: spin_unlock\(ptl\)  /\* .* \*/</td><td></td></tr>', last)

    def test_of_the_rule(self):
        page = rendered(FULL)
        rule = page[page.index('id="rule-unlock-after-wait"') :]
        assert '<table class="timeline">' in rule
        assert "sequential consistency" in rule

    def test_it_says_what_the_text_says(self):
        path = "fixtures/patches/double-unlock.patch"
        told = run("check", "--trace", path).out
        cells = re.findall(r"<td>([^<]+)</td>", run("check", "--format", "html", path).out.split("</details>")[0])
        assert len(cells) > 10
        assert [cell for cell in cells if unescape(cell) not in told] == []

    def test_only_so_many_are_drawn(self, monkeypatch):
        monkeypatch.setattr("kpatchlint.report.html.MOST_DRAWN", 3)
        assert rendered(many(5)).count('<details class="model">') == 3

    @pytest.mark.parametrize("name", ["text", "json", "b4", "sarif", "mail"])
    def test_no_other_format_loads_the_model(self, name):
        program = "import sys, atexit; atexit.register(lambda: print(*sys.modules, file=sys.stderr)); "
        program += "from kpatchlint.cli import main; main()"
        python = [sys.executable, "-c", program]
        ran = spawn("check", "--format", name, "fixtures/patches/double-unlock.patch", program=python)
        loaded = ran.err.split()
        assert "kpatchlint.check" in loaded
        assert "kpatchlint.model.explore" not in loaded


class TestWhatItSays:
    def test_findings_by_patch_and_file(self):
        page = Page(rendered(FULL))
        assert len(page.all("article", "finding")) == 5
        headings = [text for text in page.text if text.startswith(("[PATCH", "Not of"))]
        assert headings == 2 * ["[PATCH 2/3] mm/x: wait for the entry", "[PATCH 3/3] mm/y: more", "Not of one patch"]

    def test_the_path_stands_beside_the_code(self):
        text = rendered(Report((UNLOCK,)))
        text = text[text.index("<body>") :]
        rows = re.findall(r'<div class="(row[^"]*)" id="f1l(\d+)">|<div class="(note[^"]*)" data-step="(\d)"', text)
        assert [(row or note, line or step) for row, line, note, step in rows] == [
            ("row", "76"), ("row", "77"), ("row", "78"), ("row touched step", "79"), ("note", "1"),
            ("row touched", "80"), ("row touched step end", "81"), ("note end", "2"), ("row", "82"),
        ]  # fmt: skip
        assert "\t\t<mark>spin_unlock(ptl)</mark>;" in text

    def test_a_step_in_another_file_keeps_its_place(self):
        note = structs.replace(UNLOCK.notes[0], position=Position("mm/other.c", 9, 1))
        assert "mm/other.c:9: wait_for_entry() gave it up here" in rendered(Report((replace(UNLOCK, notes=(note,)),)))

    def test_lines_left_out_are_seen(self):
        far = replace(UNLOCK, excerpt=(UNLOCK.excerpt[0], *UNLOCK.excerpt[4:]))
        assert rendered(Report((far,))).count('class="gap"') == 1

    def test_the_pages_of_the_rules(self):
        text = "".join(Page(rendered(FULL)).text)
        assert "Why is this bad?" in text
        assert "migration_entry_wait_on_locked(pmd_to_swp_entry(*pmd), ptl);" in text

    def test_hostile_text_is_shown_not_obeyed(self):
        page = Page(rendered(hostile_report()))
        text = "".join(page.text)
        assert "<script>alert(1)</script>" in text
        assert "\\x1b[2J" in text
        assert not [c for c in rendered(hostile_report()) if not c.isprintable() and c not in "\n\t"]

    def test_markdown_of_the_pages(self):
        assert prose("a `<b>`\nc\n\n- d\n- e") == "<p>a <code>&lt;b&gt;</code> c</p><ul><li>d</li><li>e</li></ul>"

    def test_of_a_real_run(self, tmp_path):
        ran = run("check", "--format", "html", "-o", tmp_path / "x.html", "fixtures/patches/series.mbox")
        assert (ran.status, ran.out) == (1, "")
        assert "softleaf_entry_wait_on_locked() gave it up here" in (tmp_path / "x.html").read_text()


def many(count):
    places = (replace(UNLOCK.position, path=f"mm/file{number % 40}.c") for number in range(count))
    findings = (
        replace(UNLOCK, position=place, function=f"function_{number}", ordinal=number)
        for number, place in enumerate(places)
    )
    return replace(FULL, findings=tuple(findings))


@pytest.fixture(scope="module")
def browser():
    """Headless Chromium; playwright drives it, and needs nothing else of its own."""
    driver = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install '.[browser]'")
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if not program:
        pytest.skip("no browser: apt install chromium")
    with driver.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def show(browser, tmp_path):
    """Open the page of a report; what the console says and what is asked for is kept, and must be nothing."""
    said = []

    def opened(report, **circumstances):
        path = tmp_path / "page.html"
        path.write_text(report if isinstance(report, str) else rendered(report))
        page = browser.new_context(**circumstances).new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: request.url == path.as_uri() or said.append(request.url))
        page.goto(path.as_uri())
        return page

    yield opened
    assert not said


CONTRAST = """(selector) => {
  const channel = (v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (c) => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
  const behind = (e) => { const c = numbers(getComputedStyle(e).backgroundColor);
    return c.length === 4 && c[3] === 0 && e.parentElement ? behind(e.parentElement) : c; };
  return [...document.querySelectorAll(selector)].map((e) => {
    const [a, b] = [light(numbers(getComputedStyle(e).color)), light(behind(e))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05); });
}"""


def both(page, path):
    """A screenshot in the other colours, and one in these again."""
    shots = []
    for name in ("dark", "light"):
        page.keyboard.press("t")
        shots.append(page.screenshot(path=path / f"{name}.png", animations="disabled"))
    return shots


@pytest.mark.slow
class TestInABrowser:
    @pytest.mark.parametrize("width", [360, 700, 1400])
    def test_nothing_sticks_out_or_overlaps(self, show, width):
        page = show(many(30), viewport={"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        nav, main = page.locator("nav").bounding_box(), page.locator("main").bounding_box()
        beside = nav["x"] + nav["width"] <= main["x"]
        assert beside or nav["y"] + nav["height"] <= main["y"]
        assert beside == (width == 1400)

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_everything_can_be_read(self, show, scheme):
        page = show(FULL, color_scheme=scheme)
        page.keyboard.press("j")
        page.keyboard.press("n")
        for selector in ("h2", ".soft", ".level", ".row code", ".no", ".note", "mark", "nav a", "a.to-rule", "kbd"):
            assert min(page.evaluate(CONTRAST, selector)) >= 4.5, selector

    def test_a_screenshot_in_the_light_and_in_the_dark(self, show, tmp_path):
        page = show(FULL, color_scheme="light")
        # what is off the screen is laid out, and round corners are smoothed anew, while the first are taken
        taken = [both(page, tmp_path) for _ in range(10)]
        assert any(before == after for before, after in pairwise(taken))
        shots = taken[-1]
        assert shots[0] != shots[1]
        assert min(map(len, shots)) > 20_000

    def test_keys_move_along_findings_and_path(self, show):
        page = show(FULL)
        for key, wanted in (("j", "f1"), ("j", "f3"), ("k", "f1")):
            page.keyboard.press(key)
            assert page.locator("article.current").get_attribute("id") == wanted
            assert page.evaluate("document.activeElement.id") == wanted
            assert page.locator("nav a[aria-current=true]").get_attribute("data-finding") == wanted
        for key, line in (("n", "79"), ("n", "81"), ("n", "81"), ("p", "79")):
            page.keyboard.press(key)
            assert page.locator("#f1 .row.here .no").inner_text() == line
        assert page.locator("#said").inner_text().startswith("Step 1 of 2")
        page.keyboard.press("r")
        assert page.url.endswith("#rule-unlock-after-wait")

    def test_the_timeline_unfolds(self, show):
        page = show(run("check", "--format", "html", "fixtures/patches/series.mbox").out)
        timeline = page.locator("#f1 .timeline")
        page.keyboard.press("j")
        assert not timeline.is_visible()
        page.keyboard.press("m")
        assert timeline.is_visible()
        assert timeline.locator("th").all_inner_texts() == ["caller", "migrator"]
        left, right = (head.bounding_box() for head in timeline.locator("th").all())
        assert left["x"] + left["width"] <= right["x"] + 1

    def test_buttons_walk_the_path(self, show):
        page = show(FULL)
        page.locator("#f1 button[data-by='1']").click()
        assert page.locator("#f1 .row.here .no").inner_text() == "79"

    def test_the_filter(self, show):
        page = show(many(60))
        page.keyboard.press("/")
        page.keyboard.type("function_5 unlock-after")
        shown = page.locator("article.finding:visible")
        assert shown.count() == 11
        assert page.locator("#said").inner_text() == "11 of 63 findings"
        page.keyboard.press("Escape")
        assert shown.count() == 63
        page.locator("nav input[value=error]").uncheck()
        assert shown.count() == 2
        assert page.locator("main h2:visible").count() == 2

    def test_without_a_script_everything_is_there(self, show):
        page = show(FULL, java_script_enabled=False)
        assert page.locator("article:visible").count() == 5
        assert page.locator(".note:visible").count() >= 2
        assert page.locator("button:visible").count() == 0

    def test_hostile_text(self, show):
        show(hostile_report())

    def test_a_thousand_findings(self, show):
        """Moving and filtering grow with the findings, not with their square, which would be 400 times."""

        def cost(page):
            return page.evaluate("""() => {
              const start = performance.now();
              for (let i = 0; i < 5; i++) { move(1); current.getBoundingClientRect(); }
              filter.value = "function_4"; sift(); document.body.getBoundingClientRect();
              filter.value = ""; sift(); document.body.getBoundingClientRect();
              return performance.now() - start; }""")

        few, lots = show(many(50)), show(many(1000))
        assert lots.locator("article").count() == 1003
        small, large = (min(cost(page) for _ in range(3)) for page in (few, lots))
        assert large < 120 * max(small, 5)
        lots.keyboard.press("j")
        assert lots.locator("article.current").count() == 1
