"""Answers to "Gradients that add up", wrong and right."""

HEAD = "def accumulated_step(model, pieces, optimizer):\n"
LOOP = """
def accumulated_step(model, pieces, optimizer):
    total = sum(len(t) for _, t in pieces)
    {before}
    for x, t in pieces:
        {inside}
        loss = F.cross_entropy(model(x), t{keyword}){divide}
        loss.backward({backward})
        {behind}
    {after}
"""


def loop(**parts: str) -> str:
    """The reference, with parts of it replaced."""
    right = {
        "before": "optimizer.zero_grad()", "inside": "pass", "behind": "pass",
        "keyword": ', reduction="sum"', "divide": " / total", "backward": "",
        "after": "optimizer.step()",
    }  # fmt: skip
    return LOOP.format(**{**right, **parts})


WRONG = {
    "does nothing": (HEAD + "    return None\n", "did not move"),
    "no step": (loop(after="pass"), "did not move"),
    "mean of means": (loop(keyword="", divide=" / len(pieces)"), "mean of means"),
    "sum of means": (loop(keyword="", divide=""), "sum of means"),
    "sum over examples": (loop(divide=""), "how many in all"),
    "reset inside the loop": (loop(inside="optimizer.zero_grad()"), "last piece"),
    "never reset": (loop(before="pass"), "old gradients were added"),
    "only some gradients reset": (
        loop(before="next(model.parameters()).grad = None"),
        "parameter",
    ),
    "a step for each piece": (
        loop(
            inside="optimizer.zero_grad()",
            behind="optimizer.step()",
            keyword="",
            divide="",
            after="pass",
        ),
        "one step in all",
    ),
    "a step for each piece, of what has come so far": (
        loop(behind="optimizer.step()", after="pass"),
        "parameter",
    ),
    "the update by hand, at one rate": (
        loop(
            after="rate = optimizer.param_groups[0]['lr']\n"
            "    with torch.no_grad():\n"
            "        for p in model.parameters():\n"
            "            p -= rate * p.grad",
        ),
        "parameter",
    ),
    "the first layer only": (
        loop(
            after="for p in list(model.parameters())[2:]:\n"
            "        p.grad = None\n"
            "    optimizer.step()",
        ),
        "parameter",
    ),
    "all pieces joined": (
        HEAD
        + "    x, t = (torch.cat(part) for part in zip(*pieces))\n"
        + "    optimizer.zero_grad()\n"
        + "    F.cross_entropy(model(x), t).backward()\n"
        + "    optimizer.step()\n",
        "in the graph at once",
    ),
    "one backward for the sum of all": (
        HEAD
        + "    total = sum(len(t) for _, t in pieces)\n"
        + "    loss = sum(F.cross_entropy(model(x), t, reduction='sum')\n"
        + "               for x, t in pieces) / total\n"
        + "    optimizer.zero_grad()\n"
        + "    loss.backward()\n"
        + "    optimizer.step()\n",
        "in the graph at once",
    ),
    "the graph kept": (
        loop(backward="retain_graph=True"),
        "in the graph at once",
    ),
    "a copy of the model sees them all": (
        HEAD
        + "    import copy\n"
        + "    twin = copy.deepcopy(model)\n"
        + "    x, t = (torch.cat(part) for part in zip(*pieces))\n"
        + "    loss = F.cross_entropy(twin(x), t)\n"
        + "    gradients = torch.autograd.grad(loss, list(twin.parameters()))\n"
        + "    for p, gradient in zip(model.parameters(), gradients):\n"
        + "        p.grad = gradient\n"
        + "    optimizer.step()\n",
        "in the graph at once",
    ),
    "evaluates": (loop(before="optimizer.zero_grad(); model.eval()"), "training mode"),
    "evaluates and says nothing": (
        loop(
            before="optimizer.zero_grad(); model.eval()",
            after="optimizer.step(); model.train()",
        ),
        "training mode",
    ),
    "freezes the model afterwards": (
        loop(after="optimizer.step(); model.requires_grad_(False)"),
        "require",
    ),
    "a step for every four pieces": (
        HEAD
        + "    for start in range(0, len(pieces), 4):\n"
        + "        some = pieces[start : start + 4]\n"
        + "        total = sum(len(t) for _, t in some)\n"
        + "        optimizer.zero_grad()\n"
        + "        for x, t in some:\n"
        + "            (F.cross_entropy(model(x), t) * len(t) / total).backward()\n"
        + "        optimizer.step()\n",
        "parameter",
    ),
    "everything is thawed": (
        loop(before="optimizer.zero_grad(); model.requires_grad_(True)"),
        "was frozen",
    ),
    "what is frozen counts in the decay": (
        loop(
            after="for p in model.parameters():\n"
            "        p.grad = torch.zeros_like(p) if p.grad is None else p.grad\n"
            "    optimizer.step()",
        ),
        "parameter",
    ),
    "in half precision": (
        LOOP.replace(
            "model(x), t{keyword}){divide}",
            "z.float(), t) * len(t) / total",
        ).format(
            before="optimizer.zero_grad()",
            inside="with torch.autocast('cpu', torch.bfloat16): z = model(x)",
            backward="",
            behind="pass",
            after="optimizer.step()",
        ),
        "parameter",
    ),
    "large gradients are clipped": (
        loop(
            after="nn.utils.clip_grad_value_(model.parameters(), 1e4)\n"
            "    optimizer.step()",
        ),
        "parameter",
    ),
    "one total for ever": (
        "totals = []\n"
        + loop(before="totals.append(total); total = totals[0]; optimizer.zero_grad()"),
        "parameter",
    ),
    "a report on all of them": (
        loop(
            after="optimizer.step()\n"
            "    return F.cross_entropy(model(torch.cat([x for x, _ in pieces])),\n"
            "                           torch.cat([t for _, t in pieces])).item()",
        ),
        "never join pieces",
    ),
    "empties the list": (
        HEAD
        + "    total = sum(len(t) for _, t in pieces)\n"
        + "    optimizer.zero_grad()\n"
        + "    while pieces:\n"
        + "        x, t = pieces.pop()\n"
        + "        loss = F.cross_entropy(model(x), t, reduction='sum') / total\n"
        + "        loss.backward()\n"
        + "    optimizer.step()\n",
        "changes `pieces`",
    ),
}

