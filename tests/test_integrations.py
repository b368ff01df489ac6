"""README's table of integrations, row by row: the command as it stands there, then the real program on real patches."""

import pytest
from integrations import INTEGRATIONS
from repository import BAD, BETTER, LEAK, LONG, Repository, need_b4


@pytest.mark.parametrize("text", [BAD, BETTER], ids=["double-unlock", "clean"])
@pytest.mark.parametrize("integration", INTEGRATIONS, ids=lambda integration: integration.id)
def test_it_shows_what_is_found_and_nothing_else(tmp_path, integration, text):
    repository = Repository.make(tmp_path)
    repository.run("sh", "-c", integration.setup)
    assert integration.shows(repository, text) == (text == BAD)


def test_b4_prep_sees_the_whole_file(tmp_path):
    """What its mail does not show: the repository it is run in has it."""
    need_b4()
    repository = Repository.make(tmp_path)
    repository.commit({"mm/x.c": LONG})
    repository.run("sh", "-c", next(i.setup for i in INTEGRATIONS if i.id == "b4-prep"))
    repository.run("b4", "prep", "-n", "topic", "-f", "main")
    repository.commit({"mm/x.c": LEAK})
    ran = repository.run("b4", "prep", "--check")
    assert "ERROR: missing-unlock" in ran.stdout + ran.stderr
