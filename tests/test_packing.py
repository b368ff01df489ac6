"""What the cache keeps is packed in one format, whichever library does it."""

import platform
import zlib

import pytest

from kpatchlint.tree import packing

HAS_WHEELS = ("x86_64", "aarch64", "arm64", "AMD64")

TEXTS = (b"", b"f_oo", b"\n".join(b"name_%d" % number for number in range(5000)), bytes(range(256)) * 300)


@pytest.fixture
def without_isal(monkeypatch):
    monkeypatch.setattr(packing, "_LIBRARY", "isal.not_there")
    packing._library.cache_clear()
    yield
    packing._library.cache_clear()


@pytest.mark.parametrize("text", TEXTS, ids=len)
def test_zlib_reads_what_was_packed_and_what_zlib_packed_is_read(text):
    assert zlib.decompress(packing.pack(text)) == packing.unpack(zlib.compress(text)) == text


@pytest.mark.skipif(platform.machine() not in HAS_WHEELS, reason="the library is not installed on such a machine")
@pytest.mark.parametrize("text", TEXTS, ids=len)
def test_a_machine_without_the_library_reads_the_same_cache(text, without_isal, request):
    assert packing._library() is zlib
    short = packing.pack(text)
    packing._library.cache_clear()
    request.getfixturevalue("monkeypatch").undo()
    assert packing._library().__name__ == "isal.isal_zlib"
    assert packing.unpack(short) == text


def test_names_are_packed_to_a_fourth():
    assert len(packing.pack(TEXTS[2])) < len(TEXTS[2]) / 4

