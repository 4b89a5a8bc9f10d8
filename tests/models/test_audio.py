"""Sound as a sequence: bands equal to others' bands, readers blind to padding."""

import numpy as np
import pytest
import torch
from torch import nn
from transformers.audio_utils import mel_filter_bank, spectrogram, window_function

from n2t.models import AudioTransformer, AudioTransformerConfig, frames, log_mel
from n2t.models.audio import FLOOR, mel_filters, to_hertz, to_mel

close = {"atol": 1e-10, "rtol": 1e-10}
small = {"d_model": 8, "n_head": 2, "n_layer": 2, "d_ff": 12, "dropout": 0.0}


def made(**options):
    torch.manual_seed(0)
    config = AudioTransformerConfig(5, 7, **(small | options))
    return AudioTransformer(config).double().eval()


def bands(B=3, T=11):
    generator = torch.Generator().manual_seed(1)
    return torch.randn(B, T, 5, dtype=torch.float64, generator=generator)


@pytest.mark.parametrize("size, hop", [(4, 2), (5, 3), (3, 7), (1, 1), (10, 4)])
@pytest.mark.parametrize("samples", [10, 11, 12, 13])
def test_frames_are_slices_and_what_is_left_over_is_dropped(samples, size, hop):
    sound = torch.arange(float(samples)).expand(2, samples)
    got = frames(sound, size, hop)
    wanted = [sound[:, i : i + size] for i in range(0, samples - size + 1, hop)]
    assert torch.equal(got, torch.stack(wanted, 1))
    assert got.shape[1] == 1 + (samples - size) // hop


@pytest.mark.parametrize(
    ("shape", "size", "hop", "said"),
    [((3,), 4, 1, "sound"), ((8,), 0, 1, "size"), ((8,), 4, 0, "hop")],
)
def test_what_cannot_be_framed_is_named(shape, size, hop, said):
    with pytest.raises(ValueError, match=said):
        frames(torch.zeros(shape), size, hop)


def test_mel_and_hertz_are_each_others_inverse():
    hertz = np.array([0.0, 100, 1000, 4000])
    np.testing.assert_allclose(to_hertz(to_mel(hertz)), hertz, atol=1e-9)
    assert abs(to_mel(1000) - 1000) < 0.1


@pytest.mark.parametrize(
    ("n_mel", "size", "rate", "low", "high"),
    [(16, 80, 2000, 250, 1000), (20, 256, 8000, 60, 4000), (40, 400, 16000, 0, 8000)],
)
def test_filters_are_those_of_transformers(n_mel, size, rate, low, high):
    ours = mel_filters(n_mel, size, rate, low, high)
    options = {"norm": None, "mel_scale": "htk"}
    theirs = mel_filter_bank(size // 2 + 1, n_mel, low, high, rate, **options)
    np.testing.assert_allclose(ours, theirs.T, atol=1e-12)


def test_a_band_without_a_frequency_is_refused():
    with pytest.raises(ValueError, match="band 0 of n_mel"):
        mel_filters(40, 64, 8000)
    with pytest.raises(ValueError, match="low"):
        mel_filters(4, 64, 8000, 500, 5000)


@pytest.mark.parametrize("samples", [80, 119, 120, 1234])
def test_log_mel_is_that_of_transformers_and_of_torchs_spectrum(samples):
    sound = np.random.default_rng(0).normal(size=samples)
    filters = mel_filters(12, 80, 2000)
    theirs = spectrogram(
        sound, window_function(80, "hann"), 80, 40, center=False, power=2,
        mel_filters=filters.T, mel_floor=0,
    )  # fmt: skip
    spectrum = torch.stft(
        torch.tensor(sound), 80, 40, center=False, return_complex=True,
        window=torch.hann_window(80, dtype=torch.float64),
    )  # fmt: skip
    options = {"rate": 2000, "size": 80, "hop": 40, "n_mel": 12}
    got = log_mel(torch.tensor(sound), **options).numpy()
    np.testing.assert_allclose(got, np.log(theirs.T + FLOOR), rtol=0, atol=1e-6)
    power = spectrum.abs().square().numpy()
    wanted = np.log(filters @ power + FLOOR).T
    np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-9)


