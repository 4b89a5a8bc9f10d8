"""Sound in a page: a player that holds its sound itself."""

from __future__ import annotations

import base64
import html
import io
import wave
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Player:
    """A sound to listen to in a notebook, and on a page that needs no other file.

    sound: pressure, any scale: it is made as loud as fits. rate: samples a second;
    browsers want 3,000 at least. label: what is heard, for who sees or hears the page.

    A sample takes one byte, so 8,000 samples a second make about 11 kB a second. That
    hisses softly; louder than the hiss is whatever the sound has to say.
    """

    sound: Any
    rate: int
    label: str

    def __post_init__(self) -> None:
        sound = np.asarray(self.sound)
        if sound.ndim != 1 or not len(sound) or not np.isfinite(sound).all():
            raise ValueError(f"sound {sound.shape} must be a row of finite numbers")
        if not 3000 <= self.rate <= 48000:
            raise ValueError(f"rate ({self.rate}) must be from 3000 to 48000")
        if not self.label:
            raise ValueError("label must say what is heard")

    def wave(self) -> bytes:
        """The sound as a WAV file of 8 bits."""
        sound = np.asarray(self.sound, dtype=float)
        loudest = np.abs(sound).max() or 1.0
        samples = np.round(127.5 + 120 * sound / loudest).astype(np.uint8)
        kept = io.BytesIO()
        with wave.open(kept, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(1)
            file.setframerate(int(self.rate))
            file.writeframes(samples.tobytes())
        return kept.getvalue()

    def __repr__(self) -> str:
        seconds = len(np.asarray(self.sound)) / self.rate
        return f"{self.label} ({seconds:.1f} s of sound)"

    def _repr_html_(self) -> str:
        data = base64.b64encode(self.wave()).decode()
        label = html.escape(self.label)
        return (
            f'<figure class="n2t-player"><figcaption>{label}</figcaption>'
            f'<audio controls preload="metadata" aria-label="{label}" '
            f'src="data:audio/wav;base64,{data}"></audio></figure>'
        )
