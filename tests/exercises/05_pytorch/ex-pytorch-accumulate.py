"""Wrong answers to "Gradients that add up", and a second right one."""

LOOP = """
def accumulated_step(model, pieces, optimizer):
    {before}
    for x, t in pieces:
        {inside}
        F.cross_entropy(model(x), t{keyword}){divide}.backward()
    {after}
"""

WRONG = {
    "does nothing": (
        "def accumulated_step(model, pieces, optimizer):\n    return None\n",
        "did not move",
    ),
    "mean of means": (
        LOOP.format(
            before="optimizer.zero_grad()", inside="pass", keyword="",
            divide=".div(len(pieces))", after="optimizer.step()",
        ),
        "mean of means",
    ),
    "sum over examples": (
        LOOP.format(
            before="optimizer.zero_grad()", inside="pass",
            keyword=', reduction="sum"', divide="", after="optimizer.step()",
        ),
        "how many there are in all",
    ),
    "reset inside the loop": (
        LOOP.format(
            before="total = sum(len(t) for _, t in pieces)",
            inside="optimizer.zero_grad()", keyword=', reduction="sum"',
            divide=".div(total)", after="optimizer.step()",
        ),
        "only the last piece",
    ),
    "never reset": (
        LOOP.format(
            before="total = sum(len(t) for _, t in pieces)", inside="pass",
            keyword=', reduction="sum"', divide=".div(total)",
            after="optimizer.step()",
        ),
        "old gradients were added",
    ),
    "a step for each piece": (
        LOOP.format(
            before="optimizer.zero_grad()", inside="optimizer.step()", keyword="",
            divide="", after="optimizer.step()",
        ),
        "one step in all",
    ),
}  # fmt: skip

RIGHT = {
    "another style": """
def accumulated_step(model, pieces, optimizer):
    model.zero_grad(set_to_none=False)
    sizes = torch.tensor([float(len(t)) for _, t in pieces])
    for share, (x, t) in zip((sizes / sizes.sum()).tolist(), pieces):
        (share * nn.CrossEntropyLoss()(model(x), t)).backward()
    optimizer.step()
""",
}