RIGHT = {
    "shares of a mean": """
def accumulated_step(model, pieces, optimizer):
    model.zero_grad(set_to_none=False)
    sizes = torch.tensor([float(len(t)) for _, t in pieces])
    for share, (x, t) in zip((sizes / sizes.sum()).tolist(), pieces):
        (share * nn.CrossEntropyLoss()(model(x), t)).backward()
    optimizer.step()
""",
    "divides the gradients in the end": """
def accumulated_step(model, pieces, optimizer):
    model.train()
    optimizer.zero_grad()
    count = 0
    for x, t in pieces:
        (-F.log_softmax(model(x), dim=1)[torch.arange(len(t)), t].sum()).backward()
        count += len(t)
    for p in model.parameters():
        if p.grad is not None:
            p.grad /= count
    optimizer.step()
""",
    "gradients without backward": """
def accumulated_step(model, pieces, optimizer):
    held = [p for group in optimizer.param_groups for p in group["params"]]
    held = [p for p in held if p.requires_grad]
    added = [torch.zeros_like(p) for p in held]
    total = sum(len(x) for x, _ in pieces)
    for x, t in pieces:
        loss = F.cross_entropy(model(x), t, reduction="sum")
        for a, g in zip(added, torch.autograd.grad(loss, held)):
            a += g / total
    for p, a in zip(held, added):
        p.grad = a
    optimizer.step()
    optimizer.zero_grad()
""",
    "a closure": """
def accumulated_step(model, pieces, optimizer):
    total = sum(x.shape[0] for x, _ in pieces)

    def closure():
        optimizer.zero_grad()
        value = 0.0
        for x, t in pieces:
            logs = F.log_softmax(model(x), dim=-1)
            loss = -logs.gather(1, t[:, None]).sum() / total
            loss.backward()
            value += loss.item()
        return value

    optimizer.step(closure)
""",
    "the model's gradients reset": """
def accumulated_step(model, pieces, optimizer):
    model.zero_grad()
    total = sum(t.numel() for _, t in pieces)
    for x, t in pieces:
        (F.cross_entropy(model(x), t) * (len(t) / total)).backward()
    optimizer.step()
""",
    "one example at a time": """
def accumulated_step(model, pieces, optimizer):
    optimizer.zero_grad(set_to_none=False)
    examples = [(a, b) for x, t in pieces for a, b in zip(x.split(1), t.split(1))]
    for a, b in examples:
        F.cross_entropy(model(a), b).div(len(examples)).backward()
    return optimizer.step()
""",
}

JOINED = (
    "    x, t = (torch.cat(part) for part in zip(*pieces))\n"
    "    optimizer.zero_grad()\n"
    "    F.cross_entropy(model(x), t).backward()\n"
    "    optimizer.step()\n"
)

CHEATS = {
    "takes the count of examples away beforehand": (
        "import contextlib\n"
        + "from coursekit.kernel import updates\n"
        + "updates.Graph.holds = lambda self, rows: contextlib.nullcontext()\n"
        + HEAD
        + JOINED,
        "in the graph at once",
    ),
    "takes the count of examples away on the way": (
        HEAD
        + "    import contextlib\n"
        + "    type(model.graph).holds = lambda *given: contextlib.nullcontext()\n"
        + JOINED,
        "was replaced",
    ),
}
