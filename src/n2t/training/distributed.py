"""One program on one process or many: ``torchrun`` starts it, this joins it up.

Each process has a share of the batches of every update. DDP keeps a whole copy of
the model in each and averages the gradients; FSDP2 also shares out the weights,
gradients and optimizer states.
"""

import atexit
import contextlib
import os
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class World:
    """The processes of a run, and which one this is.

    Attributes:
        rank, size: this process, counted from 0, and how many there are.
        device: where this one computes.
    """

    rank: int
    size: int
    device: torch.device

    @property
    def is_writer(self) -> bool:
        """True in the one process that writes files and talks."""
        return self.rank == 0

    def pair(self, loss: Tensor | float, tokens: Tensor | int) -> Tensor:
        """Summed loss and tokens as one tensor, float64 (on MPS float32)."""
        kind = torch.float32 if self.device.type == "mps" else torch.float64
        both = [torch.as_tensor(value) for value in (loss, tokens)]
        return torch.stack([value.detach().to(self.device, kind) for value in both])

    def sum(self, values: Tensor) -> Tensor:
        """The values, added up over all processes, in place."""
        if self.size > 1:
            dist.all_reduce(values)
        return values

    def most(self, number: int) -> int:
        """The greatest of all processes' numbers."""
        if self.size == 1:
            return number
        held = torch.tensor(number, device=self.device)
        dist.all_reduce(held, dist.ReduceOp.MAX)
        return int(held)

    def shares(self, count: int) -> int:
        """``count``, rounded up so that every process gets the same share of it."""
        return -(-count // self.size) * self.size

    def barrier(self) -> None:
        """Wait until every process is here."""
        if self.size > 1:
            dist.barrier()

    def gather(self, values: Tensor) -> list[Tensor]:
        """Every process's tensor (all of one shape and on the CPU), in rank order."""
        if self.size == 1:
            return [values]
        held = values.to(self.device)
        parts = [torch.empty_like(held) for _ in range(self.size)]
        dist.all_gather(parts, held)
        return [part.to(values.device) for part in parts]

    def gather_texts(self, text: str) -> list[str]:
        """Every process's text, in rank order."""
        codes = torch.tensor(list(text.encode()), dtype=torch.uint8)
        filled = F.pad(codes, (0, self.most(len(codes)) - len(codes)))
        parts = self.gather(filled)
        return [bytes(part.tolist()).rstrip(b"\0").decode() for part in parts]


def join(device: torch.device | None = None) -> World:
    """The world that ``torchrun`` describes, joined; a world of one without it.

    gloo connects CPUs, NCCL connects GPUs; each process of a node takes its own GPU.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    device = device or torch.device("cpu")
    if size == 1:
        return World(0, 1, device)
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(device)
    if not dist.is_initialized():
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
        atexit.register(_leave)
    return World(dist.get_rank(), dist.get_world_size(), device)


def _leave() -> None:
    if dist.is_initialized():
        dist.destroy_process_group()


def wrap(objective: nn.Module, world: World, sharding: str) -> nn.Module:
    """The module, made to share its gradients with the other processes' copies.

    Args:
        sharding: "replicate" for DDP, "shard" for FSDP2. FSDP2 groups the layers of
            every ``nn.ModuleList``, so one layer's weights are whole at a time.
    """
    if world.size == 1:
        return objective
    with torch.no_grad():
        for tensor in [*objective.parameters(), *objective.buffers()]:
            dist.broadcast(tensor, src=0)
    if sharding == "replicate":
        ids = [world.device.index] if world.device.type == "cuda" else None
        return nn.parallel.DistributedDataParallel(objective, device_ids=ids)
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    mesh = init_device_mesh(world.device.type, (world.size,))
    for module in list(objective.modules()):
        if isinstance(module, nn.ModuleList):
            for layer in module:
                fully_shard(layer, mesh=mesh)
    return fully_shard(objective, mesh=mesh)


@contextlib.contextmanager
def sharing(objective: nn.Module, last: bool):
    """Gradients are shared in the last batch of an update only."""
    if last or not hasattr(objective, "no_sync"):
        if hasattr(objective, "set_requires_gradient_sync"):
            objective.set_requires_gradient_sync(last)
        yield
    else:
        with objective.no_sync():
            yield


def whole(tensor: Tensor) -> Tensor:
    """The tensor itself, or all of one that is shared out (in every process)."""
    return tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor


def own_part(tensor: Tensor) -> Tensor:
    """The part of a tensor that this process holds; a view of it."""
    return tensor.to_local() if hasattr(tensor, "to_local") else tensor


def share_out(tensor: Tensor, like: Tensor) -> Tensor:
    """A whole tensor, placed as ``like`` is: on its device, or shared out as it is."""
    if not hasattr(like, "full_tensor"):
        return tensor.to(like.device)
    from torch.distributed.tensor import distribute_tensor

    return distribute_tensor(tensor.to(like.device), like.device_mesh, like.placements)
