"""Morse code to text, with noise and at speeds that were never trained.

    python -m benchmarks.morse [--seeds 2] [--record]

Clips of two to five letters (`n2t.data.sets.morse`, all 36 signs, 20 to 30 words a
minute, noise of -15 to 0 dB) train one encoder that is read out in two ways, by CTC and
by a decoder, from the sum of both losses. Each way has its own best rate, the one with
the lowest mean error rate on validation clips. A third reader learns nothing: it finds
the tone, takes its loudness, and measures how long it is on and off. All read the same
test clips: texts that none was trained on, at every speed with noise of the training's
range, and with every noise at speeds of the training's range. `--record` writes
`morse/readers` to the ledger: the edits for each letter. Two models train at a time,
one thread each.
"""

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import product
from multiprocessing import get_context

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from n2t import ledger
from n2t._special_ids import BOS, EOS, PAD
from n2t.data.sets import morse
from n2t.decoding.ctc import best_path
from n2t.metrics.edits import character_error_rate
from n2t.models.audio import AudioTransformer, AudioTransformerConfig, log_mel

NAME = "morse/readers"
BANDS = {"rate": morse.RATE, "size": 64, "hop": 32, "n_mel": 16, "low": 250.0}
SIZES = {"d_model": 64, "n_head": 4, "n_layer": 2, "d_ff": 128, "dropout": 0.0,
         "n_decoder_layer": 1}  # fmt: skip
RATES = (2e-3, 5e-3)
READERS = ("ctc", "decoder")
UPDATES, BATCH, WARMUP, DECAY = 2500, 24, 100, 0.01
CLIPS, HELD_OUT, LETTERS = 6000, 200, (2, 5)
SPEEDS, NOISES = (20.0, 30.0), (-15.0, 0.0)
SPEED_GRID = (10, 15, 20, 25, 30, 35, 40, 50)
NOISE_GRID = (-20, -15, -10, -5, 0, 5, 10)
FIRST = 3  # id of the first letter: 0 pads (and is CTC's blank), 1 begins, 2 ends


def bands_of(sound: np.ndarray) -> torch.Tensor:
    """The log-mel bands (T, 16) of a clip."""
    return log_mel(torch.from_numpy(sound), **BANDS)


def spelled(text: str) -> list[int]:
    """The ids of a text."""
    return [morse.ALPHABET.index(letter) + FIRST for letter in text]


def read_out(ids: list[int]) -> str:
    """The text of ids; those of no letter are dropped."""
    return "".join(morse.ALPHABET[i - FIRST] for i in ids if i >= FIRST)


class Clips:
    """Clips as bands and ids, centered and scaled by the training clips."""

    def __init__(self, clips: list, scale: tuple | None = None):
        self.sounds = [sound for sound, _ in clips]
        self.texts = [text for _, text in clips]
        bands = [bands_of(sound) for sound in self.sounds]
        together = torch.cat(bands)
        self.scale = scale or (together.mean(), together.std())
        self.bands = [(each - self.scale[0]) / self.scale[1] for each in bands]
        self.ids = [spelled(text) for text in self.texts]

    def batch(self, rows) -> tuple[torch.Tensor, torch.Tensor]:
        """Padded bands, and their lengths."""
        chosen = [self.bands[i] for i in rows]
        lengths = torch.tensor([len(each) for each in chosen])
        return nn.utils.rnn.pad_sequence(chosen, batch_first=True), lengths

    def targets(self, rows, *, bos=False, eos=False) -> torch.Tensor:
        """Padded ids (B, Tt), with a beginning or an end."""
        ids = [[BOS] * bos + self.ids[i] + [EOS] * eos for i in rows]
        padded = [torch.tensor(row) for row in ids]
        return nn.utils.rnn.pad_sequence(padded, batch_first=True, padding_value=PAD)


