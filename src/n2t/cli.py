"""The command line: ``n2t train``, ``translate``, ``generate``, ``evaluate`` and more.

Every command is a few lines over the library; ``n2t COMMAND --help`` says the rest.
"""

import itertools
import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import torch

from n2t._fields import Count, Size, did_you_mean
from n2t.budget import budget
from n2t.ledger import places
from n2t.runs import (
    doctor,
    fetching,
    folders,
    generating,
    lines,
    publishing,
    scoring,
    sections,
    talking,
    tasks,
    training,
)
from n2t.runs import options as takes
from n2t.runs.folders import RunError
from n2t.runs.settings import checked_as
from n2t.runs.terminal import meant, said, typed, typed_lines, whole
from n2t.training import history
from n2t.training.devices import device_of
from n2t.training.safety import Interrupted

# typer is here: `n2t.runs.options` says which extra brings it, where it is not
import typer  # isort: skip
from typer import Argument, Option  # isort: skip

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Train Transformers, use them, measure them.",
)
data_app = typer.Typer(no_args_is_help=True, help="The full-size data sets.")
app.add_typer(data_app, name="data")
data_app.command("list")(fetching.show_all)
data_app.command("fetch")(fetching.fetch)
data_app.command("verify")(fetching.verify)
data_app.command("where")(fetching.where)


@app.callback()
def options(
    debug: Annotated[
        bool, Option("--debug", help="Before a command: a mistake with its traceback.")
    ] = False,
) -> None:
    """What holds for all commands; ``main`` looks for ``--debug`` itself."""


@app.command()
def train(
    task: Annotated[str, Argument(help=", ".join(tasks.TASKS))],
    preset: Annotated[
        str | None, Option(help="A preset of the task; N2T_BUDGET's by default.")
    ] = None,
    run: Annotated[
        Path | None,
        Option(
            "--folder",
            "--run",
            help="runs/TASK-PRESET-SEED by default; torchrun takes --run for its own.",
        ),
    ] = None,
    set_: Annotated[
        list[str], Option("--set", help="Change a field: fit.max_steps=500.")
    ] = [],  # noqa: B006
    seed: Annotated[
        int, Option(parser=whole, metavar="N", help="Of weights, order and dropout.")
    ] = 0,
    device: takes.Device = None,
    resume_from: Annotated[
        Path | None, Option(help="Go on from this checkpoint, not the newest.")
    ] = None,
    begin_with: Annotated[
        Path | None, Option(help="A finished run, whose weights are trained further.")
    ] = None,
    show: Annotated[bool, Option("--show", help="Print the preset and stop.")] = False,
) -> None:
    """Train a model; the same command again goes on where it stopped."""
    preset = budget() if preset is None else preset
    settings = tasks.change(tasks.read_preset(task, preset), set_)
    settings = sections.check(task, settings)
    checked_as("seed", seed, Count)
    if show:
        typer.echo(json.dumps(settings, indent=1, ensure_ascii=False))
        return
    place = device_of(device)
    run = run or Path("runs") / f"{task}-{preset}-{seed}"
    training.check_places(run, resume_from, begin_with)
    job = tasks.build(task, settings, seed=seed)
    about = dict(preset=preset, command="n2t " + shlex.join(sys.argv[1:]), seed=seed)
    more = {"begun_with": folders.begin_with(job, begin_with)} if begin_with else {}
    training.train(job, run, place, about, more, resume_from or True, typer.echo)


@app.command()
def translate(
    run: takes.RunFolder,
    text: Annotated[
        str | None, Argument(help="A sentence; lines of standard input without.")
    ] = None,
    beam: Annotated[
        int | None,
        Option(
            parser=whole,
            metavar="N",
            help="Width, 1 is greedy; the preset's by default.",
        ),
    ] = None,
    device: takes.Device = None,
) -> None:
    """Translate a sentence, or every line of standard input.

    Each line gives one line. One that cannot be translated gives an empty line, is
    named on standard error, and the command ends with 1.
    """
    options = {} if beam is None else {"beam": beam}
    checked_as("beam", options.get("beam", 1), Size)
    model, tokenizer, facts = _model(run, "translation", device)
    settings = facts["configuration"]
    options = sections.check_part("translation", settings, "decode") | options
    answers, faults = lines.translate_given(model, tokenizer, text, **options)
    for answer in answers:
        typer.echo(answer)
    for line, wrong in faults.items():
        typer.echo(f"n2t: line {line}: {wrong}; left empty", err=True)
    if faults:
        raise typer.Exit(1)


