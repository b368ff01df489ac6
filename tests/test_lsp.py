"""`kpatchlint lsp` as an editor meets it: pygls' own client talks to the server over standard input and output."""

import asyncio
import json
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from command import PROGRAM, ROOT, run

from kpatchlint.data import rules_directory
from kpatchlint.docs import explain
from kpatchlint.lsp.given import Given
from kpatchlint.rule import load_rules

client_module = pytest.importorskip("pygls.lsp.client", reason="no pygls: pip install '.[lsp]'")
types = pytest.importorskip("lsprotocol.types")

MINI = ROOT / "fixtures/trees/mini"
TIMEOUT = 30
BAD = """void bad(struct mm_struct *mm, pmd_t *pmd)
{
	spinlock_t *ptl = pmd_lock(mm, pmd);

	spin_unlock(ptl);
	spin_unlock(ptl);
}
"""
GOOD = BAD.replace("\tspin_unlock(ptl);\n", "", 1)
# before a finding on its line: a character of two UTF-16 units
WIDE = BAD.replace("\tspin_unlock(ptl);\n}", "\t/* \N{PERSONAL COMPUTER} */ spin_unlock(ptl);\n}")


class Editor:
    """A client that keeps what the server tells it; every call waits for what comes of it."""

    def __init__(self, *options):
        self.client = client_module.LanguageClient("an editor", "1")
        self.loop = asyncio.new_event_loop()
        self.told = asyncio.Queue()
        for feature in (types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, types.WINDOW_SHOW_MESSAGE):
            self.client.feature(feature)(lambda said: self.told.put_nowait(said))
        self._wait(self.client.start_io(*PROGRAM, "lsp", *map(str, options), cwd=ROOT))
        self._wait(self.client.initialize_async(types.InitializeParams(types.ClientCapabilities())))
        self.client.initialized(types.InitializedParams())

    def _wait(self, work):
        return self.loop.run_until_complete(asyncio.wait_for(work, TIMEOUT))

    def next(self):
        return self._wait(self.told.get())

    def begin(self, path, text):
        document = types.TextDocumentItem(path.as_uri(), "c", 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(document))

    def open(self, path, text):
        self.begin(path, text)
        return self.next()

    def save(self, path, text):
        """Change the whole text, then save it."""
        change = types.TextDocumentContentChangeWholeDocument(text)
        versioned = types.VersionedTextDocumentIdentifier(2, path.as_uri())
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(versioned, [change]))
        self.client.text_document_did_save(types.DidSaveTextDocumentParams(_named(path)))
        return self.next()

    def hover(self, path, line, character):
        asked = types.HoverParams(_named(path), types.Position(line, character))
        return self._wait(self.client.text_document_hover_async(asked))

    def fixes(self, path, line):
        at = types.Range(types.Position(line, 0), types.Position(line, 0))
        asked = types.CodeActionParams(_named(path), at, types.CodeActionContext([]))
        return self._wait(self.client.text_document_code_action_async(asked))

    def close(self, path):
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(_named(path)))
        return self.next()

    def stop(self):
        """The exit status of the server."""
        self._wait(self.client.shutdown_async(None))
        self.client.exit(None)
        self._wait(self.client.stop())
        self.loop.close()
        return self.client._server.returncode


def _named(path):
    return types.TextDocumentIdentifier(path.as_uri())


@contextmanager
def started(*options):
    """An editor with a server that has these options, and ends well."""
    editor = Editor(*options)
    yield editor
    assert editor.stop() == 0


@pytest.fixture(scope="module")
def editor():
    with started() as editor:
        yield editor


@pytest.fixture
def file(tmp_path):
    return tmp_path / "x.c"


@pytest.fixture
def tree(tmp_path):
    copy = tmp_path / "mini"
    shutil.copytree(MINI, copy)
    return copy


def test_a_buffer_is_checked_when_it_is_opened_and_when_it_is_saved(editor, file):
    """The buffer counts, not the disk: the file is not even there."""
    (said,) = editor.open(file, BAD).diagnostics
    assert (said.range.start.line, said.range.start.character) == (5, 1)
    assert said.range.end.character > 1
    assert (said.code, said.source, said.severity) == ("unlock-after-wait", "kpatchlint", 1)
    assert said.message.startswith("ptl is ")
    assert [(note.location.uri, note.location.range.start.line) for note in said.related_information] == [
        (file.as_uri(), 4)
    ]
    assert editor.save(file, GOOD).diagnostics == ()
    assert len(editor.save(file, BAD).diagnostics) == 1


