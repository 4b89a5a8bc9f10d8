"""What several commands of the command line take alike, for typer to read."""

from pathlib import Path
from typing import Annotated

from n2t.runs.terminal import number, whole

try:
    from typer import Argument, Option
except ImportError as error:
    raise ImportError("the command line needs typer: pip install n2t[cli]") from error

RunFolder = Annotated[Path, Argument(help="Folder of a finished run.")]
Device = Annotated[
    str | None, Option(help="cpu, cuda, mps; the best there is by default.")
]
MaxNewTokens = Annotated[
    int, Option(parser=whole, metavar="N", help="How long it may get.")
]
Temperature = Annotated[
    float,
    Option(
        parser=number,
        metavar="X",
        help="Below 1 is safer, above is wilder; 0 takes the likeliest.",
    ),
]
TopK = Annotated[
    int | None, Option(parser=whole, metavar="N", help="Draw from the likeliest k.")
]
TopP = Annotated[
    float | None, Option(parser=number, metavar="X", help="Draw from this share.")
]
DrawSeed = Annotated[
    int | None, Option(parser=whole, metavar="N", help="Equal seeds draw alike.")
]
