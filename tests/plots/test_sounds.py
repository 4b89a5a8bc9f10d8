"""A player holds its sound itself, and says what is heard."""

import base64
import io
import re
import wave

import numpy as np
import pytest

from n2t.plots import Player


def test_a_player_holds_a_wav_of_its_sound():
    sound = np.sin(np.linspace(0, 60, 4000))
    page = Player(sound, 8000, 'a "tone" & more')._repr_html_()
    data = re.search(r'src="data:audio/wav;base64,([^"]+)"', page)[1]
    with wave.open(io.BytesIO(base64.b64decode(data))) as file:
        shape = file.getnchannels(), file.getsampwidth(), file.getframerate()
        samples = np.frombuffer(file.readframes(9999), np.uint8).astype(float)
    assert shape == (1, 1, 8000) and len(samples) == 4000
    np.testing.assert_allclose((samples - 127.5) / 120, sound, atol=0.006)
    assert 'aria-label="a &quot;tone&quot; &amp; more"' in page and " controls" in page


def test_silence_can_be_played_and_text_says_how_long():
    assert repr(Player(np.zeros(4000), 8000, "nothing")) == "nothing (0.5 s of sound)"
    assert Player(np.zeros(4000), 8000, "nothing").wave()


@pytest.mark.parametrize(
    ("sound", "rate", "label", "said"),
    [
        ([], 8000, "a", "sound"),
        ([[1.0]], 8000, "a", "sound"),
        ([np.nan], 8000, "a", "sound"),
        ([1.0], 2000, "a", "rate"),
        ([1.0], 8000, "", "label"),
    ],
)
def test_what_cannot_be_played_is_named(sound, rate, label, said):
    with pytest.raises(ValueError, match=said):
        Player(sound, rate, label)


def test_a_sound_is_made_as_loud_as_fits_whatever_its_scale():
    sound = np.sin(np.arange(400) / 3)
    quiet, loud = (
        Player(scale * sound, 8000, "a tone").wave() for scale in (0.01, 500)
    )
    assert quiet == loud
    samples = np.frombuffer(loud[44:], np.uint8)
    assert samples.max() > 240 and samples.min() < 15
