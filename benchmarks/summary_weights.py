"""The networks of chapter 22 as they come with the course: int8, with card and license.

    python -m benchmarks.summary_weights

It takes the jobs that `benchmarks.summaries` trained on docstrings with seed 0 and
chose by their validation loss, and writes `results/weights/docstring_summaries`: one
vocabulary, a folder a network. `tests/benchmarks/test_summary_weights.py` scores
them again.
"""

import json
import shutil

import torch

from benchmarks.summary_models import FOLDER, TASKS, job, load
from n2t.files import file_hash, write_text
from n2t.ledger import places

NAME, ARMS = "docstring_summaries", ("plain", "pointer")
LICENSE = """These weights are under the license of the course's code, Apache-2.0.

They were learned from the docstrings of Python's standard library, NumPy, PyTorch,
scikit-learn and Matplotlib, whose own licenses (the PSF's, BSD, and Matplotlib's, which
is like the PSF's) allow use, change and passing on with their notices. No docstring is
in this folder; the vocabulary is a list of single words.

The weights come as they are, without a warranty of any kind.
"""
CARD = """# Summaries of docstrings

Two Transformers that read the body of a docstring and write its first line, stored as
int8 and read back as float32: `plain` writes words of a list of {words:,}, `pointer`
may also copy words of the text. Both were trained from nothing; chapter 22 of the
course says how, and what they are worth (record `summaries/docstrings`).

- `plain`: {plain[parameters]:,} parameters, {plain[updates]:,} updates, rate
  {plain[rate]:g}; SHA-256 of its weights `{plain[hash]}`
- `pointer`: {pointer[parameters]:,} parameters, {pointer[updates]:,} updates, rate
  {pointer[rate]:g}; SHA-256 of its weights `{pointer[hash]}`

## Use it

```python
from n2t.data.text import Tokenizer
from n2t.models import PointerTransformer

words = Tokenizer.load("results/weights/docstring_summaries/tokenizer.json")
model = PointerTransformer.from_pretrained(
    "results/weights/docstring_summaries/pointer"
)
```

## What it is for

To see what copying mends and what it does not, in the course and in its exercises. It
is not made for any product.

## Limits

It knows docstrings in English and little of those. Most of what it writes is not what
the author wrote; it invents, and it copies names that are not what a text is about. It
read {source} words of a text at most, in lower case.

## Data

The docstrings of the installed versions of the packages that the record's data card
names (`n2t.data.sets.docstrings`); whole modules are held out.

## How it was made

```
python -m benchmarks.summaries --record
python -m benchmarks.summary_weights
```

## License

See `LICENSE`.
"""


def main() -> None:
    """Write the folder anew."""
    task, folder = TASKS["docstrings"], places.ROOT / "results" / "weights" / NAME
    shutil.rmtree(folder, ignore_errors=True)
    facts = {}
    for arm in ARMS:
        jobs = {rate: job(task, arm, rate, 0) for rate in task.rates}
        rate = min(task.rates, key=lambda r: jobs[r]["validation_loss"])
        model, reader = load(task, arm, FOLDER / task.name / f"{arm}-{rate:g}-0")
        model.save_pretrained(folder / arm, dtype=torch.int8)
        reader.tokenizer.save(folder / "tokenizer.json")
        made = file_hash(folder / arm / "model.safetensors")
        facts[arm] = jobs[rate] | {"rate": rate, "hash": made}
    words = reader.tokenizer.vocab_size
    card = CARD.format(words=words, source=task.source, **facts)
    write_text(folder / "README.md", card)
    write_text(folder / "LICENSE", LICENSE)
    print(json.dumps(facts, indent=1))


if __name__ == "__main__":
    main()