@app.command()
def generate(
    run: Annotated[
        str | None, Argument(help="Folder of a finished run; none with --model.")
    ] = None,
    prompt: Annotated[
        str | None, Argument(help="What the text begins with; a line break without.")
    ] = None,
    model: Annotated[
        str | None, Option(help=f"A public model: {', '.join(talking.MODELS)}.")
    ] = None,
    max_new_tokens: takes.MaxNewTokens = 300,
    temperature: takes.Temperature = 0.8,
    top_k: takes.TopK = None,
    top_p: takes.TopP = None,
    seed: takes.DrawSeed = None,
    device: takes.Device = None,
) -> None:
    """Continue a prompt, printing each token as it comes.

    n2t generate RUN "Once", or n2t generate --model smollm2 "Once".
    """
    strategy = _strategy(temperature, top_k, top_p, max_new_tokens, seed)
    if model is None:
        if run is None:
            raise ValueError("give the folder of a run, or --model and a prompt")
        decoder, tokenizer, _ = _model(Path(run), "language-model", device)
    else:
        if prompt is not None:
            raise ValueError(f"prompt ({prompt!r}): with --model there is no run")
        decoder, tokenizer = talking.public_model(model, device_of(device))
        prompt = run
    prompt = "\n" if prompt is None else prompt
    options = {"strategy": strategy, "max_new_tokens": max_new_tokens}
    options["generator"] = _draws(decoder, seed)
    pieces = generating.continued(decoder, tokenizer, prompt, **options)
    for piece in itertools.chain([prompt], pieces):
        typer.echo(piece, nl=False)
    typer.echo()


@app.command()
def chat(
    question: Annotated[
        str | None, Argument(help="Asked once; without it, lines that are typed.")
    ] = None,
    model: Annotated[
        str, Option(help=f"A public model: {', '.join(talking.MODELS)}.")
    ] = talking.MODELS[0],
    max_new_tokens: takes.MaxNewTokens = 300,
    temperature: takes.Temperature = 0.2,
    top_k: takes.TopK = None,
    top_p: takes.TopP = None,
    seed: takes.DrawSeed = None,
    device: takes.Device = None,
) -> None:
    """Talk with a public model; each line is a question, Ctrl-D ends.

    It answers as it was taught to, in the template that its file holds.
    """
    strategy = _strategy(temperature, top_k, top_p, max_new_tokens, seed)
    decoder, tokenizer = talking.public_model(model, device_of(device))
    options = {"strategy": strategy, "max_new_tokens": max_new_tokens}
    options["generator"] = _draws(decoder, seed)
    talk = talking.Conversation(decoder, tokenizer, **options)
    for asked in typed_lines("> ") if question is None else [question]:
        for piece in talk.ask(asked):
            typer.echo(piece, nl=False)
        typer.echo()


@app.command()
def evaluate(
    runs_: Annotated[list[Path], Argument(metavar="RUN...", help="One for each seed.")],
    split: Annotated[str, Option(help=", ".join(scoring.SPLITS))] = "validation",
    record: Annotated[
        str | None, Option(help="Write into the ledger under this name.")
    ] = None,
    device: takes.Device = None,
) -> None:
    """Score finished runs; choose on validation, look at test once."""
    place = device_of(device)
    for run in runs_:
        folders.read(run)
    if record is not None:
        path = scoring.enter(record, runs_, split=split, device=place)
        typer.echo(f"recorded in {path}")
        return
    for run in runs_:
        for name, score in scoring.evaluate(run, split=split, device=place).items():
            signature = getattr(score, "signature", "")
            typer.echo(f"{run}  {split}  {name}  {score:.4f}  {signature}".rstrip())


