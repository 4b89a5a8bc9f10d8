"""Every model obeys the laws, and every strategy that decodes it."""

import pytest
import torch
from laws.subjects import GENERATORS, MODELS, PAD, STRATEGIES, VOCABULARY, shaken

from n2t import laws
from n2t.decoding import decode
from n2t.models import DecoderOnly, DecoderOnlyConfig
from n2t.models.packed import Blocks, Int8Rows, replace_by_packed

DTYPES = [torch.float64, torch.float32, torch.bfloat16]
each_dtype = pytest.mark.parametrize("dtype", DTYPES, ids=lambda t: str(t)[6:])
each_generator = pytest.mark.parametrize("subject", GENERATORS, ids=str)


def each_model(wanted=lambda subject: True):
    subjects = [subject for subject in MODELS if wanted(subject)]
    return pytest.mark.parametrize("subject", subjects, ids=str)


def ids(*shape, seed=0):
    """Random ids that are not special."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(3, VOCABULARY, shape, generator=generator)


def made(subject, dtype):
    """The module, logits as a function of the ids that are written, such ids."""
    module = shaken(subject.make(), dtype)
    return module, subject.run(module, ids(3, 5, seed=1)), ids(3, 7)


@each_generator
@each_dtype
def test_the_past_ignores_the_future(subject, dtype):
    module, run, target = made(subject, dtype)
    laws.past_ignores_future(run, target, 4, changed=ids(3, 7, seed=2))
    x, run_embedded = laws.embedded(module, run, target)
    laws.future_has_no_gradient(run_embedded, x, 4)


@each_model()
@each_dtype
def test_padding_does_not_matter(subject, dtype, own_checks_only):
    module, run, target = made(subject, dtype)
    padding = torch.full((3, 4), PAD)
    laws.padding_does_not_matter(run, target, padding)
    if subject.source:
        laws.padding_does_not_matter(lambda s: module(s, target), ids(3, 5), padding)


@each_model()
@each_dtype
def test_batch_and_eval_do_not_matter(subject, dtype, own_checks_only):
    module, run, target = made(subject, dtype)
    if subject.source:
        source = ids(3, 5, seed=1)
        source[1, 3:] = PAD
        laws.batch_does_not_matter(module, source, target)
    else:
        laws.batch_does_not_matter(module, target)
    laws.eval_is_deterministic(module, run, target)


@each_model()
def test_a_row_of_padding_alone_breaks_nothing(subject):
    module = shaken(subject.make(), torch.float64)
    rows = ids(2, 5)
    rows[0] = PAD
    inputs = (rows, ids(2, 4)) if subject.source else (rows,)
    laws.every_gradient_is_finite(module, module, *inputs)


@each_generator
@each_dtype
def test_a_cache_does_not_matter(subject, dtype):
    module, run, target = made(subject, dtype)
    source = ids(3, 5, seed=1) if subject.source else None

    def begin():
        state = module.start(source, len(target), target.shape[1])
        return lambda piece: module.step(piece, state)

    laws.cache_does_not_matter(run, begin, target, [3, 1, 1, 2])


def gguf_blocks(weight):
    """A store of GGUF's blocks with some bytes in it, as large as a matrix."""
    store = Blocks(*weight.shape, "Q8_0")
    raw = torch.randint(0, 256, store.blocks.shape, dtype=torch.uint8)
    raw[..., :2] = torch.tensor([0x66, 0x26])  # the scale of each block, 0.025
    return store.pack(raw.flatten(1))


def int8_rows(weight):
    """A store of int8 rows with a matrix in it."""
    return Int8Rows(*weight.shape).pack(weight)


@pytest.mark.parametrize("store", [int8_rows, gguf_blocks])
def test_a_packed_model_obeys_the_laws(store):
    """It has no gradients and one dtype; all else is as for other models."""
    sizes = {"d_model": 32, "n_head": 4, "n_kv_head": 2, "n_layer": 2, "d_ff": 32}
    kinds = {"position": "rotary", "activation": "swiglu", "tie_embeddings": False}
    config = DecoderOnlyConfig(VOCABULARY, **sizes, **kinds, bias=False)
    model = DecoderOnly(config).eval()
    for name, weight in dict(model.named_parameters()).items():
        if weight.dim() == 2:
            replace_by_packed(model, name, store(weight.detach()))
    target = ids(3, 7)
    laws.past_ignores_future(model, target, 4, changed=ids(3, 7, seed=2))
    laws.padding_does_not_matter(model, target, torch.full((3, 4), PAD))
    laws.batch_does_not_matter(model, target)

    def begin():
        state = model.start(None, len(target), target.shape[1])
        return lambda piece: model.step(piece, state)

    laws.cache_does_not_matter(model, begin, target, [3, 1, 1, 2])


def talking(subject, source, prompt):
    """The module with weights that let rows of one batch say different things."""
    for seed in range(20):
        module = shaken(subject.make(), torch.float64, seed)
        rows = decode(module, source, prompt, max_new_tokens=5, stop_ids=()).lists()
        if len({tuple(row) for row in rows}) > 1:
            return module
    raise AssertionError("no weights were found that tell the rows apart")


@each_generator
def test_decoding_does_not_depend_on_cache_batch_or_a_beam_of_one(
    subject, own_checks_only
):
    source, prompt = ids(3, 5, seed=1) if subject.source else None, ids(3, 2)
    if subject.source:
        source[2, 3:] = PAD
    module = talking(subject, source, prompt)
    run = subject.run(module, source)
    laws.decoding_is_repeated_running(module, run, source, prompt, n=5)
    laws.beam_of_one_is_greedy(module, source, prompt, n=5)
    for strategy in STRATEGIES:
        laws.rows_decode_alone(module, source, prompt, 5, strategy)


@each_model(lambda s: "'none'" in s.name and "Transformer" in s.name)
def test_without_positions_the_source_is_a_set(subject):
    module, _, target = made(subject, torch.float64)
    source = ids(3, 5, seed=1)
    gap = laws.difference(module(source.flip(1), target), module(source, target))
    assert gap < laws.TOLERANCE[torch.float64]
