"""The command line: ``n2t train``, ``translate``, ``generate``, ``evaluate`` and more.

Every command is a few lines over the library; ``n2t COMMAND --help`` says the rest.
"""

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import torch

from n2t.budget import budget
from n2t.data.sources import registry
from n2t.ledger import places
from n2t.runs import doctor, folders, lineage, lines, publishing, scoring, tasks
from n2t.training import history, loop
from n2t.training.checkpoints import CheckpointError
from n2t.training.claims import claimed
from n2t.training.devices import best_device
from n2t.training.distributed import join
from n2t.training.safety import DivergedError, Interrupted, TooLittleMemoryError

try:
    import typer
    from typer import Argument, Option
except ImportError as error:
    raise ImportError("the command line needs typer: pip install n2t[cli]") from error

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Train Transformers, use them, measure them.",
)
data_app = typer.Typer(no_args_is_help=True, help="The full-size data sets.")
app.add_typer(data_app, name="data")

RunFolder = Annotated[Path, Argument(help="Folder of a finished run.")]
Device = Annotated[
    str | None, Option(help="cpu, cuda, mps; the best there is by default.")
]
EXPECTED = (
    CheckpointError,
    DivergedError,
    TooLittleMemoryError,
    ImportError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


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
        Path | None, Option(help="Folder; runs/TASK-PRESET-SEED by default.")
    ] = None,
    set_: Annotated[
        list[str], Option("--set", help="Change a field: fit.max_steps=20.")
    ] = [],  # noqa: B006
    seed: Annotated[int, Option(help="Of weights, order and dropout.")] = 0,
    device: Device = None,
    resume_from: Annotated[
        Path | None, Option(help="Go on from this checkpoint, not the newest.")
    ] = None,
    begin_with: Annotated[
        Path | None, Option(help="A finished run, whose weights are trained further.")
    ] = None,
    show: Annotated[bool, Option("--show", help="Print the preset and stop.")] = False,
) -> None:
    """Train a model; the same command again goes on where it stopped."""
    preset = preset or budget()
    settings = tasks.change(tasks.read_preset(task, preset), set_)
    if show:
        typer.echo(json.dumps(settings, indent=1, ensure_ascii=False))
        return
    run = run or Path("runs") / f"{task}-{preset}-{seed}"
    job = tasks.build(task, settings, seed=seed)
    more = {"begun_with": folders.begin_with(job, begin_with)} if begin_with else {}
    _train(job, run, preset, seed, device, resume_from or True, more)


def _train(job, run, preset, seed, device, resume, more) -> None:
    """Train a job in its folder, and keep the model that comes out."""
    world = join(torch.device(device) if device else best_device())
    with claimed(run, world):
        _train_in(world, job, run, preset, seed, resume, more)


def _train_in(world, job, run, preset, seed, resume, more) -> None:
    """Train a job in a folder that is its own."""
    job.model.to(world.device)
    if world.is_writer:
        command = "n2t " + shlex.join(sys.argv[1:])
        facts = folders.describe(
            job, preset=preset, command=command, seed=seed, device=world.device
        )
        facts |= {"processes": world.size, "sources": lineage.source_hashes(facts)}
        facts |= more
        folders.write(run, folders.go_on(run, facts))
        typer.echo(f"{facts['parameters']:,} parameters on {facts['device']}; {run}")
    curves = loop.fit(
        job.model,
        job.train,
        job.loss,
        config=job.config,
        validation=job.validation,
        run_dir=run,
        resume=resume,
    )
    folders.keep_model(run, job.model, job.tokenizer, world.is_writer)
    if world.is_writer:
        ended = {"weights": curves.weights, "precision": curves.precision}
        folders.write(run, folders.read(run) | ended)
        typer.echo(
            f"validation loss {curves.final_loss:.4f} with {curves.weights}; "
            f"model in {run}/model"
        )
        typer.echo(f"next: n2t evaluate {run} --split validation")


@app.command()
def translate(
    run: RunFolder,
    text: Annotated[
        str | None, Argument(help="A sentence; lines of standard input without.")
    ] = None,
    beam: Annotated[
        int | None, Option(help="Width of the search, 1 is greedy; the preset's.")
    ] = None,
    device: Device = None,
) -> None:
    """Translate a sentence, or every line of standard input.

    Each line gives one line. One that cannot be translated gives an empty line, is
    named on standard error, and the command ends with 1.
    """
    model, tokenizer, facts = _model(run, "translation", device)
    options = dict(facts["configuration"]["decode"])
    options["beam"] = beam or options["beam"]
    if text is not None:
        answers = scoring.translate(model, tokenizer, [text], **options)
        answers, faults = lines.one_line_each(answers), {}
    else:
        data = sys.stdin.buffer.read()
        answers, faults = lines.translate_lines(model, tokenizer, data, **options)
    for answer in answers:
        typer.echo(answer)
    for number, wrong in faults.items():
        typer.echo(f"n2t: line {number}: {wrong}; left empty", err=True)
    if faults:
        raise typer.Exit(1)