def loss_of(model: AudioTransformer, clips: Clips, rows) -> torch.Tensor:
    """CTC's loss a letter, and the decoder's, together."""
    memory, lengths = model.encode(*clips.batch(rows))
    log_probs = model.speak(memory).log_softmax(-1)
    sizes = torch.tensor([len(clips.ids[i]) for i in rows])
    ctc = F.ctc_loss(log_probs.transpose(0, 1), clips.targets(rows), lengths, sizes,
                     zero_infinity=True)  # fmt: skip
    logits = model.answer(clips.targets(rows, bos=True), memory, lengths)
    wanted = clips.targets(rows, eos=True).flatten()
    return ctc + F.cross_entropy(logits.flatten(0, 1), wanted, ignore_index=PAD)


@torch.no_grad()
def texts_of(arm: str, model: AudioTransformer, clips: Clips) -> list[str]:
    """What a model reads in clips: its best path, or greedily letter by letter."""
    found = []
    for begin in range(0, len(clips.ids), 50):
        rows = range(begin, min(begin + 50, len(clips.ids)))
        given = clips.batch(rows)
        if arm == "ctc":
            found += [read_out(ids) for ids in best_path(*model.ctc(*given))]
            continue
        memory = model.encode(*given)
        ids = torch.full((len(rows), 1), BOS)
        for _ in range(2 * LETTERS[1]):
            following = model.answer(ids, *memory)[:, -1].argmax(-1)
            ids = torch.cat([ids, following[:, None]], 1)
        ended = [row[: (row + [EOS]).index(EOS)] for row in ids[:, 1:].tolist()]
        found += [read_out(row) for row in ended]
    return found


def trained(clips: Clips, rate: float, seed: int) -> AudioTransformer:
    """A model after all updates: AdamW, a warm-up, half a cosine down to 0."""
    torch.manual_seed(seed)
    draws = np.random.default_rng(seed)
    vocabulary = FIRST + len(morse.ALPHABET)
    config = AudioTransformerConfig(16, vocabulary, max_length=800, **SIZES)
    model = AudioTransformer(config)
    adam = torch.optim.AdamW(model.parameters(), weight_decay=DECAY)
    for step in range(1, UPDATES + 1):
        share = 0.5 + 0.5 * np.cos(np.pi * step / UPDATES)
        adam.param_groups[0]["lr"] = rate * min(step / WARMUP, share)
        loss = loss_of(model, clips, draws.integers(len(clips.ids), size=BATCH))
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()
        if step % 100 == 0:
            print(rate, seed, step, round(loss.item(), 3), flush=True)
    return model.eval()


def by_rule(sound: np.ndarray) -> str:
    """A receiver without training: find the tone, and measure on and off."""
    spectrum = np.abs(np.fft.rfft(sound))
    frequencies = np.fft.rfftfreq(len(sound), 1 / morse.RATE)
    spectrum[(frequencies < 350) | (frequencies > 850)] = 0
    tone = frequencies[spectrum.argmax()]
    turning = np.exp(-2j * np.pi * tone * np.arange(len(sound)) / morse.RATE)
    window = np.hanning(60)  # 30 ms
    loud = np.abs(np.convolve(sound * turning, window / window.sum(), mode="same"))
    on = loud > np.quantile(loud, (0.05, 0.95)).mean()
    edges = np.flatnonzero(np.diff(on.astype(int)))
    runs = np.diff(edges)  # the first is on: a clip begins with silence
    if len(runs) == 0:
        return ""
    best = min((misfit(runs, unit), unit) for unit in UNITS)
    return signs_of(runs, on[edges[0] + 1], best[1])


UNITS = 1.2 / np.arange(8, 61) * morse.RATE  # samples a unit, of 8 to 60 words a minute


def misfit(runs: np.ndarray, unit: float) -> float:
    """How far lengths are from one unit or three, as logarithms."""
    logs = np.log(runs / unit)
    return float(np.minimum(np.abs(logs), np.abs(logs - np.log(3))).mean())


def signs_of(runs: np.ndarray, first: bool, unit: float) -> str:
    """The text of run lengths; signs that are none are left out."""
    letters = {signs: letter for letter, signs in morse.MORSE.items()}
    text, signs, on = "", "", bool(first)
    for length in runs:
        long = length > 1.75 * unit
        if on:
            signs += "-" if long else "."
        elif long:
            text, signs = text + letters.get(signs, ""), ""
        on = not on
    return text + letters.get(signs, "")


