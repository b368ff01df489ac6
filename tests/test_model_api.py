"""The model's statement of the kernel's interface against that of rules/contracts: made apart, and equal."""

from itertools import pairwise

import pytest

from kpatchlint.data import read, rules_directory
from kpatchlint.flow.schema import ContractFile
from kpatchlint.model.api import APIS
from kpatchlint.release import newest_release, parse_release

CONTRACTS = [
    function
    for path in sorted((rules_directory() / "contracts").glob("*.toml"))
    for function in read(path, ContractFile).function
]
UNDER_LOCK = [name for name, api in APIS.items() if not api.ref]


def contracts(name, since, arity=None):
    """The contracts of a function that hold in release `since`."""
    release = parse_release(since)
    return [
        function
        for function in CONTRACTS
        if function.name == name
        and (arity is None or len(function.params) == arity)
        and (not function.since or parse_release(function.since) <= release)
        and (not function.until or release < parse_release(function.until))
    ]


def effects(function):
    return {effect for outcome in function.outcome for effect in outcome.releases}


@pytest.mark.parametrize("name", UNDER_LOCK)
class TestWaitsUnderTheLock:
    def test_one_contract_has_the_name_and_the_parameters(self, name):
        (contract,) = contracts(APIS[name].wait, APIS[name].since, APIS[name].arity)
        assert list(contract.params)[1:] == list(APIS[name].params)[1:]
        assert contract.sleeps
        assert contract.must_hold == ("lock:ptl",) or list(contract.must_hold) == ["lock:ptl"]

    def test_who_unmaps(self, name):
        (contract,) = contracts(APIS[name].wait, APIS[name].since, APIS[name].arity)
        assert effects(contract) == {"lock:ptl"} | ({"map:ptep"} if APIS[name].callee_unmaps else set())

    def test_it_ends_when_the_contract_ends(self, name):
        (contract,) = contracts(APIS[name].wait, APIS[name].since, APIS[name].arity)
        last = parse_release(APIS[name].until) if APIS[name].until else newest_release()
        assert not contract.until or last <= parse_release(contract.until)

    def test_whether_a_map_may_fail(self, name):
        found = contracts("pte_offset_map_lock", APIS[name].since)
        fails = any("== NULL" in outcome.when for function in found for outcome in function.outcome)
        assert found
        assert fails == APIS[name].may_fail or APIS[name].level != "pte"


def test_the_waits_that_take_a_reference_drop_it():
    (contract,) = contracts(APIS["pageref"].wait, "v5.15")
    assert list(contract.params) == list(APIS["pageref"].params)
    assert effects(contract) == {"ref:page"}


def test_releases_of_the_interface_follow_each_other():
    line = [APIS[name] for name in ("pre5.0", "pageref", "v5.17", "v6.1", "v6.5", "v7.0-softleaf")]
    assert all(before.until == after.since for before, after in pairwise(line))
