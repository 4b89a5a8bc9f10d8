"""Wrong answers to "A step of a beam that keeps what has ended", and right ones."""

ANY = " "  # a hint of several words: which one is a matter of what was drawn
MADE = """
def beam_step(totals, log_p, ended, end):
    W, V = log_p.shape[1:]
    stays = torch.full_like(log_p, -torch.inf)
    stays[..., {place}] = {stay}
    offered = {offered}
    candidates = (totals[..., None] + offered).flatten(1)
    best, at = {choose}
    return {result}
"""
PLAIN = {
    "place": "end",
    "stay": "0",
    "offered": "torch.where(ended[..., None], stays, log_p)",
    "choose": "candidates.topk(W)",
    "result": "best, at // V, at % V",
}


def made(**changes):
    """The right answer with something changed."""
    return MADE.format(**PLAIN | changes)


WRONG = {
    "ended ones go on": (made(offered="log_p"), ANY),
    "ended ones offer every token": (
        made(offered="log_p.masked_fill(ended[..., None], 0)"),
        "offers itself once",
    ),
    "ended ones are gone": (
        made(offered="log_p.masked_fill(ended[..., None], -torch.inf)"),
        ANY,
    ),
    "ended ones with another token": (made(place="0"), "the token"),
    "a total that moves": (made(stay="log_p[..., end]"), ANY),
    "times 0": (
        made(
            offered="log_p * ~ended[..., None] + "
            "torch.where(ended[..., None], stays, 0.0)"
        ),
        "NaN",
    ),
    "the worst first": (
        made(result="best.flip(1), (at // V).flip(1), (at % V).flip(1)"),
        "not the best first",
    ),
    "not sorted": (
        made(
            choose="(lambda i: (candidates.gather(1, i), i))("
            "candidates.topk(W).indices.sort(1).values)"
        ),
        ANY,
    ),
    "one candidate a beginning": (
        "def beam_step(totals, log_p, ended, end):\n"
        "    stays = torch.full_like(log_p, -torch.inf)\n"
        "    stays[..., end] = 0\n"
        "    offered = torch.where(ended[..., None], stays, log_p)\n"
        "    each, token = (totals[..., None] + offered).max(-1)\n"
        "    best, parent = each.sort(1, descending=True)\n"
        "    return best, parent, token.gather(1, parent)\n",
        "may have one parent",
    ),
    "all rows together": (
        made(
            choose="[x.view(len(totals), -1) for x in "
            "candidates.flatten().topk(totals.numel())]"
        ),
        ANY,
    ),
    "places in place of parents": (
        made(result="best, at, at % V"),
        "wanted the beginning alone",
    ),
    "places in place of tokens": (
        made(result="best, at // V, at"),
        "wanted the token alone",
    ),
    "divided by W": (made(result="best, at // W, at % W"), ANY),
    "parents and tokens exchanged": (made(result="best, at % V, at // V"), ANY),
    "probabilities": (made(result="best.exp(), at // V, at % V"), ANY),
    "a bonus for the ended": (made(stay="0.5"), ANY),
    "the ended first": (
        made(choose="candidates.add(0).topk(W)", stay="100.0"),
        ANY,
    ),
    "what is better than the best": (
        made(offered="torch.where(ended[..., None], stays, log_p.clamp(max=-0.5))"),
        ANY,
    ),
    "a hundred below in place of -inf": (
        made().replace("-torch.inf", "-100.0"),
        ANY,
    ),
    "ten thousand below in place of -inf": (
        made().replace("-torch.inf", "-1e4"),
        ANY,
    ),
    "products of probabilities": (
        made(
            choose="(lambda found: (found.values.log(), found.indices))("
            "(totals[..., None].exp() * offered.exp()).flatten(1).topk(W))"
        ),
        ANY,
    ),
    "who goes on may not end": (
        made().replace(
            "    candidates =",
            "    offered[..., end] = torch.where(ended, 0.0, -torch.inf)\n"
            "    candidates =",
        ),
        ANY,
    ),
    "parents by their place in the whole batch": (
        made(result="best, at // V + W * torch.arange(len(at))[:, None], at % V"),
        ANY,
    ),
    "the first 64 words of the vocabulary": (
        made(
            offered="torch.where(torch.arange(V) < 64, "
            "torch.where(ended[..., None], stays, log_p), -torch.inf)"
        ),
        ANY,
    ),
    "changes log_p": (
        made().replace(
            "    offered = torch.where(ended[..., None], stays, log_p)",
            "    log_p[ended] = stays[ended]\n    offered = log_p",
        ),
        "in place",
    ),
    "remembered": (
        "kept = {}\n"
        + made().replace(
            "    stays =",
            "    ended = kept.setdefault(log_p.shape, ended)\n    stays =",
            1,
        ),
        ANY,
    ),
}

