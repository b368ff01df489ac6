"""README's table of integrations, row by row: the command as it stands there, then the real program on real patches."""

import pytest
from integrations import INTEGRATIONS
from repository import BAD, BETTER, Repository


@pytest.mark.parametrize("text", [BAD, BETTER], ids=["double-unlock", "clean"])
@pytest.mark.parametrize("integration", INTEGRATIONS, ids=lambda integration: integration.id)
def test_it_shows_what_is_found_and_nothing_else(tmp_path, integration, text):
    repository = Repository.make(tmp_path)
    repository.run("sh", "-c", integration.setup)
    assert integration.shows(repository, text) == (text == BAD)
