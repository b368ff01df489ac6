"""The hooks, called by the real git in every way it has.  The plain case of each is in `test_integrations.py`."""

import os
import re
import stat

import pytest
from command import run
from repository import BAD, BETTER, CLEAN, DOUBTFUL, FOUND, LEAK, LONG, Repository, need_send_email

from kpatchlint.hook.commands import EVENTS
from kpatchlint.hook.install import CONFIG_SINCE

BYSTANDER = "int y;\n"
MINE = "#!/bin/sh\necho mine: \"$@\" >&2\n"
# a directory with a newer git than the one that is installed
NEWER_GIT = os.environ.get("KPATCHLINT_NEWER_GIT")


@pytest.fixture
def repository(tmp_path):
    return Repository.make(tmp_path)


def hooked(repository, *events):
    options = [word for event in events for word in ("--event", event)]
    repository.kpatchlint("hook", "install", "--form", "script", *options)
    return repository


def sent(repository, *arguments, **how):
    words = ["--dry-run", "--to=list@example.org", "--confirm=never", "--quiet", "--suppress-cc=all"]
    return repository.git("send-email", *words, *arguments, **how)


class TestSendEmail:
    @pytest.fixture(autouse=True)
    def needs_it(self):
        need_send_email()

    @pytest.fixture
    def repository(self, tmp_path):
        return hooked(Repository.make(tmp_path))

    def test_a_clean_patch_is_sent_and_nothing_is_said(self, repository):
        repository.commit({"mm/x.c": BETTER})
        told = sent(repository, "-1")
        repository.kpatchlint("hook", "uninstall")
        assert (told.stdout, told.stderr) == ("Dry-Sent [PATCH] mm: change it\n", "")
        assert sent(repository, "-1").stderr == told.stderr

    def test_of_a_series_each_mail_is_checked_and_the_cover_letter_passed(self, repository):
        repository.commit({"mm/x.c": BETTER}, "mm: wait")
        repository.commit({"mm/x.c": BAD}, "mm: and unlock")
        repository.git("format-patch", "-q", "--cover-letter", "-2", "-o", "out")
        cover = repository.top / "out/0000-cover-letter.patch"
        cover.write_text(cover.read_text().replace("*** SUBJECT HERE ***", "Two of them"))
        assert sent(repository, cover, repository.top / "out/0001-mm-wait.patch").stderr == ""
        ran = sent(repository, "out", status=None)
        assert len(FOUND.findall(ran.stderr)) == 1

    def test_a_doubtful_comment_is_said_but_sent(self, repository):
        repository.commit({"mm/x.c": DOUBTFUL})
        ran = sent(repository, "-1")
        assert "[stale-reference]" in ran.stderr
        assert "Dry-Sent" in ran.stdout

    def test_no_validate_goes_by_it(self, repository):
        repository.commit({"mm/x.c": BAD})
        assert sent(repository, "--no-validate", "-1").stderr == ""

    def test_other_files_are_no_matter(self, repository):
        repository.commit({"README": "y\n"})
        assert sent(repository, "-1").stderr == ""

    def test_from_a_directory_below(self, repository):
        repository.commit({"mm/x.c": BAD})
        assert FOUND.search(sent(repository, "-1", cwd=repository.top / "mm", status=None).stderr)