@app.command()
def export(
    run: takes.RunFolder,
    folder: Annotated[Path, Argument(help="Where it goes; an earlier export goes.")],
    dtype: Annotated[
        str, Option(help=f"How weights are stored: {', '.join(publishing.DTYPES)}.")
    ] = "int8",
    scores: Annotated[
        list[str], Option(help="A ledger record for the model card; several do.")
    ] = [],  # noqa: B006
) -> None:
    """Write a finished run as a folder to publish: weights, card, license."""
    path = publishing.export(run, folder, dtype=dtype, scores=scores)
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    typer.echo(f"{path}: {size / 1e6:.1f} MB; read {path / publishing.CARD}")
    if not scores:
        typer.echo(f"next: {typed('n2t', 'evaluate', path, '--split', 'test')}")


@app.command()
def plot(
    run: takes.RunFolder,
    out: Annotated[
        Path | None, Option(help="Picture file; RUN/curves.svg by default.")
    ] = None,
) -> None:
    """Draw a run's curves, while it trains or afterwards."""
    from n2t import plots

    out = out or run / "curves.svg"
    if not out.suffix:
        raise ValueError(f"out ({out}) must end with its format: .svg, .png, .pdf")
    if not (run / history.METRICS_FILE).is_file():
        raise RunError(f"{run} holds no curves: it has no {history.METRICS_FILE}")
    found = history.read(run)
    if not found.steps:
        raise RunError(f"{run} has no point of a curve yet: wait, and plot again")
    plots.use_style()
    axes = plots.curves(found, ylabel="loss (nats per token)")
    axes.figure.savefig(out)
    typer.echo(f"{out}: {len(found.steps)} points to step {found.steps[-1]}")


@app.command(name="doctor")
def doctor_() -> None:
    """Say what this machine has, what it can do, and what is missing."""
    for line in doctor.report():
        typer.echo(line)


@app.command(context_settings={"ignore_unknown_options": True})
def bench(
    what: Annotated[str, Argument(help="all, or one of the files in benchmarks/.")],
    arguments: Annotated[
        list[str] | None, Argument(help="What that benchmark takes; --help says.")
    ] = None,
) -> None:
    """Time n2t beside its peers, in one run."""
    root = places.checkout()
    known = sorted(path.stem for path in (root / "benchmarks").glob("[a-z]*.py"))
    if what not in known:
        raise ValueError(
            f"what ({what!r}) must be one of {', '.join(known)}"
            f"{did_you_mean(what, known)}"
        )
    words = [sys.executable, "-m", f"benchmarks.{what}", *(arguments or ())]
    raise typer.Exit(subprocess.run(words, check=False, cwd=root).returncode)


def _model(run: Path, task: str, device: str | None):
    place = device_of(device)
    model, tokenizer, facts = folders.load_model(run, place)
    if facts["task"] != task:
        raise ValueError(f"run ({run}) is a {facts['task']} run, wanted {task}")
    return model, tokenizer, facts


def _strategy(temperature, top_k, top_p, max_new_tokens, seed):
    strategy = generating.strategy_of(temperature, top_k, top_p)
    checked_as("max_new_tokens", max_new_tokens, Size)
    checked_as("seed", seed, Count | None)
    return strategy


def _draws(model: torch.nn.Module, seed: int | None) -> torch.Generator:
    draws = torch.Generator(next(model.parameters()).device)
    draws.manual_seed(seed) if seed is not None else draws.seed()
    return draws


def main() -> None:
    """Run the command line; a mistake is one line, not a traceback."""
    try:
        app()
    except Interrupted as stop:
        raise SystemExit(stop.code) from None
    except Exception as error:
        if "--debug" in sys.argv or not meant(error):
            raise
        print(f"n2t: {said(error)}", file=sys.stderr)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
