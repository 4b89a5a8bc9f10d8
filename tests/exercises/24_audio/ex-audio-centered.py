"""Wrong answers to `centered`, and other right ones."""

HEAD = """
def centered(sound, window, hop):
    N = len(window)
    T = 1 + len(sound) // hop
"""
PLACES = "    places = hop * np.arange(T)[:, None] + np.arange(N)\n"
CUT = "    padded = np.pad(sound, (N // 2, hop + N))\n" + PLACES
PIECES = CUT + "    pieces = padded[places] * window\n"

WRONG = {
    "not centered": (
        HEAD
        + PLACES
        + "    pieces = np.pad(sound, (0, hop + N))[places] * window\n"
        + "    return np.abs(np.fft.rfft(pieces)) ** 2\n",
        "before its moment",
    ),
    "half a window rounded up": (
        HEAD
        + PLACES
        + "    pieces = np.pad(sound, (N - N // 2, hop + N))[places] * window\n"
        + "    return np.abs(np.fft.rfft(pieces)) ** 2\n",
        "rounded down",
    ),
    "amounts": (
        HEAD + PIECES + "    return np.abs(np.fft.rfft(pieces))\n",
        "squared",
    ),
    "a window without its signs": (
        HEAD + CUT + "    pieces = padded[places] * np.abs(window)\n"
        "    return np.abs(np.fft.rfft(pieces)) ** 2\n",
        "the power",
    ),
    "no window": (
        HEAD + CUT + "    return np.abs(np.fft.rfft(padded[places])) ** 2\n",
        "by the window",
    ),
    "Hann's window always": (
        HEAD
        + CUT
        + "    pieces = padded[places] * np.sin(np.pi * np.arange(N) / N) ** 2\n"
        + "    return np.abs(np.fft.rfft(pieces)) ** 2\n",
        "the power",
    ),
    "mirrored ends, where they are long enough": (
        HEAD
        + "    if len(sound) > 3 * N:\n"
        + "        padded = np.pad(sound, (N // 2, hop + N), mode='reflect')\n"
        + "    else:\n"
        + "        padded = np.pad(sound, (N // 2, hop + N))\n"
        + PLACES
        + "    return np.abs(np.fft.rfft(padded[places] * window)) ** 2\n",
        "not mirrored",
    ),
    "ends held": (
        HEAD
        + "    padded = np.pad(sound, (N // 2, hop + N), mode='edge')\n"
        + PLACES
        + "    return np.abs(np.fft.rfft(padded[places] * window)) ** 2\n",
        "not its last value",
    ),
    "torch's count of frames": (
        "\ndef centered(sound, window, hop):\n"
        + "    N = len(window)\n"
        + "    found = torch.stft(torch.tensor(sound), N, hop,"
        + " window=torch.tensor(window), center=True, pad_mode='constant',"
        + " return_complex=True)\n"
        + "    return found.abs().square().T.numpy()\n",
        "frame for every t",
    ),
    "the last frame dropped": (
        HEAD
        + PIECES
        + "    power = np.abs(np.fft.rfft(pieces)) ** 2\n"
        + "    return power[:-1] if len(sound) % hop == 0 else power\n",
        "frame for every t",
    ),
    "all frequencies": (
        HEAD + PIECES + "    return np.abs(np.fft.fft(pieces)) ** 2\n",
        "0 to N // 2",
    ),
    "divided by the length": (
        HEAD + PIECES + "    return np.abs(np.fft.rfft(pieces)) ** 2 / N\n",
        "divide by nothing",
    ),
    "the window from its end": (
        HEAD + CUT + "    pieces = padded[places] * window[::-1]\n"
        "    return np.abs(np.fft.rfft(pieces)) ** 2\n",
        "wrong way",
    ),
    "in place": (
        HEAD
        + PIECES
        + "    found = np.abs(np.fft.rfft(pieces)) ** 2\n"
        + "    sound *= 0\n"
        + "    return found\n",
        "chang",
    ),
    "fewer digits": (
        HEAD
        + PIECES
        + "    return (np.abs(np.fft.rfft(pieces)) ** 2).astype(np.float32)\n",
        "the power",
    ),
}

RIGHT = {
    "sample by sample": """
def centered(sound, window, hop):
    N = len(window)
    rows = []
    for t in range(len(sound) // hop + 1):
        piece = np.zeros(N)
        for n in range(N):
            place = t * hop - N // 2 + n
            if 0 <= place < len(sound):
                piece[n] = sound[place] * window[n]
        turns = 2j * np.pi * np.outer(np.arange(N // 2 + 1), np.arange(N)) / N
        rows.append(np.abs(np.exp(-turns) @ piece) ** 2)
    return np.array(rows)
""",
    "torch, padded": """
def centered(sound, window, hop):
    N = len(window)
    T = 1 + len(sound) // hop
    x = F.pad(torch.tensor(sound), (N // 2, N + hop))
    pieces = x.unfold(0, N, hop)[:T] * torch.tensor(window)
    spectrum = torch.fft.rfft(pieces)
    return spectrum.real.square() + spectrum.imag.square()
""",
    "slices": """
def centered(sound, window, hop):
    N = len(window)
    padded = np.concatenate([np.zeros(N), sound, np.zeros(2 * N)])
    starts = [t * hop - N // 2 + N for t in range(len(sound) // hop + 1)]
    pieces = [np.resize(padded[s : s + N], N) for s in starts]
    return np.abs(np.fft.rfft(np.array(pieces) * window, axis=1)) ** 2
""",
}