@app.command()
def generate(
    run: RunFolder,
    prompt: Annotated[str, Argument(help="What the text begins with.")] = "\n",
    max_new_tokens: Annotated[int, Option(help="How long it may get.")] = 300,
    temperature: Annotated[
        float, Option(help="Below 1 is safer, above is wilder.")
    ] = 0.8,
    top_k: Annotated[int | None, Option(help="Draw from the likeliest k.")] = None,
    top_p: Annotated[float | None, Option(help="Draw from this share.")] = None,
    seed: Annotated[int | None, Option(help="Equal seeds draw alike.")] = None,
    device: Device = None,
) -> None:
    """Continue a prompt, printing each token as it comes."""
    from n2t.decoding import Sample, stream

    model, tokenizer, _ = _model(run, "language-model", device)
    place = next(model.parameters()).device
    draws = torch.Generator(place)
    draws.manual_seed(seed) if seed is not None else draws.seed()
    ids = tokenizer.encode(prompt)
    typer.echo(prompt, nl=False)
    said, known = "", len(tokenizer.decode(ids))  # a prompt may hold unknown characters
    room = model.config.max_length - len(ids)
    tokens = stream(
        model,
        torch.tensor(ids, device=place),
        max_new_tokens=min(max_new_tokens, room),
        strategy=Sample(temperature=temperature, top_k=top_k, top_p=top_p),
        generator=draws,
    )
    for token in tokens:
        ids.append(token)
        text = tokenizer.decode(ids)[known:]
        if not text.endswith("\N{REPLACEMENT CHARACTER}"):  # half a character
            typer.echo(text[len(said) :], nl=False)
            said = text
    typer.echo()


@app.command()
def evaluate(
    runs_: Annotated[list[Path], Argument(metavar="RUN...", help="One for each seed.")],
    split: Annotated[str, Option(help=", ".join(scoring.SPLITS))] = "validation",
    record: Annotated[
        str | None, Option(help="Write into the ledger under this name.")
    ] = None,
    device: Device = None,
) -> None:
    """Score finished runs; choose on validation, look at test once."""
    place = device or str(best_device())
    if record:
        path = scoring.enter(record, runs_, split=split, device=place)
        typer.echo(f"recorded in {path}")
        return
    for run in runs_:
        for name, score in scoring.evaluate(run, split=split, device=place).items():
            signature = getattr(score, "signature", "")
            typer.echo(f"{run}  {split}  {name}  {score:.4f}  {signature}".rstrip())


@app.command()
def export(
    run: RunFolder,
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
        typer.echo(f"next: n2t evaluate {path} --split test")


@app.command()
def plot(
    run: RunFolder,
    out: Annotated[
        Path | None, Option(help="Picture file; RUN/curves.svg by default.")
    ] = None,
) -> None:
    """Draw a run's curves, while it trains or afterwards."""
    from n2t import plots

    found = history.read(run)
    if not found.steps:
        raise LookupError(f"{run} has no point of a curve yet: wait, and plot again")
    plots.use_style()
    axes = plots.curves(found, ylabel="loss (nats per token)")
    out = out or run / "curves.svg"
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
    script = root / "benchmarks" / f"{what}.py"
    if not script.is_file():
        raise LookupError(f"{script} is not there: benchmarks come with the repository")
    words = [sys.executable, "-m", f"benchmarks.{what}", *(arguments or ())]
    raise typer.Exit(subprocess.run(words, check=False, cwd=root).returncode)


@data_app.command("list")
def data_list() -> None:
    """The data sets: name, size, whether they are here or damaged, title."""
    faults = {}
    for name, dataset in sorted(registry.REGISTRY.items()):
        state, faults[name] = registry.state(name)
        size = f"{dataset.size / 1e6:.1f} MB"
        typer.echo(f"{name:16} {size:>9}  {state:8}  {dataset.title}")
    for name in filter(faults.get, faults):
        typer.echo(f"n2t: {name}: {faults[name]}", err=True)
    if any(faults.values()):
        raise typer.Exit(1)


@data_app.command("fetch")
def data_fetch(name: str) -> None:
    """Download a data set, checked; nothing is done if it is here."""
    typer.echo(registry.fetch(name))


@data_app.command("verify")
def data_verify(name: str) -> None:
    """Check every file of a data set by its SHA-256."""
    states = registry.verify(name)
    for file, state in states.items():
        typer.echo(f"{state:12} {file}")
    if set(states.values()) != {"ok"}:
        raise typer.Exit(1)


@data_app.command("where")
def data_where(name: str) -> None:
    """The folder that holds a data set on this machine."""
    folder = registry.where(name)
    if folder is None:
        raise LookupError(f"{name} is not on this machine: n2t data fetch {name}")
    typer.echo(folder)


def _model(run: Path, task: str, device: str | None):
    model, tokenizer, facts = folders.load_model(run, device or str(best_device()))
    if facts["task"] != task:
        raise ValueError(f"run ({run}) is a {facts['task']} run, wanted {task}")
    return model, tokenizer, facts


def main() -> None:
    """Run the command line; a mistake is one line, not a traceback."""
    try:
        app()
    except Interrupted as stop:
        raise SystemExit(stop.code) from None
    except EXPECTED as error:
        if "--debug" in sys.argv:
            raise
        print(f"n2t: {error}", file=sys.stderr)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
