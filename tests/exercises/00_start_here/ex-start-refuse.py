"""Wrong answers to `squared_error`, with words that their hints must contain."""

HEAD = "def squared_error(prediction, target):\n"
REFUSE = (
    "    if prediction.shape != target.shape:\n"
    '        raise ValueError(f"{prediction.shape} and {target.shape} differ")\n'
)
RETURN = "    return ((prediction - target) ** 2).mean()\n"

WRONG = {
    "the bug itself": (HEAD + RETURN, "that is the bug itself"),
    "reshapes the target": (
        HEAD
        + "    if prediction.size != target.size:\n"
        + '        raise ValueError(f"{prediction.shape}, {target.shape}")\n'
        + "    target = target.reshape(prediction.shape)\n"
        + RETURN,
        "that is the bug itself",
    ),
    "does not compare the batch": (
        HEAD
        + "    if prediction.ndim != target.ndim or prediction.shape[1:] != "
        + "target.shape[1:]:\n"
        + '        raise ValueError(f"{prediction.shape} and {target.shape}")\n'
        + RETURN,
        "the batch was stretched",
    ),
    "looks at one of the two": (
        HEAD
        + "    if np.broadcast_shapes(prediction.shape, target.shape) != "
        + "target.shape:\n"
        + '        raise ValueError(f"{prediction.shape} and {target.shape}")\n'
        + RETURN,
        "were accepted",
    ),
    "compares numbers of axes": (
        HEAD
        + "    if prediction.ndim != target.ndim:\n"
        + '        raise ValueError(f"{prediction.shape} and {target.shape}")\n'
        + RETURN,
        "the batch was stretched",
    ),
    "cuts to the shorter batch": (
        HEAD
        + "    if prediction.shape[1:] != target.shape[1:]:\n"
        + '        raise ValueError(f"{prediction.shape} and {target.shape}")\n'
        + "    n = min(len(prediction), len(target))\n"
        + "    return ((prediction[:n] - target[:n]) ** 2).mean()\n",
        "were accepted",
    ),
    "refuses the right ones too": (
        HEAD + '    raise ValueError(f"{prediction.shape} and {target.shape}")\n',
        "both arrays had the shape",
    ),
    "a message without shapes": (
        HEAD + REFUSE.replace("{prediction.shape} and {target.shape}", "they") + RETURN,
        "the message must contain",
    ),
    "a message with one of the shapes": (
        HEAD + REFUSE.replace(" and {target.shape}", "") + RETURN,
        "the message must contain",
    ),
    "an assert": (
        HEAD + "    assert prediction.shape == target.shape\n" + RETURN,
        "wanted ValueError, got AssertionError",
    ),
    "a sum": (HEAD + REFUSE + RETURN.replace("mean", "sum"), "a sum: wanted the mean"),
    "the square of the mean": (
        HEAD + REFUSE + "    return (prediction - target).mean() ** 2\n",
        "square first",
    ),
    "absolute values": (
        HEAD + REFUSE + "    return np.abs(prediction - target).mean()\n",
        "square them",
    ),
    "half of it": (
        HEAD + REFUSE + "    return ((prediction - target) ** 2).mean() / 2\n",
        "half the mean squared error",
    ),
    "one error an example": (
        HEAD + REFUSE + "    return ((prediction - target) ** 2).mean(axis=-1)\n",
        "wanted the loss, one number",
    ),
}

CHEATS = {
    f"remembers losses by the {name}": (
        f"known = {{}}\n{HEAD}{REFUSE}"
        + "    loss = ((prediction - target) ** 2).mean()\n"
        + f"    return known.setdefault({key}, loss)\n",
        "the loss is",
    )
    for name, key in (
        ("shape", "prediction.shape"),
        ("prediction", "prediction.tobytes()"),
        ("target", "target.tobytes()"),
    )
}
CHEATS["small losses are 0"] = (
    HEAD
    + REFUSE
    + "    loss = ((prediction - target) ** 2).mean()\n"
    + "    return 0.0 if np.isclose(loss, 0) else loss\n",
    "the loss is",
)

RIGHT = {
    "another style": """
def squared_error(prediction, target):
    one, two = np.shape(prediction), np.shape(target)
    if one == two:
        return np.mean(np.square(prediction - target))
    raise ValueError("shapes must be equal, got " + str(one) + " and " + str(two))
""",
    "flat, in Python's numbers": """
def squared_error(prediction, target):
    if np.shape(prediction) != np.shape(target):
        raise ValueError(f"{np.shape(prediction)} is not {np.shape(target)}")
    gaps = (np.asarray(prediction) - np.asarray(target)).ravel()
    return float(gaps @ gaps) / gaps.size
""",
    "shapes as lists, an error of its own": """
class ShapeError(ValueError):
    pass
def squared_error(prediction, target):
    if list(prediction.shape) != list(target.shape):
        raise ShapeError(f"target {list(target.shape)}, {list(prediction.shape)}")
    return np.linalg.norm(prediction - target) ** 2 / prediction.size
""",
    "torch's loss": """
import torch
def squared_error(prediction, target):
    one, two = torch.as_tensor(prediction), torch.as_tensor(target)
    if one.shape != two.shape:
        raise ValueError(f"{one.shape} and {two.shape}")
    return torch.nn.functional.mse_loss(one, two)
""",
}
