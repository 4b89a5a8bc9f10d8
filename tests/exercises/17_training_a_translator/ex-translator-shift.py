"""Wrong answers to "Moved by one", and a second right one."""

MADE = """
def shift(rows, pad_id, bos_id, eos_id):
    longest = max(len(row) for row in rows) + 1
    fill = lambda row: row + [pad_id] * (longest - len(row))
    return (torch.tensor([{into} for row in rows]),
            torch.tensor([{out} for row in rows]))
"""
INTO, OUT = "fill([bos_id, *row])", "fill([*row, eos_id])"

WRONG = {
    "not shifted": (MADE.format(into=OUT, out=OUT), "is the other one of the two"),
    "no beginning": (MADE.format(into="fill([*row])", out=OUT), "target_in has no bos"),
    "no end": (MADE.format(into=INTO, out="fill([*row])"), "target_out has no eos"),
    "end goes in too": (
        MADE.format(into="[bos_id, *row, eos_id][:longest] + [pad_id] * "
                    "(longest - len(row) - 2)", out=OUT),
        "target_in holds eos",
    ),
    "beginning comes out": (
        MADE.format(into=INTO, out="[bos_id, *row, eos_id] + [pad_id] * "
                    "(longest - len(row) - 1)"),
        "target_out holds bos",
    ),
    "padded in front": (
        MADE.format(into="[pad_id] * (longest - len(row) - 1) + [bos_id, *row]",
                    out=OUT),
        "padded in front",
    ),
    "not padded": (
        "def shift(rows, pad_id, bos_id, eos_id):\n"
        "    return (torch.tensor([[bos_id, *row] for row in rows]),\n"
        "            torch.tensor([[*row, eos_id] for row in rows]))\n",
        "rows differ in length",
    ),
    "changes its input": (
        "def shift(rows, pad_id, bos_id, eos_id):\n"
        "    longest = max(len(row) for row in rows) + 1\n"
        "    for row in rows:\n"
        "        row.append(eos_id)\n"
        "        row += [pad_id] * (longest - len(row))\n"
        "    out = torch.tensor(rows)\n"
        "    into = [[bos_id, *row] for row in rows]\n"
        "    return torch.tensor(into)[:, :-1], out\n",
        "changed the rows",
    ),
}  # fmt: skip

SECOND = """
def shift(rows, pad_id, bos_id, eos_id):
    ins = [torch.tensor([bos_id] + list(row)) for row in rows]
    outs = [torch.tensor(list(row) + [eos_id]) for row in rows]
    def square(parts):
        return torch.nn.utils.rnn.pad_sequence(
            parts, batch_first=True, padding_value=pad_id)
    return square(ins), square(outs)
"""
