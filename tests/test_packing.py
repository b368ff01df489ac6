"""What the cache keeps is packed in one format, whichever library does it."""

import zlib

import pytest
from conftest import needs_wheels

from kpatchlint.tree import packing

TEXTS = (b"", b"f_oo", b"\n".join(b"name_%d" % number for number in range(5000)), bytes(range(256)) * 300)


@pytest.fixture
def library(monkeypatch):
    """Packs with the library of this name from now on, and says which one that is."""

    def use(name):
        monkeypatch.setattr(packing, "_LIBRARY", name)
        packing._library.cache_clear()
        return packing._library().__name__

    yield use
    packing._library.cache_clear()


@pytest.mark.parametrize("text", TEXTS, ids=len)
def test_zlib_reads_what_was_packed_and_what_zlib_packed_is_read(text):
    assert zlib.decompress(packing.pack(text)) == packing.unpack(zlib.compress(text)) == text


@needs_wheels
@pytest.mark.parametrize("text", TEXTS, ids=len)
def test_a_machine_without_the_library_reads_the_same_cache(text, library):
    names = "isal.not_there", "isal.isal_zlib"
    for one, other in (names, names[::-1]):
        assert library(one) == ("zlib" if one == names[0] else one)
        short = packing.pack(text)
        library(other)
        assert packing.unpack(short) == text


def test_names_are_packed_to_a_fourth():
    assert len(packing.pack(TEXTS[2])) < len(TEXTS[2]) / 4
