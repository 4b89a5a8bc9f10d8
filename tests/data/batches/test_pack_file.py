"""Ids packed into a file, one document after another."""

import numpy as np
import pytest
import torch

from n2t.data.batches import LanguageModelBatches, pack, pack_file
from n2t.data.text import EOS, BytePairTokenizer

DOCUMENTS = [[5, 6], [], list(range(4, 99))]


def test_a_file_holds_what_pack_gives(tmp_path):
    packed = pack_file(iter(DOCUMENTS), tmp_path / "new" / "ids.bin")
    assert packed.tolist() == pack(DOCUMENTS).tolist()
    assert pack_file([[5]], tmp_path / "other", eos_id=9).tolist() == [5, 9]


@pytest.mark.filterwarnings("error")
def test_batches_of_a_file_are_those_of_the_ids(tmp_path):
    packed = pack_file(DOCUMENTS, tmp_path / "ids.bin")
    assert isinstance(packed, np.memmap)
    for found, wanted in zip(
        LanguageModelBatches(packed, 2, 7),
        LanguageModelBatches(pack(DOCUMENTS), 2, 7),
        strict=True,
    ):
        assert all(map(torch.equal, found, wanted))


def test_documents_are_written_before_the_next_is_asked_for(tmp_path):
    """A text larger than memory: nothing of it is kept."""
    sizes = []

    def lines():
        for _ in range(40):
            sizes.append(sum(path.stat().st_size for path in tmp_path.iterdir()))
            yield "a line of a thousand bytes".ljust(1000)

    tokenizer = BytePairTokenizer([])
    packed = pack_file(tokenizer.encode_iterable(lines()), tmp_path / "ids.bin")
    assert len(packed) == 40 * 1001
    assert sizes[-1] > 30 * 4004, "what was written by the last line, but for a buffer"


def test_what_cannot_be_packed_leaves_no_file(tmp_path):
    with pytest.raises(ValueError, match="at least one document"):
        pack_file([], tmp_path / "ids.bin")
    with pytest.raises(ValueError, match="id too large"):
        pack_file([[1], [2**31]], tmp_path / "ids.bin")
    with pytest.raises(ValueError, match="lone surrogate"):
        rows = BytePairTokenizer([]).encode_iterable(["a", "\ud800"])
        pack_file(rows, tmp_path / "ids.bin")
    assert list(tmp_path.iterdir()) == []


def test_a_document_ends_with_the_end_that_is_asked_for():
    assert pack([[5]]).tolist() == [5, EOS]
