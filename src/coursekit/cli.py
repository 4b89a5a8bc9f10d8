"""The command line: `coursekit book`, `test`, `lab`, `assignments` and more.

Every command is a few lines over a function, whose module is imported when the
command is called: the list of commands needs neither torch nor Sphinx. A command
ends with the status that its function returns.
"""

import sys
from pathlib import Path
from typing import Annotated

try:
    import typer
    from typer import Argument, Context, Exit, Option
except ImportError as error:
    raise SystemExit(
        "coursekit: for a checkout of the course, with what its requirements.txt "
        f"names installed (see README); {error}"
    ) from None

from coursekit import paths
from coursekit.classroom.commands import Chapters, mendable
from coursekit.classroom.commands import app as classroom

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain lines, and quickly
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Build the course, check it, teach with it.",
)


@app.callback(invoke_without_command=True)
def commands(context: Context) -> None:
    """Without a command: list them."""
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command("help")
def help_(context: Context) -> None:
    """List the commands."""
    print(context.parent.get_help())


@app.command()
def run(
    chapter: Annotated[list[Path], Argument(help="A chapter's .md file.")],
    all_: Annotated[bool, Option("--all", help="Show the quick cells too.")] = False,
) -> None:
    """Execute chapters, print seconds per cell."""
    from coursekit.book.running.execute import execute

    raise Exit(execute(chapter, every_cell=all_))


@app.command()
def book(
    fresh: Annotated[bool, Option("--fresh", help="Forget all outputs first.")] = False,
    strict: Annotated[
        bool, Option("--strict", help="Warnings are failures, as in `test`.")
    ] = False,
    no_site: Annotated[
        bool, Option("--no-site", help="Execute, and build no site.")
    ] = False,
) -> None:
    """Execute what changed and build the site under `_build/html`."""
    from coursekit.book.build import build

    raise Exit(build(fresh=fresh, strict=strict, site=not no_site))


@app.command()
def pdf() -> None:
    """Build the site, then print the whole book as one PDF."""
    from coursekit.book.paper import pdf as paper

    raise Exit(paper.pdf())


@app.command()
def test() -> None:
    """Run every check; 0 if all passed."""
    from coursekit.testing import check_everything

    raise Exit(check_everything())


@app.command(context_settings={"ignore_unknown_options": True})
def lab(
    arguments: Annotated[
        list[str] | None, Argument(help="What JupyterLab takes.")
    ] = None,
    no_open: Annotated[
        bool, Option("--no-open", help="Write the copies and stop.")
    ] = False,
) -> None:
    """Open working copies of the chapters in JupyterLab."""
    from coursekit.book.notebooks import work

    raise Exit(work(arguments or (), open_lab=not no_open))


@app.command()
def serve(
    port: Annotated[int, Option(help="0 takes a free one.")] = 8000,
) -> None:
    """Show the built site at a local address, until Ctrl-C."""
    from coursekit.book import serve as server

    raise Exit(server.serve(port))


@app.command()
def clean() -> None:
    """Remove what the commands made; `work/` and `.venv` stay."""
    from coursekit import bootstrap

    raise Exit(bootstrap.clean())


app.add_typer(classroom)


@app.command()
@mendable
def mutants(
    chapter: Chapters = None,
    answers: Annotated[Path, Option(help="Their folder.")] = (
        paths.ROOT / "tests" / "exercises"
    ),
    hints: Annotated[bool, Option("--hints", help="Show each hint.")] = False,
) -> int:
    """Run wrong answers against the graders; 1 if one survives."""
    from coursekit.answers.report import report

    return report(chapter, answers, hints)


def main(arguments: list[str] | None = None) -> int:
    """Run one command, from the words after `coursekit`; its exit status."""
    try:
        app(sys.argv[1:] if arguments is None else arguments, prog_name="coursekit")
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
