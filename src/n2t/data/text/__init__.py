"""Text to ids and back: three ways to cut text into tokens, behind one interface.

Characters: few ids, long sequences. Words: short sequences, many ids, and words
never seen. Byte pairs: between the two, and no text is unknown. Those of public
models come with the models: ``load_tokenizer("smollm2")``.

>>> tokenizer = CharacterTokenizer.train(["to be"])
>>> tokenizer.encode("bet", eos=True)
[5, 6, 8, 2]
>>> tokenizer.decode([BOS, 5, 6, 8, EOS, PAD])
'bet'
"""

from n2t._special_ids import BOS, EOS, PAD, UNK
from n2t.data.text.byte_pair import BytePairTokenizer
from n2t.data.text.copying import source_ids, target_ids, words_of
from n2t.data.text.fast_byte_pair import FastBytePairTokenizer
from n2t.data.text.merge_dropout import MergeDropout
from n2t.data.text.pieces import CUTS, split_pieces
from n2t.data.text.public import LibraryTokenizer, load_tokenizer
from n2t.data.text.specials import SPECIALS
from n2t.data.text.tokenizers import CharacterTokenizer, WordTokenizer, split_words
from n2t.data.text.vocabulary import Tokenizer

__all__ = [
    "BOS",
    "CUTS",
    "EOS",
    "PAD",
    "SPECIALS",
    "UNK",
    "BytePairTokenizer",
    "CharacterTokenizer",
    "FastBytePairTokenizer",
    "LibraryTokenizer",
    "MergeDropout",
    "Tokenizer",
    "WordTokenizer",
    "load_tokenizer",
    "source_ids",
    "split_pieces",
    "split_words",
    "target_ids",
    "words_of",
]
