"""Wrong answers to "Count any Transformer", and a second right one."""

RIGHT = """
def count_parameters(V, D, H, d_k, d_v, F, L):
    attention = 2 * D * H * (d_k + d_v) + H * (2 * d_k + d_v) + D
    feed = 2 * D * F + F + D
    encoder = attention + feed + 4 * D
    decoder = 2 * attention + feed + 6 * D
    return V * D + L * (encoder + decoder)
"""

WRONG = {
    "three tables": (RIGHT.replace("V * D", "3 * V * D"), "serves three times"),
    "bias on the logits": (RIGHT.replace("V * D", "V * D + V"), "no bias"),
    "heads of width D / H": (
        RIGHT.replace(
            "2 * D * H * (d_k + d_v) + H * (2 * d_k + d_v)", "4 * D * D"
        ).replace("+ D\n    feed", "+ 4 * D\n    feed"),
        "of width D / H",
    ),
    "no cross-attention": (
        RIGHT.replace("2 * attention", "attention"),
        "two attentions in each layer",
    ),
    "two norms in the decoder": (RIGHT.replace("6 * D", "4 * D"), "three norms"),
    "norms without bias": (
        RIGHT.replace("4 * D\n", "2 * D\n").replace("6 * D", "3 * D"),
        "a gain and a bias",
    ),
    "no biases": (
        """
def count_parameters(V, D, H, d_k, d_v, F, L):
    attention = 2 * D * H * (d_k + d_v)
    return V * D + L * (3 * attention + 4 * D * F + 10 * D)
""",
        "where are the biases",
    ),
    "one layer": (RIGHT.replace("L * (", "("), "only one layer"),
}

RIGHT = {
    "another style": """
def count_parameters(V, D, H, d_k, d_v, F, L):
    maps = 3 * [(D, H * d_k), (D, H * d_k), (D, H * d_v), (H * d_v, D)]
    maps += 2 * [(D, F), (F, D)]
    layer = sum((a + 1) * b for a, b in maps) + 10 * D
    return L * layer + V * D
""",
}
