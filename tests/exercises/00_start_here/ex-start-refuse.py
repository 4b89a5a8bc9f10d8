"""Wrong answers to `squared_error`, with words that their hints must contain."""

HEAD = "def squared_error(prediction, target):\n"
REFUSE = (
    "    if prediction.shape != target.shape:\n"
    '        raise ValueError(f"{prediction.shape} and {target.shape} differ")\n'
)

WRONG = {
    "the bug itself": (
        HEAD + "    return ((prediction - target) ** 2).mean()\n",
        "that is the bug itself",
    ),
    "does not compare the batch": (
        HEAD
        + "    if prediction.ndim != target.ndim or prediction.shape[1:] != "
        + "target.shape[1:]:\n"
        + '        raise ValueError(f"{prediction.shape} and {target.shape}")\n'
        + "    return ((prediction - target) ** 2).mean()\n",
        "the batch was stretched",
    ),
    "a message without shapes": (
        HEAD
        + "    if prediction.shape != target.shape:\n"
        + '        raise ValueError("shapes differ")\n'
        + "    return ((prediction - target) ** 2).mean()\n",
        "the message must contain",
    ),
    "an assert": (
        HEAD
        + "    assert prediction.shape == target.shape\n"
        + "    return ((prediction - target) ** 2).mean()\n",
        "wanted ValueError, got AssertionError",
    ),
    "a sum": (
        HEAD + REFUSE + "    return ((prediction - target) ** 2).sum()\n",
        "a sum: wanted the mean",
    ),
    "the square of the mean": (
        HEAD + REFUSE + "    return (prediction - target).mean() ** 2\n",
        "square first",
    ),
    "one error an example": (
        HEAD + REFUSE + "    return ((prediction - target) ** 2).mean(axis=-1)\n",
        "wanted one number",
    ),
}

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
}