def test_silence_has_a_logarithm():
    options = {"rate": 2000, "size": 80, "hop": 40, "n_mel": 12}
    got = log_mel(torch.zeros(2, 200), **options)
    torch.testing.assert_close(got, torch.full_like(got, float(np.log(FLOOR))))


def test_twice_as_many_frames_as_steps_and_padding_has_no_part():
    model, x = made(), bands()
    lengths = torch.tensor([11, 8, 1])
    log_probs, steps = model.ctc(x, lengths)
    assert log_probs.shape == (3, 6, 7) and steps.tolist() == [6, 4, 1]
    for i, (length, step) in enumerate(zip(lengths, steps, strict=True)):
        alone, _ = model.ctc(x[i : i + 1, :length], length[None])
        torch.testing.assert_close(alone[0], log_probs[i, :step], **close)
    torch.testing.assert_close(
        log_probs.exp().sum(-1), torch.ones(3, 6).double(), **close
    )


def test_the_decoder_sees_no_padding_and_no_later_letter():
    model, x = made(), bands()
    lengths, target = torch.tensor([11, 8, 3]), torch.tensor([[1, 3, 4, 5]] * 3)
    logits = model(x, lengths, target)
    alone = model(x[1:2, :8], lengths[1:2], target[1:2])
    torch.testing.assert_close(alone[0], logits[1], **close)
    changed = target.clone()
    changed[:, 2] = 6
    again = model(x, lengths, changed)
    torch.testing.assert_close(again[:, :2], logits[:, :2], **close)
    assert not torch.allclose(again[:, 2], logits[:, 2])


def test_the_encoder_is_torchs_own_convolutions_and_layers():
    model, x = made(activation="relu", position="none"), bands(2)
    layer = nn.TransformerEncoderLayer(
        8, 2, 12, dropout=0.0, batch_first=True, norm_first=True
    ).double()
    stack = nn.TransformerEncoder(layer, 2, norm=nn.LayerNorm(8).double(),
                                  enable_nested_tensor=False).eval()  # fmt: skip
    for ours, theirs in zip(model.layers, stack.layers, strict=True):
        copy_layer(ours, theirs)
    h = nn.functional.gelu(model.narrow(x.mT))
    h = nn.functional.gelu(model.wide(h)).mT
    got, _ = model.encode(x, torch.tensor([11, 11]))
    torch.testing.assert_close(got, stack(h), **close)


@torch.no_grad()
def copy_layer(ours, theirs):
    """Weights of our encoder layer into torch's."""
    own, forward = ours.self_attention, ours.feed_forward
    projections = (own.project_query, own.project_key, own.project_value)
    theirs.self_attn.in_proj_weight.copy_(torch.cat([p.weight for p in projections]))
    theirs.self_attn.in_proj_bias.copy_(torch.cat([p.bias for p in projections]))
    theirs.self_attn.out_proj.load_state_dict(own.project_output.state_dict())
    theirs.linear1.load_state_dict(forward.expand.state_dict())
    theirs.linear2.load_state_dict(forward.contract.state_dict())


def test_a_saved_reader_reads_alike(tmp_path):
    model, x, lengths = made().float(), bands().float(), torch.tensor([11, 8, 3])
    model.save_pretrained(tmp_path)
    again = AudioTransformer.from_pretrained(tmp_path).eval()
    assert torch.equal(again.ctc(x, lengths)[0], model.ctc(x, lengths)[0])


@pytest.mark.parametrize(
    ("shape", "lengths", "said"),
    [
        ((2, 11, 4), [11, 3], r"bands must be \(B, T, 5\)"),
        ((2, 11, 5), [12, 3], "lengths"),
        ((2, 11, 5), [0, 3], "lengths"),
    ],
)
def test_what_cannot_be_read_is_named(shape, lengths, said):
    with pytest.raises(ValueError, match=said):
        made().encode(torch.zeros(shape).double(), torch.tensor(lengths))


def test_without_a_decoder_there_is_no_decoder_to_ask():
    model = made(n_decoder_layer=0)
    assert not [name for name, _ in model.named_parameters() if "decoder" in name]
    with pytest.raises(ValueError, match="CTC alone"):
        model(bands(), torch.tensor([11, 8, 3]), torch.ones(3, 2, dtype=torch.long))
