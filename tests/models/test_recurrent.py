"""RecurrentSeq2Seq: its equations, its configuration, its folder, its errors."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from n2t.models.recurrent import ATTENTIONS, RecurrentConfig, RecurrentSeq2Seq

PAD = 0


def make(attention="additive", cell="gru", **options):
    torch.manual_seed(0)
    sizes = {"d_model": 6, "d_hidden": 8, "n_layer": 2} | options
    config = RecurrentConfig(11, 13, cell=cell, attention=attention, **sizes)
    return RecurrentSeq2Seq(config).double().eval()


SOURCE = torch.tensor([[3, 4, 5, 6], [7, 8, PAD, PAD]])
TARGET = torch.tensor([[1, 5, 9], [1, 12, 3]])


def plainly(model, source, target):
    """The same equations once more: one sentence, one token at a time."""
    logits = []
    for words, answers in zip(source, target, strict=True):
        words = words[words != PAD]
        memory, state = model.encoder(model.embed_source(words)[None])
        if model.config.bidirectional:
            ahead, back = zip(
                *(part.unflatten(0, (-1, 2)).unbind(1) for part in state), strict=True
            )
            state = tuple(torch.cat(pair, -1) for pair in zip(ahead, back, strict=True))
        for answer in answers:
            token = model.embed_target(answer)[None, None]
            features = answer_features(model, token, memory, state)
            state, hidden = features
            logits.append(model.output(hidden)[0, 0])
    return torch.stack(logits).unflatten(0, target.shape)


def answer_features(model, token, memory, state):
    """One step of the decoder: (new state, features)."""
    if model.config.attention == "none":
        hidden, state = model.decoder(token, state)
        return state, hidden
    if model.config.attention == "dot":
        hidden, state = model.decoder(token, state)
        scores = memory[0] @ hidden[0, 0]
    else:
        ask = model.attention
        asked = ask.project_query(state[0][-1])
        scores = ask.score((asked + ask.project_key(memory[0])).tanh())[:, 0]
    context = (scores.softmax(0) @ memory[0])[None, None]
    if model.config.attention == "additive":
        hidden, state = model.decoder(torch.cat([token, context], -1), state)
    return state, model.combine(torch.cat([hidden, context], -1)).tanh()


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("attention", ATTENTIONS)
def test_logits_are_what_the_equations_say(attention, cell, bidirectional):
    model = make(attention, cell, bidirectional=bidirectional)
    torch.testing.assert_close(
        model(SOURCE, TARGET), plainly(model, SOURCE, TARGET), rtol=1e-10, atol=1e-10
    )


@pytest.mark.parametrize("attention", ["additive", "dot"])
def test_attention_maps_are_averages_over_the_words_alone(attention):
    maps = make(attention).attention_maps(SOURCE, TARGET)["attention"]
    assert maps.shape == (2, 1, 3, 4)
    torch.testing.assert_close(maps.sum(-1), torch.ones_like(maps[..., 0]))
    assert not maps[1, :, :, 2:].any()


@pytest.mark.parametrize("attention", ["none", "additive", "dot"])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_operations_are_as_many_as_torch_counts(attention, cell, bidirectional):
    model = make(attention, cell, bidirectional=bidirectional, n_layer=2)
    source, target = torch.randint(4, 10, (3, 5)), torch.randint(4, 10, (3, 4))
    with FlopCounterMode(display=False) as counter:
        model(source, target)
    assert model.forward_flops(3, 5, 4) == counter.get_total_flops()


def test_every_parameter_gets_a_gradient():
    for attention in ATTENTIONS:
        model = make(attention)
        model(SOURCE, TARGET).square().sum().backward()
        silent = [n for n, p in model.named_parameters() if not p.grad.any()]
        assert not silent


def test_configuration_and_weights_survive_the_folder(tmp_path):
    model = make("dot", "lstm")
    assert RecurrentConfig.from_json(model.config.to_json()) == model.config
    model.save_pretrained(tmp_path)
    again = RecurrentSeq2Seq.from_pretrained(tmp_path).double()
    assert again.config == model.config
    torch.testing.assert_close(
        again(SOURCE, TARGET), model(SOURCE, TARGET), rtol=1e-5, atol=1e-6
    )


def test_it_learns_to_reverse():
    torch.manual_seed(0)
    config = RecurrentConfig(
        8, 8, attention="additive", d_model=16, d_hidden=32, dropout=0.0
    )
    model = RecurrentSeq2Seq(config)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(150):
        source = torch.randint(3, 8, (32, 4))
        target = torch.cat([torch.ones(32, 1, dtype=torch.long), source.flip(1)], 1)
        logits = model(source, target[:, :-1])
        loss = torch.nn.functional.cross_entropy(
            logits.flatten(0, 1), target[:, 1:].flatten()
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.1


@pytest.mark.parametrize(
    "change, words",
    [
        ({"cell": "tanh"}, "cell"),
        ({"attention": "full"}, "attention"),
        ({"d_model": 0}, "d_model"),
        ({"n_layer": 1.5}, "n_layer"),
        ({"dropout": 1.0}, "dropout"),
        ({"bidirectional": True, "d_hidden": 7}, "d_hidden"),
        ({"eos_id": 13}, "eos_id"),
        ({"pad_id": 12}, "pad_id"),
    ],
)
def test_a_wrong_field_is_named(change, words, own_checks_only):
    with pytest.raises((ValueError, TypeError), match=words):
        RecurrentConfig(**{"source_vocab_size": 11, "target_vocab_size": 13} | change)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda m: m(SOURCE.float(), TARGET), "source"),
        (lambda m: m(SOURCE, TARGET[:, :0]), "target"),
        (lambda m: m(SOURCE[:0], TARGET), "source"),
        (lambda m: m(SOURCE + 8, TARGET), "source"),
        (lambda m: m(SOURCE, TARGET + 8), "target"),
        (lambda m: m(SOURCE[:1], TARGET), "target"),
        (lambda m: m(SOURCE.flip(1), TARGET), "source"),
        (lambda m: m.start(None), "source"),
        (lambda m: m.start(SOURCE, 3), "batch_size"),
        (lambda m: make("none").attention_maps(SOURCE, TARGET), "attention"),
    ],
)
def test_a_wrong_input_is_named(call, words, own_checks_only):
    with pytest.raises((ValueError, TypeError), match=words):
        call(make())
