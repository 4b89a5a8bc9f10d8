"""Greedy decoding against the Hugging Face library's, token for token."""

import pytest
import torch

from n2t.decoding import Sample, decode
from n2t.models.public import load_gpt2

transformers = pytest.importorskip("transformers")


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    """A small GPT-2 with random weights, theirs and ours."""
    torch.manual_seed(0)
    config = transformers.GPT2Config(
        vocab_size=29, n_positions=40, n_embd=24, n_layer=2, n_head=3,
        bos_token_id=0, eos_token_id=7, pad_token_id=0, initializer_range=0.4,
    )  # fmt: skip
    theirs = transformers.GPT2LMHeadModel(config).eval()
    folder = tmp_path_factory.mktemp("gpt2")
    theirs.save_pretrained(folder)
    return theirs, load_gpt2(folder)


PROMPT = torch.randint(8, 29, (6, 4), generator=torch.Generator().manual_seed(0))


def generated(theirs, **options):
    return theirs.generate(
        PROMPT, attention_mask=torch.ones_like(PROMPT), max_new_tokens=20,
        pad_token_id=0, eos_token_id=7, do_sample=False, **options,
    )[:, PROMPT.shape[1] :]  # fmt: skip


@pytest.mark.parametrize("penalty", [1.0, 1.3])
def test_greedy_equals_generate_token_for_token(twins, penalty):
    theirs, ours = twins
    expected = generated(theirs, repetition_penalty=penalty)
    options = {"stop_ids": [7], "repetition_penalty": penalty}
    found = decode(ours, None, PROMPT, max_new_tokens=20, **options)
    assert torch.equal(found.ids, expected)
    assert found.ids.unique().numel() > 6  # not one word over and over


def test_sampling_probabilities_equal_theirs():
    logits = torch.randn(5, 29, generator=torch.Generator().manual_seed(1))
    theirs = transformers.LogitsProcessorList(
        [
            transformers.TemperatureLogitsWarper(0.7),
            transformers.TopKLogitsWarper(9),
            transformers.TopPLogitsWarper(0.8),
        ]
    )
    expected = theirs(torch.zeros(5, 1, dtype=torch.long), logits).softmax(-1)
    got = Sample(temperature=0.7, top_k=9, top_p=0.8).probabilities(logits)
    torch.testing.assert_close(got, expected, rtol=1e-5, atol=1e-7)