class TestCommit:
    @pytest.fixture
    def repository(self, tmp_path):
        return hooked(Repository.make(tmp_path), "pre-commit")

    def test_what_is_staged_counts_not_what_lies_there(self, repository):
        repository.write({"mm/x.c": BETTER})
        (repository.top / "mm/x.c").write_text(BAD)
        assert repository.git("commit", "-q", "-m", "x").stderr == ""
        repository.write({"mm/x.c": BAD})
        (repository.top / "mm/x.c").write_text(CLEAN)
        assert FOUND.search(repository.git("commit", "-q", "-m", "x", status=1).stderr)

    @pytest.mark.parametrize("how", [["-a"], ["mm/x.c"]])
    def test_every_way_to_stage(self, repository, how):
        """Each has an index of its own, which git names in GIT_INDEX_FILE."""
        repository.write({"mm/y.c": BYSTANDER})
        (repository.top / "mm/x.c").write_text(BAD)
        assert FOUND.search(repository.git("commit", "-q", "-m", "x", *how, status=1).stderr)
        (repository.top / "mm/x.c").write_text(BETTER)
        assert repository.git("commit", "-q", "-m", "x", *how).stderr == ""

    def test_a_commit_of_another_path_is_not_held_up(self, repository):
        repository.write({"mm/x.c": BAD, "mm/y.c": BYSTANDER})
        assert repository.git("commit", "-q", "-m", "x", "mm/y.c").stderr == ""

    def test_what_was_there_before_is_not_said_again(self, repository):
        repository.commit({"mm/x.c": BAD}, status=1)
        repository.git("commit", "-q", "--no-verify", "-m", "x")
        again = repository.commit({"mm/x.c": BAD.replace("x_tell", "x_said")})
        assert again.stderr == ""

    def test_the_first_commit(self, tmp_path):
        repository = hooked(Repository.make(tmp_path), "pre-commit")
        repository.git("checkout", "-q", "--orphan", "other")
        assert FOUND.search(repository.commit({"mm/x.c": BAD}, status=1).stderr)
        assert repository.commit({"mm/x.c": BETTER}).stderr == ""

    def test_amending(self, repository):
        repository.commit({"mm/x.c": BETTER})
        repository.write({"mm/x.c": BAD})
        assert FOUND.search(repository.git("commit", "-q", "--amend", "--no-edit", status=1).stderr)

    def test_of_a_merge_only_what_it_changes_itself(self, repository):
        """The other branch has been committed before; whoever merges it has not written it."""
        repository.git("checkout", "-q", "-b", "other")
        repository.commit({"mm/x.c": BAD, "README": "theirs\n"}, status=1)
        repository.git("commit", "-q", "--no-verify", "-m", "theirs")
        repository.git("checkout", "-q", "main")
        repository.commit({"README": "ours\n"})
        repository.git("merge", "other", status=1)
        repository.write({"README": "both\n"})
        assert repository.git("commit", "-q", "--no-edit").stderr == ""

    def test_what_a_merge_changes_itself(self, repository):
        repository.git("checkout", "-q", "-b", "other")
        repository.commit({"mm/x.c": BETTER})
        repository.git("checkout", "-q", "main")
        repository.commit({"mm/x.c": CLEAN.replace("x_note", "x_noted")})
        repository.git("merge", "other", status=1)
        assert FOUND.search(repository.commit({"mm/x.c": BAD}, status=1).stderr)

    def test_another_git_directory(self, repository):
        """`--git-dir` and `--work-tree` reach the hook as GIT_DIR and GIT_WORK_TREE."""
        (repository.top / ".git").rename(repository.top.parent / "store.git")
        where = [f"--git-dir={repository.top.parent}/store.git", f"--work-tree={repository.top}"]
        (repository.top / "mm/x.c").write_text(BAD)
        assert FOUND.search(repository.git(*where, "commit", "-a", "-q", "-m", "x", status=1).stderr)

    def test_a_linked_worktree(self, repository):
        repository.git("worktree", "add", "-q", "../linked")
        linked = Repository(repository.top.parent / "linked", repository.environ)
        assert FOUND.search(linked.commit({"mm/x.c": BAD}, status=1).stderr)

    def test_settings_of_git_that_change_diffs(self, repository):
        for name, value in (("diff.noprefix", "true"), ("diff.mnemonicPrefix", "true"), ("color.ui", "always"),
                            ("diff.external", "false"), ("core.quotePath", "false"), ("diff.renames", "copies")):
            repository.git("config", name, value)
        assert FOUND.search(repository.commit({"mm/x.c": BAD}, status=1, GIT_LITERAL_PATHSPECS="1").stderr)

    def test_the_users_settings_hold(self, repository, tmp_path):
        (tmp_path / "home/.config/kpatchlint").mkdir()
        settings = tmp_path / "home/.config/kpatchlint/config.toml"
        settings.write_text('ignore = ["unlock-after-wait"]\n')
        assert repository.commit({"mm/x.c": BAD}).stderr == ""
        settings.write_text('fail-on = "warning"\n')
        assert "[stale-reference]" in repository.commit({"mm/x.c": DOUBTFUL}, status=1).stderr
        settings.write_text("ignore = 1\n")
        assert "config.toml:1: Expected" in repository.commit({"mm/x.c": DOUBTFUL}, status=1).stderr

    def test_settings_can_be_given_to_the_hook(self, repository, tmp_path):
        (tmp_path / "mine.toml").write_text('ignore = ["unlock"]\n')
        options = ["--event", "pre-commit", "--form", "script"]
        repository.kpatchlint("hook", "install", *options, "--config", tmp_path / "mine.toml")
        assert repository.commit({"mm/x.c": BAD}).stderr == ""
        repository.kpatchlint("hook", "install", *options, "--fail-on", "warning")
        assert "[stale-reference]" in repository.commit({"mm/x.c": DOUBTFUL}, status=1).stderr