def test_the_code_links_to_the_page_of_the_rule_and_hover_shows_it(editor, file):
    (said,) = editor.open(file, BAD).diagnostics
    page = Path(said.code_description.href.removeprefix("file://").split("#")[0])
    assert (page.parent, page.name) == (rules_directory(), "README.md")
    shown = editor.hover(file, 5, 3)
    assert shown.contents.value == explain(next(r for r in load_rules() if r.id == "unlock-after-wait"))
    assert editor.hover(file, 0, 0) is None


def test_columns_count_as_the_editor_does(editor, file):
    (said,) = editor.open(file, WIDE).diagnostics
    line = WIDE.split("\n")[5]
    assert said.range.start.character == line.index("spin_unlock") + 1


def test_a_file_of_a_tree_is_checked_as_scan_does(editor, tree):
    """Whole, with the tree's headers, index and neighbours; a stale name has a change that mends it."""
    path = tree / "mm/tidemark.c"
    text = path.read_text() + "\n/* See put_and_wait_on_page_locked(), and tidemark_was_never(). */\n" + BAD
    path.write_text(text)
    scanned = json.loads(run("scan", "--format", "json", path).out)["findings"]

    first = editor.open(path, text)
    assert {each.code for each in first.diagnostics} == {"unlock-after-wait"}
    whole = editor.next()
    stale = [each for each in whole.diagnostics if each.code == "stale-reference"]
    assert stale
    found = {(each.code, each.range.start.line + 1, each.message) for each in whole.diagnostics}
    assert found == {(each["rule"], each["line"], each["message"]) for each in scanned}
    fixes = editor.fixes(path, stale[0].range.start.line)
    assert [fix.kind for fix in fixes] == ["quickfix"]
    ((edit,),) = fixes[0].edit.changes.values()
    assert edit.range == stale[0].range


def test_what_was_not_analysed_is_said(editor, file):
    text = BAD.replace("\tspin_unlock(ptl);\n}", "\tspin_unlock(ptl) = { ] ;\n}")
    (said,) = editor.open(file, text).diagnostics
    assert (said.code, said.severity) == ("not-analysed", types.DiagnosticSeverity.Information)


@pytest.mark.parametrize("text", ["", "\0\0\0", "{" * 100_000, "\x0c\n" * 9 + BAD], ids=len)
def test_nothing_in_a_buffer_ends_the_server(editor, file, text):
    editor.open(file, text)
    assert editor.save(file, GOOD).diagnostics == ()


def test_a_closed_buffer_shows_nothing(editor, file):
    editor.open(file, BAD)
    assert editor.close(file).diagnostics == ()
    assert editor.hover(file, 5, 3) is None


def test_broken_settings_are_a_message_and_mended_ones_are_read(file, tmp_path):
    settings = tmp_path / "config.toml"
    settings.write_text("colour-of-the-bikeshed = 1\n")
    with started("--config", settings) as editor:
        said = editor.open(file, BAD)
        assert said.type == types.MessageType.Error
        assert "unknown key 'colour-of-the-bikeshed'" in said.message
        settings.write_text('ignore = ["wait"]\n')
        assert editor.save(file, BAD).diagnostics == ()
        settings.write_text("")
        assert len(editor.save(file, BAD).diagnostics) == 1


def test_an_editor_may_leave_in_the_middle_of_a_check(file):
    """What the check would say has nobody to hear it; the server ends all the same."""
    with started() as editor:
        editor.begin(file, "".join(BAD.replace("bad(", f"bad_{number}(") for number in range(100)))


def test_the_command_line_wins_over_the_settings(file, tmp_path):
    settings = tmp_path / "config.toml"
    settings.write_text('select = ["map"]\n')
    assert not Given(config=settings).now()[0].ignore
    assert Given(config=settings).now()[0].select == ("map",)
    assert Given(config=settings, select=("wait",)).now()[0].select == ("wait",)
    assert Given(config=settings, no_config=True).now()[0].select == ()


def test_without_pygls_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pygls", None)
    ran = run("lsp")
    assert (ran.status, ran.err) == (
        2,
        "kpatchlint: lsp: the package pygls is not installed (cure: pip install 'kpatchlint[lsp]')\n",
    )


def test_no_other_command_loads_it():
    code = "import sys; import kpatchlint.cli; sys.exit(any(m in sys.modules for m in ('pygls', 'lsprotocol')))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
