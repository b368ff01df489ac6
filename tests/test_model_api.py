"""The model's own statement of the kernel's interface against rules/contracts: neither is made from the other."""

import pytest

from kpatchlint.data import read, rules_directory
from kpatchlint.flow.contract import load_knowledge
from kpatchlint.flow.schema import ContractFile
from kpatchlint.model.api import APIS
from kpatchlint.model.render import LANGUAGES
from kpatchlint.release import parse_release

KNOWLEDGE = load_knowledge(rules_directory())
# waits for any page: its contract says that it sleeps, not that it waits for a migration
ANY_PAGE = {"pre5.0"}
each_api = pytest.mark.parametrize("name", sorted(APIS.keys() - ANY_PAGE))


def contract_of(api):
    return KNOWLEDGE.chosen(parse_release(api.since)).stated(api.wait, api.arity)


def released(contract):
    return {effect.resource for outcome in contract.outcomes for effect in outcome.releases}


def test_every_wait_has_a_contract():
    assert {name for name, api in APIS.items() if not contract_of(api).wait} == ANY_PAGE


@each_api
def test_the_wait_has_these_parameters(name):
    api, contract = APIS[name], contract_of(APIS[name])
    assert contract.params[1:] == api.params[1:]
    assert contract.wait
    assert contract.sleeps


@each_api
def test_it_holds_for_these_releases(name):
    """Contracts of one name may hold for longer: what changed meanwhile was no matter of locks."""
    api = APIS[name]
    several = [c for c in KNOWLEDGE.contracts[api.wait] if released(c) == released(contract_of(api))]
    assert min(contract.since for contract in several) <= parse_release(api.since)
    ends = [contract.until for contract in several]
    assert api.until == "" if None in ends else max(ends) >= parse_release(api.until)


@each_api
def test_who_gives_back_what(name):
    api, contract = APIS[name], contract_of(APIS[name])
    assert ("map" in released(contract)) == api.callee_unmaps
    assert ("lock" in released(contract)) == (not api.ref)
    assert [effect.resource for effect in contract.must_hold] == ([] if api.ref else ["lock"])


def test_who_drops_a_reference():
    """References are stated, though no path is told apart by them."""
    stated = read(rules_directory() / "contracts/wait.toml", ContractFile).function
    dropping = {f.name for f in stated for outcome in f.outcome for effect in outcome.releases if effect[:4] == "ref:"}
    assert {api.wait for name, api in APIS.items() if api.ref and name not in ANY_PAGE} <= dropping


@pytest.mark.parametrize("name", sorted(name for name, api in APIS.items() if api.level == "pte" and not api.ref))
def test_whether_a_map_may_fail(name):
    api = APIS[name]
    words = [text.split("(")[0].split()[-1] for text in (api.calls or APIS["v6.5"].calls).values() if "_map" in text]
    maps = [word for word in words if KNOWLEDGE.contracts.get(word) and "unmap" not in word and "kmap" not in word]
    assert maps
    for word in maps:
        count = len(KNOWLEDGE.contracts[word][0].params)
        contract = KNOWLEDGE.chosen(parse_release(api.since)).stated(word, count)
        assert any(not outcome.acquires for outcome in contract.outcomes) == api.may_fail


def test_the_hugetlb_wait_needs_the_vma_lock():
    contract = KNOWLEDGE.chosen(parse_release("v6.5")).stated("migration_entry_wait_huge", 2)
    assert [effect.resource for effect in contract.must_hold] == ["hugetlb_vma_lock"]
    assert APIS["v6.5-hugetlb"].table == "vma-lock"


@pytest.mark.parametrize("name", LANGUAGES)
def test_callers_are_written_for_their_release(name):
    api, release = APIS[name], parse_release(LANGUAGES[name].release)
    assert parse_release(api.since) <= release
    assert not api.until or release < parse_release(api.until)