class TestPush:
    @pytest.fixture
    def repository(self, tmp_path):
        repository = Repository.make(tmp_path)
        repository.git("init", "-q", "--bare", "../remote.git")
        repository.git("remote", "add", "origin", "../remote.git")
        repository.git("push", "-q", "origin", "main")
        return hooked(repository, "pre-push")

    def test_every_commit_counts_not_only_the_last_state(self, repository):
        repository.commit({"mm/x.c": BAD}, "mm: wait, and unlock")
        bad = repository.head()
        repository.commit({"mm/x.c": BETTER}, "mm: do not unlock")
        ran = repository.git("push", "-q", "origin", "main", status=1)
        assert len(FOUND.findall(ran.stderr)) == 1
        assert re.search(rf"^kpatchlint: .*{bad[:12]}.*mm: wait, and unlock$", ran.stderr, re.MULTILINE)

    def test_a_new_branch_is_checked_from_where_the_remotes_end(self, repository):
        repository.commit({"mm/x.c": BAD})
        repository.git("push", "-q", "--no-verify", "origin", "main")
        repository.git("checkout", "-q", "-b", "topic")
        repository.commit({"mm/y.c": BYSTANDER})
        assert repository.git("push", "-q", "origin", "topic").stderr == ""
        repository.commit({"mm/y.c": BAD})
        assert "mm/y.c:" in repository.git("push", "-q", "origin", "topic", status=1).stderr

    def test_several_refs_and_one_that_is_deleted(self, repository):
        repository.git("push", "-q", "origin", "main:old")
        repository.git("checkout", "-q", "-b", "topic")
        repository.commit({"mm/x.c": BAD})
        assert repository.git("push", "-q", "origin", ":old").stderr == ""
        repository.git("push", "-q", "--no-verify", "origin", "main:old")
        ran = repository.git("push", "-q", "origin", ":old", "main", "topic", "topic:other", status=1)
        assert len(FOUND.findall(ran.stderr)) == 1

    def test_a_forced_push(self, repository):
        repository.commit({"mm/x.c": BETTER})
        repository.git("push", "-q", "origin", "main")
        repository.git("reset", "-q", "--hard", "HEAD^")
        repository.commit({"mm/x.c": BAD})
        assert FOUND.search(repository.git("push", "-q", "-f", "origin", "main", status=1).stderr)

    def test_more_commits_than_anybody_reviews(self, repository, monkeypatch):
        repository.git("checkout", "-q", "-b", "topic")
        for number in range(3):
            repository.commit({"mm/y.c": f"int y{number};\n"})
        limit = "import kpatchlint.hook.events as e; e.MOST_COMMITS = 2; from kpatchlint.cli import main; main()"
        line = f"refs/heads/topic {repository.head()} refs/heads/topic {'0' * 40}\n"
        ran = repository.run("python", "-c", limit, "hook", "run", "pre-push", "--", "origin", "url", given=line)
        assert ran.stderr == "kpatchlint: refs/heads/topic: more than 2 new commits, only the newest 2 are checked\n"


