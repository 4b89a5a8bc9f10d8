"""Wrong answers to `windows`, and right ones in other styles."""

HEAD = "def windows(n, length, stride):\n"
LOOP = "    found, done, start = [], 0, 0\n    while done < n:\n"

WRONG = {
    "windows do not overlap": (
        HEAD + "    return [(i, min(i + length, n), i) for i in range(0, n, length)]\n",
        "wanted",
    ),
    "everything is scored in every window": (
        HEAD + "    return [(i, min(i + length, n), i) for i in range(0, n, stride)]\n",
        "scored more than once",
    ),
    "the first part of a window is never scored": (
        HEAD + LOOP + "        end = min(start + length, n)\n"
        "        found.append((start, end, min(start + length - stride, end - 1)))\n"
        "        done, start = end, start + stride\n"
        "    return found\n",
        "never scored",
    ),
    "the end is left out": (
        HEAD + LOOP + "        end = start + length\n"
        "        if end > n:\n"
        "            break\n"
        "        found.append((start, end, done))\n"
        "        done, start = end, start + stride\n"
        "    return found\n",
        "never scored",
    ),
    "the last window reads beyond": (
        HEAD + LOOP + "        end = start + length\n"
        "        found.append((start, end, done))\n"
        "        done, start = end, start + stride\n"
        "    return found\n",
        "behind the text",
    ),
    "windows go on to the end": (
        HEAD + "    found, done = [], 0\n"
        "    for start in range(0, n, stride):\n"
        "        end = min(start + length, n)\n"
        "        found.append((start, end, done))\n"
        "        done = end\n"
        "    return found\n",
        "goes on after",
    ),
    "the last window is pushed back": (
        HEAD + LOOP + "        start = max(0, min(start, n - length))\n"
        "        end = min(start + length, n)\n"
        "        found.append((start, end, done))\n"
        "        done, start = end, start + stride\n"
        "    return found\n",
        "wanted",
    ),
    "one token more in a window": (
        HEAD + LOOP + "        end = min(start + length + 1, n)\n"
        "        found.append((start, end, done))\n"
        "        done, start = end, start + stride\n"
        "    return found\n",
        "reads more tokens",
    ),
    "ends are included": (
        HEAD + LOOP + "        end = min(start + length, n)\n"
        "        found.append((start, end - 1, done))\n"
        "        done, start = end, start + stride\n"
        "    return found\n",
        "never scored",
    ),
    "nothing is scored without a token before it": (
        HEAD + LOOP + "        end = min(start + length, n)\n"
        "        found.append((start, end, max(done, 1)))\n"
        "        done, start = end, start + stride\n"
        "    return found\n",
        "never scored",
    ),
    "first counts from the window's start": (
        HEAD + LOOP + "        end = min(start + length, n)\n"
        "        found.append((start, end, done - start))\n"
        "        done, start = end, start + stride\n"
        "    return found\n",
        "more than once",
    ),
    "scored in the last window that reads it": (
        HEAD + LOOP + "        end = min(start + length, n)\n"
        "        last = end if end == n else start + stride\n"
        "        found.append((start, last, start))\n"
        "        done, start = end, start + stride\n"
        "    return found\n",
        "wanted",
    ),
}

RIGHT = {
    "a count of windows": HEAD
    + "    number = 1 + max(0, -(-(n - length) // stride))\n"
    + "    ends = [min(i * stride + length, n) for i in range(number)]\n"
    + "    firsts = [0, *ends[:-1]]\n"
    + "    return [(i * stride, e, f) for i, (e, f) in enumerate(zip(ends, firsts))]\n",
    "a generator": HEAD
    + "    def each():\n"
    + "        first = 0\n"
    + "        for start in range(0, n, stride):\n"
    + "            yield start, min(start + length, n), first\n"
    + "            first = min(start + length, n)\n"
    + "            if first == n:\n"
    + "                return\n"
    + "    return list(each())\n",
    "recursion by a stack": HEAD
    + "    found = [(0, min(length, n), 0)]\n"
    + "    while found[-1][1] < n:\n"
    + "        start, end, _ = found[-1]\n"
    + "        found.append((start + stride, min(start + stride + length, n), end))\n"
    + "    return found\n",
}
