"""Every layer that keeps the length obeys the laws of sequences."""

import pytest
import torch
from laws.subjects import SEQUENCES, D, shaken

from n2t import laws
from n2t.blocks import DecoderLayer, EncoderLayer

DTYPES = [torch.float64, torch.float32, torch.bfloat16]
each_dtype = pytest.mark.parametrize("dtype", DTYPES, ids=lambda t: str(t)[6:])


def each_sequence(wanted=lambda subject: True):
    subjects = [subject for subject in SEQUENCES if wanted(subject)]
    return pytest.mark.parametrize("subject", subjects, ids=str)


def made(subject, dtype, B=3, T=7):
    """The module, a function of x, and an x (B, T, D)."""
    module = shaken(subject.make(), dtype)
    x = torch.randn(B, T, D, generator=torch.Generator().manual_seed(1)).to(dtype)
    return module, lambda *args: subject.run(module, *args), x


@each_sequence(lambda s: s.causal)
@each_dtype
def test_the_past_ignores_the_future(subject, dtype):
    _, run, x = made(subject, dtype)
    laws.past_ignores_future(run, x, 4, changed=torch.randn_like(x))
    laws.future_has_no_gradient(run, x, 4)


@each_sequence(lambda s: s.causal)
@each_dtype
def test_padding_after_a_causal_layer_does_not_matter(subject, dtype):
    _, run, x = made(subject, dtype)
    laws.padding_does_not_matter(run, x, torch.randn_like(x[:, :3]))


@each_sequence(lambda s: s.masked)
@each_dtype
def test_masked_padding_does_not_matter(subject, dtype):
    _, run, x = made(subject, dtype)
    T = x.shape[1]

    def masked(x):
        mask = torch.arange(x.shape[1]) < T
        return run(x, mask.expand(len(x), 1, 1, -1))

    laws.padding_does_not_matter(masked, x, torch.randn_like(x[:, :3]))


@each_sequence()
@each_dtype
def test_batch_and_eval_do_not_matter(subject, dtype):
    module, run, x = made(subject, dtype)
    laws.batch_does_not_matter(run, x)
    laws.eval_is_deterministic(module, run, x)
    laws.every_gradient_is_finite(module, run, x.requires_grad_())


@each_sequence(lambda s: s.begin)
@each_dtype
def test_a_cache_does_not_matter(subject, dtype):
    module, run, x = made(subject, dtype)
    for pieces in ([1, 1, 2, 3], [7]):
        laws.cache_does_not_matter(run, lambda: subject.begin(module, x), x, pieces)


@each_sequence(lambda s: s.masked and s.name.startswith("EncoderLayer"))
def test_padding_everywhere_breaks_nothing(subject):
    module, run, x = made(subject, torch.float64)
    nothing = torch.zeros(len(x), 1, 1, x.shape[1], dtype=torch.bool)
    laws.every_gradient_is_finite(module, lambda x: run(x, nothing), x)


@each_sequence(lambda s: isinstance(s.make(), (EncoderLayer, DecoderLayer)))
@each_dtype
def test_pre_and_post_norm_are_what_they_are_called(subject, dtype):
    module, _, x = made(subject, dtype)
    if module.norm_first:
        laws.pre_norm_keeps_the_stream(module, subject.run, x)
    else:
        laws.post_norm_normalizes_the_stream(module, subject.run, x)
