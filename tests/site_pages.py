"""Which pages there are, and which of them have formulas."""

from coursekit import paths

PAGES = [paths.name_of(page) for page in paths.pages()] + ["search"]
WITH_FORMULAS = [
    paths.name_of(page)
    for page in paths.pages()
    if any(sign in page.read_text("utf-8") for sign in ("$$", "```{math}"))
]