class TestWholeFiles:
    """The lock is taken above what the patch shows: only the file in the repository tells that it is held."""

    @pytest.fixture
    def repository(self, tmp_path):
        repository = Repository.make(tmp_path)
        repository.commit({"mm/x.c": LONG})
        return repository

    def test_commit(self, repository):
        said = hooked(repository, "pre-commit").commit({"mm/x.c": LEAK}, status=1).stderr
        assert "[missing-unlock]" in said
        assert "pmd_lock" not in repository.git("diff", "HEAD").stdout.partition("@@")[2].partition("\n")[2]

    def test_push(self, repository):
        repository.git("init", "-q", "--bare", "../remote.git")
        repository.git("push", "-q", "../remote.git", "main")
        hooked(repository, "pre-push").commit({"mm/x.c": LEAK})
        assert "[missing-unlock]" in repository.git("push", "-q", "../remote.git", "main", status=1).stderr

    def test_mail(self, repository):
        need_send_email()
        hooked(repository).kpatchlint("hook", "install", "--form", "script")
        repository.commit({"mm/x.c": LEAK})
        assert "[missing-unlock]" in sent(repository, "-1", status=None).stderr

    def test_mail_of_a_series_each_on_the_one_before(self, repository):
        need_send_email()
        hooked(repository).kpatchlint("hook", "install", "--form", "script")
        repository.commit({"mm/x.c": LONG.replace("x_note3", "x_noted3")}, "one")
        repository.commit({"mm/x.c": LEAK.replace("x_note3", "x_noted3")}, "two")
        assert "[missing-unlock]" in sent(repository, "-2", status=None).stderr

    def test_mail_for_another_tree_is_checked_by_itself(self, repository, tmp_path):
        need_send_email()
        other = Repository.make(tmp_path / "other")
        other.commit({"mm/y.c": CLEAN.replace("x_", "y_")})
        other.commit({"mm/y.c": BAD.replace("x_", "y_")})
        mail = other.git("format-patch", "-1", "-o", tmp_path / "out").stdout.strip()
        hooked(repository).kpatchlint("hook", "install", "--form", "script")
        said = sent(repository, mail, status=None).stderr
        assert "[unlock-after-wait]" in said
        assert re.search(r"^kpatchlint: .*checked without the tree$", said, re.MULTILINE)


