"""The encoder of chapter 20 as a folder of small weights: int8, card, license.

`python -m benchmarks.sentiment --record` writes it. The texts that it learned from are
not in it; its license is that of the course's code, and the texts' own is MIT.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from n2t.data.text import Tokenizer
from n2t.files import file_hash, write_text
from n2t.ledger import places
from n2t.models.encoder_only import EncoderOnly

NAME = "sentiment_masked"
CARD = """# An encoder that fills in hidden words of opinions

An `EncoderOnly` of {parameters:,} parameters, stored as int8 in {megabytes:.1f} MB and
read back as float32. It learned to fill in hidden tokens of {sentences:,} snippets of
tweets, product reviews and editorials, without their ratings. Chapter 20 of the course
starts from it.

## Use it

```python
from n2t import ledger
from n2t.data.text import Tokenizer
from n2t.models import EncoderOnly

folder = ledger.weights("{name}")
model = EncoderOnly.from_pretrained(folder / "model").eval()
tokenizer = Tokenizer.load(folder / "model/tokenizer.json")
ids = tokenizer.encode("a great little camera", bos=True)  # lower case, at most 64
```

## What it is for

To see what a model of this size learns, and to start classifiers from, in the course
and its exercises. It is not made for any product.

## Limits

It knows {sentences:,} short texts in English of the years before 2014, and nothing
else. What their writers took for granted, it has learned: what it says of a group of
people says something of them, and nothing of the group.

## Data

The human-rated snippets of VADER (Hutto and Gilbert, 2014), MIT license: the training
part of `n2t.data.sets.opinions`, without ratings. Movie snippets are left out. No
snippet is in this folder.

## License

{license}

## How it was trained

```
{command}
```

Its loss on hidden tokens of the validation part: {loss:.3f} nats a token, as int8.
`run.json` has the sizes, and the SHA-256 of each file.
"""
LICENSE = (
    "The weights are under the license of the course's code, Apache-2.0. The snippets "
    "that they were learned from are under the MIT license (C.J. Hutto)."
)


def publish(
    model: EncoderOnly, tokenizer: Tokenizer, facts: dict[str, Any], folder: Path | None
) -> Path:
    """Write the folder; `facts` are command, sentences and masked_loss."""
    folder = folder or places.results() / "weights" / NAME
    inside = folder / "model"
    inside.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(inside, dtype=torch.int8)
    tokenizer.save(inside / "tokenizer.json")
    files = {
        f"model/{path.name}": {"size": path.stat().st_size, "sha256": file_hash(path)}
        for path in sorted(inside.iterdir())
    }
    facts = {**facts, "parameters": model.n_parameters(), "dtype": "int8"}
    words = CARD.format(
        name=NAME,
        parameters=facts["parameters"],
        megabytes=sum(file["size"] for file in files.values()) / 1e6,
        sentences=facts["sentences"],
        license=LICENSE,
        command=facts["command"],
        loss=facts["masked_loss"],
    )
    write_text(folder / "run.json", json.dumps({**facts, "files": files}, indent=1))
    write_text(folder / "README.md", words)
    write_text(folder / "LICENSE", LICENSE + "\n")
    return folder


def rounded(model: EncoderOnly, folder: Path) -> EncoderOnly:
    """The model as it comes back from int8."""
    model.save_pretrained(folder, dtype=torch.int8)
    return EncoderOnly.from_pretrained(folder).eval()