RIGHT = {
    "a loop": """
def beam_step(totals, log_p, ended, end):
    rows = []
    for b in range(len(totals)):
        offers = []
        for w in range(totals.shape[1]):
            if ended[b, w]:
                offers.append((totals[b, w].item(), w, end))
                continue
            for v in range(log_p.shape[-1]):
                offers.append(((totals[b, w] + log_p[b, w, v]).item(), w, v))
        rows.append(sorted(offers, reverse=True)[:totals.shape[1]])
    best = torch.tensor([[one[0] for one in row] for row in rows])
    parents = torch.tensor([[one[1] for one in row] for row in rows])
    tokens = torch.tensor([[one[2] for one in row] for row in rows])
    return best.double(), parents, tokens
""",
    "a copy, and a sort": """
def beam_step(totals, log_p, ended, end):
    B, W, V = log_p.shape
    grown = log_p.clone()
    grown[ended] = float("-inf")
    grown[..., end][ended] = 0.0
    scores = (totals.unsqueeze(-1) + grown).reshape(B, W * V)
    order = scores.argsort(dim=1, descending=True)[:, :W]
    parents = torch.div(order, V, rounding_mode="floor")
    return [torch.take_along_dim(scores, order, 1), parents, order - parents * V]
""",
    "a column beside the others": """
def beam_step(totals, log_p, ended, end):
    B, W, V = log_p.shape
    going = totals[..., None] + log_p
    going = torch.where(ended[..., None], float("-inf"), going)
    still = torch.where(ended, totals, float("-inf"))
    everything = torch.cat([going.flatten(1), still], dim=1)
    best, at = everything.topk(W, dim=1)
    stays = at >= W * V
    parents = torch.where(stays, at - W * V, at // V)
    return best, parents, torch.where(stays, end, at % V)
""",
    "a heap": """
import heapq


def beam_step(totals, log_p, ended, end):
    found = [[], [], []]
    for total, steps, over in zip(totals.tolist(), log_p.tolist(), ended.tolist()):
        offers = []
        for w, sum_so_far in enumerate(total):
            if over[w]:
                offers.append((sum_so_far, w, end))
            else:
                offers += [(sum_so_far + s, w, v) for v, s in enumerate(steps[w])]
        best = heapq.nlargest(len(total), offers)
        for column, values in zip(found, zip(*best)):
            column.append(list(values))
    return tuple(torch.tensor(column) for column in found)
""",
    "the best, again and again": """
def beam_step(totals, log_p, ended, end):
    B, W, V = log_p.shape
    left = totals[..., None] + torch.where(ended[..., None], 0.0, log_p)
    left[ended[..., None] & (torch.arange(V) != end)] = -torch.inf
    left = left.view(B, -1)
    found = []
    for _ in range(W):
        best, at = left.max(-1)
        found.append((best, at // V, at % V))
        left[range(B), at] = -torch.inf
    return [torch.stack(column, 1) for column in zip(*found)]
""",
}