class TestInstalling:
    @pytest.mark.parametrize("event", EVENTS)
    def test_a_hook_that_was_there_is_kept_called_first_and_put_back(self, repository, event):
        path = repository.top / ".git/hooks" / event
        path.parent.mkdir(exist_ok=True)
        path.write_text(MINE)
        path.chmod(0o751)
        hooked(repository, event)
        assert path.with_name(f"{event}.before-kpatchlint").read_text() == MINE
        repository.kpatchlint("hook", "uninstall")
        assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == (MINE, 0o751)
        assert [p.name for p in path.parent.iterdir() if p.suffix != ".sample"] == [event]

    def test_both_are_called_with_the_same_arguments_and_input(self, repository):
        repository.git("init", "-q", "--bare", "../remote.git")
        path = repository.top / ".git/hooks/pre-push"
        path.write_text(f"{MINE}cat >&2\n")
        path.chmod(0o755)
        hooked(repository, "pre-push").commit({"mm/x.c": BAD})
        ran = repository.git("push", "-q", "../remote.git", "HEAD:refs/heads/topic", status=1)
        assert "mine: ../remote.git ../remote.git\n" in ran.stderr
        assert f"{repository.head()} refs/heads/topic {'0' * 40}\n" in ran.stderr
        assert FOUND.search(ran.stderr)

    @pytest.mark.parametrize("event", ["pre-commit", "pre-push"])
    def test_when_the_other_one_fails_ours_is_not_asked(self, repository, event):
        path = repository.top / ".git/hooks" / event
        path.write_text(f"{MINE}exit 7\n")
        path.chmod(0o755)
        hooked(repository, event)
        ran = repository.run(path, status=7)
        assert ran.stderr == "mine:\n"

    def test_one_that_git_does_not_call_is_not_called_by_us(self, repository):
        """git goes by a hook that is not executable."""
        path = repository.top / ".git/hooks/pre-commit"
        path.write_text("#!/bin/sh\nexit 7\n")
        path.chmod(0o644)
        hooked(repository, "pre-commit")
        assert repository.commit({"mm/x.c": BETTER}).returncode == 0

    def test_a_link(self, repository):
        (repository.top / "mine.sh").write_text(f"{MINE}exit 7\n")
        (repository.top / "mine.sh").chmod(0o755)
        path = repository.top / ".git/hooks/pre-commit"
        path.symlink_to("../../mine.sh")
        hooked(repository, "pre-commit")
        assert "mine:" in repository.commit({"mm/x.c": BETTER}, status=1).stderr
        repository.kpatchlint("hook", "uninstall")
        assert path.readlink().as_posix() == "../../mine.sh"
        assert (repository.top / "mine.sh").read_text() == f"{MINE}exit 7\n"

    def test_twice_is_as_once(self, repository):
        hooked(repository, "pre-commit")
        before = {p.name: p.read_bytes() for p in (repository.top / ".git/hooks").iterdir()}
        hooked(repository, "pre-commit")
        assert {p.name: p.read_bytes() for p in (repository.top / ".git/hooks").iterdir()} == before

    def test_nothing_is_overwritten(self, repository):
        path = hooked(repository, "pre-commit").top / ".git/hooks/pre-commit"
        path.write_text(MINE)
        path.with_name("pre-commit.before-kpatchlint").write_text("#!/bin/sh\n")
        ran = repository.kpatchlint("hook", "install", "--form", "script", "--event", "pre-commit", status=2)
        assert "pre-commit.before-kpatchlint: is there already" in ran.err
        assert path.read_text() == MINE
        assert repository.kpatchlint("hook", "uninstall").out == "no hook of kpatchlint is here\n"
        assert path.read_text() == MINE

    def test_where_git_looks_for_hooks(self, repository):
        repository.git("config", "core.hooksPath", "my hooks")
        hooked(repository, "pre-commit")
        assert FOUND.search(repository.commit({"mm/x.c": BAD}, status=1).stderr)
        assert (repository.top / "my hooks/pre-commit").is_file()

    def test_status(self, repository):
        hooked(repository, "pre-push", "pre-commit")
        told = repository.kpatchlint("hook", "status").out.splitlines()
        hooks = repository.top / ".git/hooks"
        assert told == [
            "sendemail-validate: not installed",
            f"pre-commit: {hooks}/pre-commit",
            "pre-applypatch: not installed",
            f"pre-push: {hooks}/pre-push",
        ]

    def test_without_an_event_it_is_about_mail(self, repository):
        ran = repository.kpatchlint("hook", "install", "--form", "script")
        assert ran.out == f"sendemail-validate: {repository.top}/.git/hooks/sendemail-validate\n"

    def test_what_is_no_c_costs_no_python(self, repository):
        """The shell sees it: a program that is gone is not even missed."""
        path = hooked(repository, "pre-commit").top / ".git/hooks/pre-commit"
        path.write_text(re.sub(r"-x \S+", "-x /no/kpatchlint", path.read_text()))
        assert repository.commit({"README": "y\n", "mm/x.ch": "z\n"}).stderr == ""
        for name in ("mm/é.c", "mm/y.h"):
            assert "not there" in repository.commit({name: BYSTANDER}, status=1, GIT_LITERAL_PATHSPECS="1").stderr

    def test_a_program_that_is_gone_is_said(self, repository):
        path = hooked(repository, "pre-commit").top / ".git/hooks/pre-commit"
        path.write_text(re.sub(r"-x \S+", "-x /no/kpatchlint", path.read_text()))
        assert "not there any more" in repository.commit({"mm/x.c": BETTER}, status=1).stderr

    def test_outside_of_a_repository(self, tmp_path):
        ran = run("hook", "install", cwd=tmp_path)
        assert (ran.status, ran.out) == (2, "")
        assert re.fullmatch(r"kpatchlint: .*not a git repository.*\(cure: .*\)\n", ran.err)

    def test_an_old_git_has_no_hooks_in_its_configuration(self, repository):
        version = tuple(map(int, re.findall(r"\d+", repository.git("version").stdout)[:2]))
        if version >= CONFIG_SINCE:
            pytest.skip("git is new enough")
        for options in (["--form", "config"], ["--global"]):
            assert "older than 2.54" in repository.kpatchlint("hook", "install", *options, status=2).err


