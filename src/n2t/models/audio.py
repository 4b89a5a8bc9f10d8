"""Sound as a sequence: log-mel spectrograms, and Transformers that read them.

Sound is cut into frames that overlap, each frame becomes the loudness of a few bands
of pitch, and from there on sound is what a sentence is: a row of vectors.

>>> import torch
>>> bands = log_mel(torch.randn(2, 2000), rate=2000, size=64, hop=32, n_mel=16)
>>> bands.shape                                  # (B, T, n_mel)
torch.Size([2, 61, 16])
>>> sizes = {"d_model": 16, "n_head": 4, "n_layer": 2, "d_ff": 32}
>>> model = AudioTransformer(AudioTransformerConfig(16, 12, **sizes))
>>> log_probs, lengths = model.ctc(bands, torch.tensor([61, 40]))
>>> log_probs.shape, lengths.tolist()            # half as many steps as frames
(torch.Size([2, 31, 12]), [31, 20])
>>> model(bands, torch.tensor([61, 40]), torch.tensor([[1, 5], [1, 7]])).shape
torch.Size([2, 2, 12])
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Annotated

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Float64, Int
from torch import Tensor, nn

from n2t._checks import check_ids, check_positive, check_size
from n2t._fields import Count, OneOf, Size
from n2t._special_ids import PAD
from n2t.blocks import ACTIVATIONS, DecoderLayer, EncoderLayer, make_norm
from n2t.models.configuration import StackConfig, check_special_ids
from n2t.models.embedding import Embedding
from n2t.models.recording import ShowsAttention
from n2t.models.saving import Pretrained
from n2t.positions import make_positions

Number = int | float
FLOOR = 1e-6  # power below which a band counts as silent


def frames(
    sound: Float[Tensor, "... samples"], size: int, hop: int
) -> Float[Tensor, "... frames size"]:
    """Pieces of `size` samples, one every `hop` samples; what is left over is dropped.

    Of n samples, n >= size, come 1 + (n - size) // hop frames. Raises ValueError for a
    sound that is shorter than one frame.
    """
    check_size("size", size)
    check_size("hop", hop)
    if sound.dim() < 1 or sound.shape[-1] < size:
        raise ValueError(
            f"sound {tuple(sound.shape)} must have at least size ({size}) samples"
        )
    return sound.unfold(-1, size, hop)


def to_mel(hertz):
    """Pitch on the mel scale, 2595 log10(1 + f / 700): about linear to 1 kHz."""
    return 2595 * np.log10(1 + np.asarray(hertz, dtype=float) / 700)


def to_hertz(mel):
    """The frequency of a pitch on the mel scale."""
    return 700 * (10 ** (np.asarray(mel, dtype=float) / 2595) - 1)


def mel_filters(
    n_mel: int,
    size: int,
    rate: Number,
    low: Number = 0.0,
    high: Number | None = None,
) -> Float64[np.ndarray, "bands frequencies"]:
    """Triangles (n_mel, size // 2 + 1) that gather a spectrum's power into bands.

    Their corners lie evenly on the mel scale from `low` to `high` hertz, half of `rate`
    by default; each rises from its left neighbor's peak to 1 and falls to its right
    neighbor's. Raises ValueError for a band that no frequency falls into.
    """
    check_size("n_mel", n_mel)
    check_size("size", size)
    check_positive("rate", rate)
    high = rate / 2 if high is None else high
    if not 0 <= low < high <= rate / 2:
        raise ValueError(f"low ({low}) and high ({high}) must be 0 to {rate / 2}")
    corners = to_hertz(np.linspace(to_mel(low), to_mel(high), n_mel + 2))
    frequencies = np.arange(size // 2 + 1) * rate / size
    left, peak, right = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    up = (frequencies - left) / (peak - left)
    down = (right - frequencies) / (right - peak)
    filters = np.maximum(0, np.minimum(up, down))
    if not (filters.sum(1) > 0).all():
        band = int(np.argmin(filters.sum(1)))
        raise ValueError(
            f"band {band} of n_mel ({n_mel}) holds no frequency: take fewer bands or a "
            f"larger size ({size})"
        )
    return filters


def log_mel(
    sound: Float[Tensor, "... samples"],
    *,
    rate: Number,
    size: int,
    hop: int,
    n_mel: int,
    low: Number = 0.0,
    high: Number | None = None,
) -> Float[Tensor, "... frames bands"]:
    """The logarithm of each frame's power in each mel band: (..., T, n_mel).

    A frame is multiplied by Hann's window, sin²(π n / size), before its spectrum is
    taken. `FLOOR` is added to each band's power, so that silence has a logarithm.
    """
    window = torch.hann_window(size, dtype=sound.dtype, device=sound.device)
    power = torch.fft.rfft(frames(sound, size, hop) * window).abs().square()
    filters = torch.tensor(mel_filters(n_mel, size, rate, low, high))
    return (power @ filters.to(power).mT + FLOOR).log()


@dataclass(frozen=True)
class AudioTransformerConfig(StackConfig):
    """An `AudioTransformer`'s sizes.

    n_mel: bands of a frame. vocab_size: ids that it can say.
    n_decoder_layer: by default n_layer; 0 for CTC alone.
    pad_id: what pads a target, and CTC's blank.
    The other fields are `StackConfig`'s; max_length counts steps, two frames each.
    """

    n_mel: Size
    vocab_size: Size
    _: KW_ONLY
    n_decoder_layer: Count | None = None
    pad_id: Count = PAD
    norm_first: bool = True
    activation: Annotated[str, OneOf(ACTIVATIONS)] = "gelu"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_special_ids(self, "pad_id", self.vocab_size)


class AudioTransformer(Pretrained, ShowsAttention, nn.Module):
    """Frames to text, in two ways over one encoder.

    `ctc` says something at every step; `forward` is an encoder-decoder's, as
    `n2t.models.Transformer`'s, and trains as it does.
    """

    config_class = AudioTransformerConfig

    def __init__(self, config: AudioTransformerConfig):
        super().__init__()
        if not isinstance(config, AudioTransformerConfig):
            raise TypeError(f"config must be an AudioTransformerConfig, got {config!r}")
        self.config, D = config, config.d_model
        self.narrow = nn.Conv1d(config.n_mel, D, 5, stride=2, padding=2)
        self.wide = nn.Conv1d(D, D, 5, padding=2)
        self.positions = make_positions(**config.position_options())
        options = config.layer_options()
        count = config.n_decoder_layer
        count = config.n_layer if count is None else count
        self.layers = nn.ModuleList(
            EncoderLayer(**options) for _ in range(config.n_layer)
        )
        self.norm = self._last_norm()
        self.speak = nn.Linear(D, config.vocab_size)
        if count:
            self.embedding = Embedding(config, config.vocab_size)
            self.decoder_layers = nn.ModuleList(
                DecoderLayer(**options) for _ in range(count)
            )
            self.decoder_norm = self._last_norm()
            self.output = nn.Linear(D, config.vocab_size)

    def _last_norm(self) -> nn.Module:
        config = self.config
        final = make_norm(config.norm, config.d_model, config.norm_epsilon)
        return final if config.norm_first else nn.Identity()

    def encode(
        self, bands: Float[Tensor, "batch frames bands"], lengths: Int[Tensor, " batch"]
    ) -> tuple[Float[Tensor, "batch steps d_model"], Int[Tensor, " batch"]]:
        """Features (B, S, d_model) of frames (B, T, n_mel), and how many are real.

        `lengths` says how many frames of each row are sound; S is T / 2, rounded up.
        What lies behind them has no part in any feature.
        """
        self._check(bands, lengths)
        x = (bands * _real(lengths, bands.shape[1])[..., None]).mT
        lengths = (lengths + 1) // 2
        x = F.gelu(self.narrow(x))  # (B, D, S)
        real = _real(lengths, x.shape[2])
        x = F.gelu(self.wide(x * real[:, None])).mT
        x = self.positions.embed(x)
        positions, mask = self.positions.for_one_pass(), real[:, None, None]
        for layer in self.layers:
            x = layer(x, mask, positions=positions)
        return self.norm(x), lengths

    def ctc(
        self, bands: Float[Tensor, "batch frames bands"], lengths: Int[Tensor, " batch"]
    ) -> tuple[Float[Tensor, "batch steps vocabulary"], Int[Tensor, " batch"]]:
        """Log probabilities (B, S, V) at every step, for `n2t.decoding.ctc`."""
        memory, lengths = self.encode(bands, lengths)
        return self.speak(memory).log_softmax(-1), lengths

    def forward(
        self,
        bands: Float[Tensor, "batch frames bands"],
        lengths: Int[Tensor, " batch"],
        target: Int[Tensor, "batch target"],
    ) -> Float[Tensor, "batch target vocabulary"]:
        """Logits (B, Tt, V) of the id that follows each of `target` (B, Tt)."""
        return self.answer(target, *self.encode(bands, lengths))

    def answer(
        self,
        target: Int[Tensor, "batch target"],
        memory: Float[Tensor, "batch steps d_model"],
        lengths: Int[Tensor, " batch"],
    ) -> Float[Tensor, "batch target vocabulary"]:
        """`forward` from features that `encode` gave."""
        if not hasattr(self, "decoder_layers"):
            raise ValueError("n_decoder_layer (0) gives CTC alone: ask `ctc`")
        check_ids("target", target, self.config.vocab_size)
        mask = _real(lengths, memory.shape[1])[:, None, None]
        x = self.embedding(target)
        positions = self.embedding.positions.for_one_pass()
        for layer in self.decoder_layers:
            x = layer(x, memory, mask, positions=positions)
        return self.output(self.decoder_norm(x))

    def _check(self, bands: Tensor, lengths: Tensor) -> None:
        n_mel = self.config.n_mel
        if bands.dim() != 3 or bands.shape[-1] != n_mel:
            raise ValueError(f"bands must be (B, T, {n_mel}), got {tuple(bands.shape)}")
        B, T, _ = bands.shape
        if lengths.shape != (B,) or bool(((lengths < 1) | (lengths > T)).any()):
            raise ValueError(f"lengths must be (B,), each 1 to {T}, got {lengths}")


def _real(lengths: Tensor, size: int) -> Tensor:
    """Which of `size` steps are real: (B, size), True before each row's length."""
    return torch.arange(size, device=lengths.device) < lengths[:, None]
