"""Morse sound: timing, tone and noise as promised; a plain receiver can read it."""

import numpy as np
import pytest

from n2t.data.sets import morse

SIGNS = {signs: letter for letter, signs in morse.MORSE.items()}


def receive(sound, words_per_minute):
    """Read a clean sound by its loudness: on and off runs, in units."""
    loud = np.convolve(np.abs(sound), np.ones(20) / 20, mode="same") > 0.3
    edges = np.flatnonzero(np.diff(loud.astype(int))) + 1
    runs = np.split(loud, edges)
    unit = 1.2 / words_per_minute * morse.RATE
    text, signs = "", ""
    for run in runs[1:-1]:
        units = len(run) / unit
        if run[0]:
            signs += "-" if units > 2 else "."
        elif units > 2:
            text, signs = text + SIGNS[signs] + (" " if units > 5 else ""), ""
    return text + SIGNS[signs]


@pytest.mark.parametrize("words_per_minute", [15, 30])
@pytest.mark.parametrize("text", ["SOS", "PARIS 73", "Q0 9 J", morse.ALPHABET])
def test_a_plain_receiver_reads_what_was_sent(text, words_per_minute):
    sound = morse.morse_sound(text, words_per_minute=words_per_minute)
    assert receive(sound, words_per_minute) == text


def test_the_standard_word_has_fifty_units():
    assert len(morse.keying("PARIS PARIS")) - len(morse.keying("PARIS")) == 50


def test_every_letter_has_signs_of_its_own():
    assert len(SIGNS) == len(morse.MORSE) == 36


def test_the_tone_has_the_frequency_asked_for():
    sound = morse.morse_sound("T" * 20, frequency=440.0)
    spectrum = np.abs(np.fft.rfft(sound))
    peak = np.fft.rfftfreq(len(sound), 1 / morse.RATE)[spectrum.argmax()]
    assert abs(peak - 440) < 2


def test_the_noise_has_the_power_asked_for():
    rng = np.random.default_rng(0)
    sound = morse.morse_sound("E", noise_db=-10, silence=(20, 20), generator=rng)
    quiet = sound[: 19 * morse.RATE]
    assert quiet.var() == pytest.approx(0.05, rel=0.05)


def test_clips_have_transcripts_of_their_own_and_none_crosses():
    parts = morse.morse_clips(size=300, held_out=50)
    texts = [[text for _, text in part] for part in parts]
    assert [len(part) for part in texts] == [300, 50, 50]
    assert len(set(sum(texts, []))) == 400
    assert {len(text) for text in sum(texts, [])} == {2, 3, 4, 5}
    assert all(sound.dtype == np.float32 for part in parts for sound, _ in part)


def test_clean_clips_read_as_their_transcripts():
    clips = morse.morse_clips(
        size=20, held_out=0, noise_db=None, words_per_minute=(25, 25)
    )
    assert all(receive(sound, 25) == text for sound, text in clips.train)


def test_equal_seeds_repeat_every_sample_and_others_do_not():
    first, again, other = (
        morse.morse_clips(size=3, held_out=1, seed=seed) for seed in (0, 0, 1)
    )
    for (sound, text), (sound_again, text_again) in zip(
        first.train, again.train, strict=True
    ):
        assert text == text_again
        np.testing.assert_array_equal(sound, sound_again)
    assert [text for _, text in first.train] != [text for _, text in other.train]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"text": "É"}, r"text \('É'\)"),
        ({"text": " "}, "no word"),
        ({"text": "E", "frequency": 1000.0}, r"frequency \(1000.0\)"),
        ({"text": "E", "noise_db": 0.0}, "generator"),
    ],
)
def test_bad_sounds_are_refused_by_name(arguments, words):
    with pytest.raises(ValueError, match=words):
        morse.morse_sound(**arguments)


def test_more_clips_than_texts_is_an_error_not_an_endless_loop():
    with pytest.raises(ValueError, match="half of the texts"):
        morse.morse_clips(size=10, held_out=0, letters=(1, 1), alphabet="AB")