class TestConfiguration:
    """git 2.54 and newer; set KPATCHLINT_NEWER_GIT to a directory with such a git where it is not installed."""

    @pytest.fixture
    def repository(self, tmp_path):
        repository = Repository.make(tmp_path, NEWER_GIT)
        version = tuple(map(int, re.findall(r"\d+", repository.git("version").stdout)[:2]))
        if version < CONFIG_SINCE:
            pytest.skip(f"git {version} has no hooks in its configuration: set KPATCHLINT_NEWER_GIT")
        return repository

    def test_it_is_used_where_git_can(self, repository):
        ran = repository.kpatchlint("hook", "install", "--event", "pre-commit")
        assert ran.out == "pre-commit: git config --local hook.kpatchlint-pre-commit.command\n"
        assert FOUND.search(repository.commit({"mm/x.c": BAD}, status=1).stderr)
        assert repository.commit({"mm/x.c": BETTER}).stderr == ""
        repository.kpatchlint("hook", "uninstall")
        assert repository.commit({"mm/x.c": BAD}).stderr == ""
        assert "hook" not in (repository.top / ".git/config").read_text()

    def test_for_all_repositories(self, repository):
        repository.kpatchlint("hook", "install", "--global", "--event", "pre-commit")
        repository.git("init", "-q", "../other")
        other = Repository(repository.top.parent / "other", repository.environ)
        assert FOUND.search(other.commit({"mm/x.c": BAD}, status=1).stderr)
        assert "pre-commit: git config --global" in other.kpatchlint("hook", "status").out
        other.kpatchlint("hook", "uninstall")
        assert other.commit({"mm/x.c": BAD}).stderr == ""

    def test_beside_the_users_own(self, repository):
        path = repository.top / ".git/hooks/pre-commit"
        path.write_text(MINE)
        path.chmod(0o755)
        repository.kpatchlint("hook", "install", "--event", "pre-commit")
        ran = repository.commit({"mm/x.c": BAD}, status=1)
        assert FOUND.search(ran.stderr)
        assert path.read_text() == MINE

    def test_send_email_looks_for_a_script_all_the_same(self, repository):
        """git 2.55 asks for hooks of the configuration only where there is a script, too."""
        ran = repository.kpatchlint("hook", "install", "--event", "pre-push", "--event", "sendemail-validate")
        assert ran.out == (
            f"sendemail-validate: {repository.top}/.git/hooks/sendemail-validate\n"
            "pre-push: git config --local hook.kpatchlint-pre-push.command\n"
        )
        for options in (["--form", "config"], ["--global"]):
            assert "send-email" in repository.kpatchlint("hook", "install", *options, status=2).err

    def test_push(self, repository):
        repository.git("init", "-q", "--bare", "../remote.git")
        repository.kpatchlint("hook", "install", "--event", "pre-push")
        repository.commit({"mm/x.c": BAD})
        assert FOUND.search(repository.git("push", "-q", "../remote.git", "HEAD:refs/heads/x", status=1).stderr)
