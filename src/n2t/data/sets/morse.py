"""Morse code as sound: speech recognition small enough to understand.

A clip is a tone switched on and off, at a speed, pitch and loudness of its own,
with silence around it and noise over it. Its transcript is exact. Signs and timing
are those of Recommendation ITU-R M.1677-1.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from n2t.data.sets.splits import Splits

MORSE = {
    "A": ".-", "B": "-...", "C": "-.-.", "D": "-..", "E": ".", "F": "..-.",
    "G": "--.", "H": "....", "I": "..", "J": ".---", "K": "-.-", "L": ".-..",
    "M": "--", "N": "-.", "O": "---", "P": ".--.", "Q": "--.-", "R": ".-.",
    "S": "...", "T": "-", "U": "..-", "V": "...-", "W": ".--", "X": "-..-",
    "Y": "-.--", "Z": "--..", "0": "-----", "1": ".----", "2": "..---",
    "3": "...--", "4": "....-", "5": ".....", "6": "-....", "7": "--...",
    "8": "---..", "9": "----.",
}  # fmt: skip

RATE = 2000  # samples a second: enough for tones below 1 kHz
ALPHABET = "".join(MORSE)

Sound = Float32[np.ndarray, " samples"]
Number = int | float


def keying(text: str) -> str:
    """``text`` as a row of units, ``=`` on and ``.`` off.

    A dash lasts three units; the gap is one unit between signs, three between
    letters, seven between words.

    >>> keying("AN I")
    '=.===...===.=.......=.='
    """
    words = text.upper().split()
    unknown = sorted(set("".join(words)) - set(MORSE))
    if unknown or not words:
        raise ValueError(
            f"text ({text!r}) must be words of the letters A-Z and digits; "
            f"it has {unknown or 'no word'}"
        )
    marks = {".": "=", "-": "==="}
    return ".......".join(
        "...".join(".".join(marks[sign] for sign in MORSE[letter]) for letter in word)
        for word in words
    )


def morse_sound(
    text: str,
    *,
    words_per_minute: Number = 25.0,
    frequency: Number = 600.0,
    noise_db: Number | None = None,
    silence: tuple[Number, Number] = (0.1, 0.1),
    rate: int = RATE,
    generator: np.random.Generator | None = None,
) -> Sound:
    """The sound of ``text``, float32, shape (samples,); the tone has amplitude 1.

    Args:
        text: words of letters and digits.
        words_per_minute: speed; a unit lasts 1.2 s divided by it, because the
            standard word PARIS has 50 units.
        frequency: of the tone, in hertz; below half of ``rate``.
        noise_db: power of the white noise relative to the tone's, in decibels (0:
            as strong as the tone); None for no noise.
        silence: seconds before and after.
        rate: samples a second.
        generator: where the noise and the tone's phase come from; needed for noise.

    Raises:
        ValueError: text that Morse cannot send, a frequency that ``rate`` cannot
            hold, or noise without a generator.
    """
    if not 0 < frequency < rate / 2:
        raise ValueError(f"frequency ({frequency}) must lie between 0 and {rate / 2}")
    if noise_db is not None and generator is None:
        raise ValueError("generator (None) must be given when noise_db is")
    envelope = _envelope(keying(text), 1.2 / words_per_minute * rate, silence, rate)
    phase = 0.0 if generator is None else generator.uniform(0, 2 * np.pi)
    times = np.arange(len(envelope)) / rate
    sound = envelope * np.sin(2 * np.pi * frequency * times + phase)
    if noise_db is not None:
        power = 0.5 * 10 ** (noise_db / 10)  # a sine of amplitude 1 has power 1/2
        sound = sound + generator.normal(scale=power**0.5, size=len(sound))
    return sound.astype(np.float32)


def _envelope(
    units: str, unit: float, silence: tuple[Number, Number], rate: int
) -> np.ndarray:
    """Loudness of the tone, (samples,): each of ``units`` lasts ``unit`` samples."""
    on = np.array([each == "=" for each in units], dtype=float)
    before, after = (round(seconds * rate) for seconds in silence)
    samples = np.arange(round(len(on) * unit))
    loud = np.pad(
        on[np.minimum(samples / unit, len(on) - 1).astype(int)], (before, after)
    )
    ramp = np.hanning(max(3, round(0.005 * rate)))  # 5 ms, or every edge clicks
    return np.convolve(loud, ramp / ramp.sum(), mode="same")


def morse_clips(
    *,
    size: int = 2000,
    held_out: int = 200,
    letters: tuple[int, int] = (2, 5),
    alphabet: str = ALPHABET,
    words_per_minute: tuple[Number, Number] = (20.0, 30.0),
    frequencies: tuple[Number, Number] = (400.0, 800.0),
    noise_db: tuple[Number, Number] | None = (-20.0, -5.0),
    seed: int = 0,
) -> Splits[tuple[Sound, str]]:
    """Noisy clips of random letters with their transcripts: ``(sound, text)``.

    Args:
        size: how many training clips.
        held_out: how many validation clips, and as many test clips.
        letters: fewest and most letters in a clip. No text occurs twice.
        alphabet: the letters to draw from.
        words_per_minute: slowest and fastest.
        frequencies: lowest and highest tone, in hertz.
        noise_db: weakest and strongest noise, as in :func:`morse_sound`; None for
            clean sound.
        seed: equal seeds give equal clips in equal order.

    Raises:
        ValueError: fewer different texts than clips, or a range that
            :func:`morse_sound` refuses.
    """
    rng = np.random.default_rng(seed)

    def sound(text: str) -> Sound:
        return morse_sound(
            text,
            words_per_minute=rng.uniform(*words_per_minute),
            frequency=rng.uniform(*frequencies),
            noise_db=None if noise_db is None else rng.uniform(*noise_db),
            silence=tuple(rng.uniform(0.05, 0.3, size=2)),
            generator=rng,
        )

    texts = _texts(rng, size + 2 * held_out, letters, alphabet)
    clips = [(sound(text), text) for text in texts]
    return Splits(
        clips[2 * held_out :], clips[:held_out], clips[held_out : 2 * held_out]
    )


def _texts(
    rng: np.random.Generator, total: int, letters: tuple[int, int], alphabet: str
) -> list[str]:
    """``total`` different random texts."""
    fewest, most = letters
    supply = sum(len(set(alphabet)) ** n for n in range(fewest, most + 1))
    if not 0 < 2 * total <= supply or fewest < 1:
        raise ValueError(
            f"size + 2 x held_out ({total}) must be from 1 to {supply // 2}, half of "
            f"the texts of {fewest} to {most} letters"
        )
    texts: dict[str, None] = {}
    while len(texts) < total:
        count = rng.integers(fewest, most + 1)
        texts["".join(rng.choice(list(alphabet), size=count))] = None
    return list(texts)
