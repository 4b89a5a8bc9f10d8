"""Wrong answers to "Count any Transformer", cheats, and other right ones."""

HEAD = "\ndef count_parameters(V, D, H, d_k, d_v, F, L):\n"
TOTAL = (
    HEAD
    + """    attention = 2 * D * H * (d_k + d_v) + H * (2 * d_k + d_v) + D
    feed = 2 * D * F + F + D
    encoder = attention + feed + 4 * D
    decoder = 2 * attention + feed + 6 * D
    return V * D + L * (encoder + decoder)
"""
)

WRONG = {
    "three tables": (TOTAL.replace("V * D", "3 * V * D"), "serves three times"),
    "two tables": (TOTAL.replace("V * D", "2 * V * D"), "two tables"),
    "bias on the logits": (TOTAL.replace("V * D", "V * D + V"), "no bias"),
    "heads of width D / H": (
        TOTAL.replace(
            "2 * D * H * (d_k + d_v) + H * (2 * d_k + d_v)", "4 * D * D"
        ).replace("+ D\n    feed", "+ 4 * D\n    feed"),
        "of width D / H",
    ),
    "one head": (HEAD + "    H = 1\n" + TOTAL.removeprefix(HEAD), "where is H"),
    "queries and values mixed up": (
        TOTAL.replace("2 * d_k + d_v", "2 * d_v + d_k"),
        "values d_v",
    ),
    "no cross-attention": (
        TOTAL.replace("2 * attention", "attention"),
        "two attentions in each layer",
    ),
    "two norms in the decoder": (TOTAL.replace("6 * D", "4 * D"), "three norms"),
    "norms without bias": (
        TOTAL.replace("4 * D\n", "2 * D\n").replace("6 * D", "3 * D"),
        "a gain and a bias",
    ),
    "no norms": (
        TOTAL.replace(" + 4 * D\n", "\n").replace(" + 6 * D", ""),
        "where are the norms",
    ),
    "no biases": (
        HEAD
        + """    attention = 2 * D * H * (d_k + d_v)
    return V * D + L * (3 * attention + 4 * D * F + 10 * D)
""",
        "where are the biases",
    ),
    "the last norms of pre-norm": (
        TOTAL.replace("V * D", "V * D + 4 * D"),
        "belongs to pre-norm",
    ),
    "one layer": (TOTAL.replace("L * (", "("), "only one layer"),
    "twice the layers": (TOTAL.replace("L * (", "2 * L * ("), "twice the layers"),
    "two mistakes at once": (
        TOTAL.replace("V * D", "V * D + V").replace("6 * D", "4 * D"),
        "the number is",
    ),
    "a share of D": (
        HEAD + "    d_k = d_v = D // H\n" + TOTAL.removeprefix(HEAD),
        "the number is",
    ),
    "in float32": (
        "import numpy as np\n"
        + TOTAL.replace("return ", "return np.float32(").rstrip()
        + ")\n",
        "the number is",
    ),
    "in millions": (
        TOTAL.replace("return ", "return round((").rstrip() + ") / 1e6, 1)\n",
        "number",
    ),
    "in 64 bits": (
        "import numpy as np\n"
        + HEAD
        + """    a = np.array([D, D, D, H * d_v, D, F], dtype=np.int64)
    b = np.array([H * d_k, H * d_k, H * d_v, D, F, D], dtype=np.int64)
    return V * D + L * (np.array([3, 3, 3, 3, 2, 2]) @ (a * b + b) + 10 * D)
""",
        "the number is",
    ),
    "a whole float": (
        TOTAL.replace("return ", "return float(").rstrip() + ")\n",
        "the number is",
    ),
    "divided at the end": (
        TOTAL.replace("return ", "return int(2 * (").rstrip() + ") / 2)\n",
        "the number is",
    ),
    "a memo without d_v": (
        "memo = {}\n"
        + TOTAL.replace(
            "return ", "return memo.setdefault((V, D, H, d_k, F, L), "
        ).rstrip()
        + ")\n",
        "the number is",
    ),
    "networks end without biases": (
        TOTAL.replace("+ F + D\n", "+ F\n"),
        "end with biases",
    ),
    "each part by itself": (
        TOTAL.replace("V * D + L", "V * D, L"),
        "one number; got a tuple of 2",
    ),
}
CHEATS = {
    "a model is counted": (
        """
from n2t import models

def count_parameters(V, D, H, d_k, d_v, F, L):
    config = models.TransformerConfig(
        V, V, d_model=D, n_head=H, d_k=d_k, d_v=d_v, d_ff=F, n_layer=L,
        tie_embeddings="all", position="none",
    )
    with torch.device("meta"):
        return models.Transformer(config).n_parameters()
""",
        "not a model",
    ),
    "PyTorch's layers are counted": (
        HEAD
        + """
    with torch.device("meta"):
        parts = 3 * [nn.Linear(D, H * d_k), nn.Linear(D, H * d_k)]
        parts += 3 * [nn.Linear(D, H * d_v), nn.Linear(H * d_v, D)]
        parts += 2 * [nn.Linear(D, F), nn.Linear(F, D)] + 5 * [nn.LayerNorm(D)]
    layer = sum(p.numel() for part in parts for p in part.parameters())
    return V * D + L * layer
""",
        "not a model",
    ),
}

RIGHT = {
    "maps in a list": (
        HEAD
        + """    maps = 3 * [(D, H * d_k), (D, H * d_k), (D, H * d_v), (H * d_v, D)]
    maps += 2 * [(D, F), (F, D)]
    layer = sum((a + 1) * b for a, b in maps) + 10 * D
    return L * layer + V * D
"""
    ),
    "layer by layer": (
        HEAD
        + """    total = V * D
    for stack in ("encoder", "decoder"):
        for layer in range(L):
            for attention in range(1 if stack == "encoder" else 2):
                total += 2 * (D + 1) * H * d_k + (D + 1) * H * d_v + (H * d_v + 1) * D
                total += 2 * D
            total += (D + 1) * F + (F + 1) * D + 2 * D
    return total
"""
    ),
    "NumPy's objects": (
        "import numpy as np\n"
        + HEAD
        + """    a = np.array([D, D, D, H * d_v, D, F], dtype=object)
    b = np.array([H * d_k, H * d_k, H * d_v, D, F, D], dtype=object)
    return V * D + L * (np.array([3, 3, 3, 3, 2, 2]) @ (a * b + b) + 10 * D)
"""
    ),
    "one polynomial": (
        HEAD
        + "    return D * (V + L * (13 + 2 + 6 * H * (d_k + d_v) + 4 * F))"
        + " + L * (3 * H * (2 * d_k + d_v) + 2 * F)\n"
    ),
}  # fmt: skip
