"""What this machine has, and which budget fits it."""

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec

import torch

from n2t.budget import budget
from n2t.data.sources import public
from n2t.runs import folders
from n2t.training import devices, precision

EXTRAS = {
    "plots": ("matplotlib",),
    "data": ("pooch", "sklearn", "mlxtend", "babel", "num2words"),
    "metrics": ("sacrebleu", "rouge_score"),
    "cli": ("typer",),
}
GIB = 2**30


def report() -> Iterator[str]:
    """One finding a line: device, precision, memory, disk, versions, what lacks."""
    device = devices.best_device()
    name = devices.device_name(device)
    yield f"device      {device.type}: {folders.processor() if name == 'cpu' else name}"
    yield f"cores       {os.cpu_count()}, of which torch uses {torch.get_num_threads()}"
    yield from _memory(device)
    yield f"precision   {precision.choose('auto', device)}"
    yield f"attention   {', '.join(devices.attention_backends())}"
    free = shutil.disk_usage(".").free / GIB
    yield f"disk        {free:.0f} GiB free here" + (" (little)" if free < 5 else "")
    found = folders.versions()
    yield "versions    " + ", ".join(f"{key} {found[key]}" for key in found)
    yield from _models()
    yield f"budget      {fitting()} fits; N2T_BUDGET is {budget()}"
    missing = [
        extra for extra, names in EXTRAS.items() if not all(map(find_spec, names))
    ]
    if missing:
        yield f"to install  pip install n2t[{','.join(missing)}]"
    else:
        yield "to install  nothing"


def fitting() -> str:
    """The largest budget that this machine's device has the memory for."""
    device = devices.best_device()
    if device.type == "mps":
        return "laptop"
    if device.type == "cpu":
        return "cpu"
    memory = torch.cuda.get_device_properties(device).total_memory / GIB
    return "gpu" if memory >= 30 else "laptop"


def _models() -> Iterator[str]:
    """The public models that are here, and how to get those that are not."""
    states = {name: public.state(name) for name in public.MODELS}
    yield "models      " + ", ".join(f"{name} {states[name]}" for name in states)
    for name in (name for name in states if states[name] != "here"):
        again = " --force-reinstall" if states[name] == "damaged" else ""
        yield f"to install  {public.how_to_get(name)}{again}"


def _memory(device: torch.device) -> Iterator[str]:
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / GIB
        yield f"memory      {size:.0f} GiB"
    if device.type == "cuda":
        free, total = (part / GIB for part in torch.cuda.mem_get_info(device))
        yield f"card        {free:.0f} of {total:.0f} GiB free"