def tests(seed: int = 9) -> dict[str, list]:
    """Test clips by their name: one speed each, or one noise each."""
    options = {"size": 1, "held_out": HELD_OUT, "letters": LETTERS}
    found = {}
    for speed in SPEED_GRID:
        slow = {"words_per_minute": (speed, speed), "noise_db": NOISES}
        found[f"speed_{speed}"] = morse.morse_clips(**options, **slow, seed=seed).test
    for noise in NOISE_GRID:
        loud = {"words_per_minute": SPEEDS, "noise_db": (noise, noise)}
        name = f"noise_{noise}".replace("-", "minus_")
        found[name] = morse.morse_clips(**options, **loud, seed=seed).test
    return found


def without(clips: list, sets: dict[str, list]) -> list:
    """Clips whose text is in no test set."""
    texts = {text for some in sets.values() for _, text in some}
    return [clip for clip in clips if clip[1] not in texts]


@cache
def prepared() -> tuple[Clips, Clips, dict[str, Clips]]:
    """Clips to learn from, to choose by, and to test with."""
    ranges = {"words_per_minute": SPEEDS, "noise_db": NOISES, "letters": LETTERS}
    parts = morse.morse_clips(size=CLIPS, held_out=HELD_OUT, **ranges)
    sets = tests()
    training = Clips(without(parts.train, sets))
    validation = Clips(parts.validation, training.scale)
    sets = {name: Clips(clips, training.scale) for name, clips in sets.items()}
    return training, validation, sets


def error_rates(rate: float, seed: int) -> dict[str, dict[str, float]]:
    """Each reader's edits for each letter: of validation, and of every test set."""
    torch.set_num_threads(1)
    training, validation, sets = prepared()
    model = trained(training, rate, seed)
    found = {}
    for arm in READERS:
        found[arm] = {
            name: float(character_error_rate(texts_of(arm, model, clips), clips.texts))
            for name, clips in {"validation": validation, **sets}.items()
        }
        print(arm, rate, seed, found[arm], flush=True)
    return found


def measure(seeds: int) -> tuple[dict, dict]:
    """Error rates by reader and test set, a value a seed; and the rates chosen."""
    pairs = list(product(RATES, range(seeds)))
    columns = zip(*pairs, strict=True)
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        found = dict(zip(pairs, pool.map(error_rates, *columns), strict=True))
    metrics, chosen = {}, {}
    for arm in READERS:
        of = {rate: [found[rate, n][arm] for n in range(seeds)] for rate in RATES}
        mean = {r: float(np.mean([one["validation"] for one in of[r]])) for r in RATES}
        chosen[arm] = best = min(mean, key=mean.get)
        for name in of[best][0]:
            metrics[f"{arm}_{name}"] = [one[name] for one in of[best]]
    for name, clips in prepared()[2].items():
        heard = [by_rule(sound) for sound in clips.sounds]
        metrics[f"rule_{name}"] = [
            float(character_error_rate(heard, clips.texts))
        ] * seeds
    for name, values in metrics.items():
        print(name, *(f"{value:.3f}" for value in values), flush=True)
    return metrics, chosen


def main(arguments: list[str] | None = None) -> None:
    """Train and test every reader; print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--record", action="store_true", help="write to results/")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    began = time.perf_counter()
    metrics, chosen = measure(options.seeds)
    if options.record:
        ledger.record(
            NAME,
            task="morse",
            command=f"python -m benchmarks.morse --seeds {options.seeds} --record",
            configuration={
                "bands": BANDS,
                "transformer": SIZES,
                "rates": list(RATES),
                "updates": UPDATES,
                "batch": BATCH,
                "decay": DECAY,
                "clips": CLIPS,
                "letters": list(LETTERS),
                "speeds": list(SPEEDS),
                "noises": list(NOISES),
                "speed_grid": list(SPEED_GRID),
                "noise_grid": list(NOISE_GRID),
                "test_clips": HELD_OUT,
                "chosen": chosen,
            },
            seeds=range(options.seeds),
            metrics=metrics,
            versions={"torch": torch.__version__, "numpy": np.__version__},
            sources=ledger.sources_of(__file__),
            wall_seconds=time.perf_counter() - began,
        )


if __name__ == "__main__":
    main()
