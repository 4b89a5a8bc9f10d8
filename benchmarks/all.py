"""Every measurement of the appendix "Measured" that is one of speed, recorded.

    N2T_DATA=... n2t bench all --record --threads 2

Each benchmark is a process of its own, one after another; without `--record` they
print and nothing is kept. On two idle cores it takes about ten minutes.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

from benchmarks import recording

ROUNDS = {"steps": 8, "memory": 3, "decoding": 10, "padding": 1}


def main() -> None:
    """Run the benchmarks; stop at the first that fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    recording.add_options(parser, rounds=0)
    parser.add_argument("--only", choices=ROUNDS, nargs="+", default=list(ROUNDS))
    options = parser.parse_args()
    for what in options.only:
        words = [sys.executable, "-m", f"benchmarks.{what}", "--clock", options.clock]
        words += ["--rounds", str(options.rounds or ROUNDS[what])]
        words += ["--threads", str(options.threads)] if options.threads else []
        words += ["--record"] if options.record else []
        start = time.perf_counter()
        subprocess.run(words, check=True)
        print(f"{what}: {time.perf_counter() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
