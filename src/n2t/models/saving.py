"""Models in folders: `config.json`, and the weights in `model.safetensors`.

That format holds numbers only and can run no code. A weight that has two names is
written once; a matrix of bytes (`n2t.models.quantization`) has its scales beside it,
and the file's metadata say so. Reading draws no random number, and holds the weights
once: the model is made without memory, and takes the file's.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from n2t.files import whole
from n2t.models.configuration import Configuration
from n2t.models.empty import check_as_configured, fill, make_empty
from n2t.models.quantization import check_finite, dequantize_rows, quantize_rows

DTYPES = (torch.float32, torch.float16, torch.bfloat16, torch.int8)
SCALE = ".scale"  # ends the name of the scales that belong to a matrix
STORAGE, INT8 = "storage", "int8_rows"  # in the metadata of a safetensors file


class Pretrained:
    """Gives a model with a `config` its folder, and its size."""

    config_class: ClassVar[type[Configuration]]

    def save_pretrained(
        self, folder: str | os.PathLike, *, dtype: torch.dtype | None = None
    ) -> Path:
        """Write `config.json` and `model.safetensors` into `folder`, made if missing.

        `dtype` shrinks the weights on disk; the model itself keeps its own. It is
        torch.float16 or torch.bfloat16 (half), or torch.int8 (a quarter; see
        `n2t.models.quantization`). A stop midway leaves no broken file under the
        right name (see `n2t.files`).

        Raises ValueError for another `dtype`, where a number is not finite in it, and
        for a norm's epsilon or positions that `config` does not make: set by hand, they
        stand in neither file, and would be others after reading.
        """
        if dtype not in (None, *DTYPES):
            known = ", ".join(map(str, DTYPES))
            raise ValueError(f"dtype ({dtype}) must be one of {known}")
        check_as_configured(self)
        folder = Path(folder)
        with (
            whole(folder / "config.json") as config,
            whole(folder / "model.safetensors") as weights,
        ):
            config.write_text(self.config.to_json() + "\n", "utf-8", newline="\n")
            if dtype == torch.int8:
                save_int8(self, weights)
            else:
                save_file(stored_once(self._cast(dtype))[0], weights)
        return folder

    def _cast(self, dtype: torch.dtype | None) -> Pretrained:
        """This model, or a copy of it in another precision that holds its numbers."""
        if dtype is None:
            return self
        model = copy.deepcopy(self).to(dtype)
        for name, tensor in model.state_dict().items():
            check_finite(f"{name} in {dtype}", tensor)
        return model

    @classmethod
    def from_pretrained(
        cls, folder: str | os.PathLike, *, device: torch.device | str = "cpu"
    ) -> Pretrained:
        """The model that `save_pretrained` wrote, on `device`, in eval mode.

        In whatever precision it was stored, it is float32 again.

        Raises FileNotFoundError when a file is missing, ValueError when one is cut or
        damaged, when the configuration is another model's or the weights do not fit it.
        """
        folder = Path(folder)
        for name in ("config.json", "model.safetensors"):
            if not (folder / name).is_file():
                raise FileNotFoundError(f"{folder} holds no {name}")
        config = read_config(folder / "config.json", cls.config_class)
        model = make_empty(cls, config)
        try:
            load_weights(model, folder / "model.safetensors", device)
        except SafetensorError as error:
            raise damaged(folder / "model.safetensors", error) from None
        except RuntimeError as error:
            raise ValueError(f"the weights in {folder} do not fit: {error}") from None
        return model.to(device).eval()

    def n_parameters(self) -> int:
        """How many numbers are trained; a table that is used twice counts once."""
        return sum(p.numel() for p in self.parameters() if p.requires_grad)


def read_config(path: Path, config_class: type[Configuration]) -> Configuration:
    """The configuration in a file.

    Raises:
        ValueError: the file is cut, damaged or another model's; it is named.
    """
    try:
        return config_class.from_json(path.read_text("utf-8"))
    except json.JSONDecodeError as error:
        raise damaged(path, error) from None
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path}: {error}") from None


def damaged(path: Path, error: Exception) -> ValueError:
    """The error for a file of a model that cannot be read, with what to do."""
    return ValueError(
        f"{path} is cut or damaged ({error}): copy it again from where it came, or "
        "save the model again"
    )


def save_int8(model: nn.Module, path: str | os.PathLike) -> None:
    """Write a model's weights: matrices as int8 rows with scales, the rest as it is.

    Vectors (norms, biases) are few and stay float32. Tied weights are written once,
    under their first name; the metadata says which other names they have.

    Raises:
        ValueError: a weight, by its name, with a number that is not finite.
    """
    weights, tied = stored_once(model)
    tensors: dict[str, Tensor] = {}
    for name, tensor in weights.items():
        tensors |= _packed(name, tensor.cpu())
    about = json.dumps({"kind": INT8, "tied": tied})
    save_file(tensors, path, metadata={STORAGE: about})


def stored_once(model: nn.Module) -> tuple[dict[str, Tensor], dict[str, str]]:
    """A model's tensors, each by its first name, and {other name: first name}.

    safetensors' own ``save_model`` puts the other names into a file in an order that
    changes; without them, the same weights give the same bytes.
    """
    first: dict[int, str] = {}
    tensors: dict[str, Tensor] = {}
    tied: dict[str, str] = {}
    for name, tensor in model.state_dict(keep_vars=True).items():
        if first.setdefault(id(tensor), name) == name:
            tensors[name] = tensor.detach().contiguous()
        else:
            tied[name] = first[id(tensor)]
    return tensors, tied


def _packed(name: str, tensor: Tensor) -> dict[str, Tensor]:
    """What is written for one tensor of a model."""
    if not tensor.is_floating_point():
        return {name: tensor}
    check_finite(name, tensor)
    if tensor.dim() < 2:
        return {name: tensor.float()}
    codes, scales = quantize_rows(tensor)
    return {name: codes, name + SCALE: scales}


def load_weights(
    model: nn.Module, path: str | os.PathLike, device: torch.device | str = "cpu"
) -> None:
    """Give a model the weights of a file of `save_int8`, or of floats, in its dtypes.

    They take the place of the model's own, which may be without memory.

    Raises:
        ValueError: a way of storing that is not known here, or a matrix of bytes
            that has no scales.
        RuntimeError: names or shapes that are not the model's.
    """
    fill(model, _stored(path, device))


def _stored(
    path: str | os.PathLike, device: torch.device | str
) -> Iterator[tuple[str, Tensor]]:
    """Names and weights of a file, bytes as the floats they stand for, one by one.

    The file is opened anew for each: what was read of it leaves memory when it is
    closed.
    """
    with safe_open(os.fspath(path), "pt", device=str(device)) as file:
        known = _storage(path, (file.metadata() or {}).get(STORAGE)) is not None
        names = list(file.keys())
        codes = {n for n in names if known and file.get_slice(n).get_dtype() == "I8"}
    for name in (n for n in names if n.removesuffix(SCALE) not in codes - {n}):
        with safe_open(os.fspath(path), "pt", device=str(device)) as file:
            tensor = file.get_tensor(name)
            if name in codes:
                tensor = _unpacked(path, name, tensor, file, names)
        yield name, tensor


def _unpacked(
    path: str | os.PathLike, name: str, codes: Tensor, file: safe_open, names: list[str]
) -> Tensor:
    """A matrix in float32, from its codes and the scales that the file has for it."""
    scales = file.get_tensor(name + SCALE) if name + SCALE in names else ()
    if len(scales) != len(codes):
        raise ValueError(f"{path}: {name} is int8 and has no scale for each row")
    return dequantize_rows(codes, scales)


def _storage(path: str | os.PathLike, text: str | None) -> dict[str, Any] | None:
    """What the metadata say about how weights are stored; None: as plain floats."""
    if text is None:
        return None
    try:
        about = json.loads(text)
        kind, about["tied"] = about["kind"], dict(about["tied"])
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{path} does not say how it stores: {text!r}") from None
    if kind != INT8:
        raise ValueError(f"{path} stores weights as {kind!r}; known here: {INT8!r}")
    return about
