"""The API reference on the site: found by name, led to and back."""

import json
import re

import pytest

from coursekit.book.api.teaching import Reference

PAGE = "chapters/appendices/api"


@pytest.fixture(scope="module")
def reference():
    return Reference()


def written(site, name):
    return (site / f"{name}.html").read_text("utf-8")


def test_every_entry_is_there_and_in_the_search_by_its_name_alone(site, reference):
    text = written(site, PAGE)
    scripts = sorted((site / "_static/search").glob("*.js"))
    found = "".join(script.read_text("utf-8") for script in scripts)
    for entry in reference.entries:
        assert f'id="{entry.name}"' in text
        assert json.dumps(entry.name) in found
    assert "Bahdanau, Cho and Bengio (2015), section 3.1" in text
    assert "Bahdanau, Cho and Bengio (2015), section 3.1" not in found


def test_every_chapter_leads_to_its_entries_and_each_entry_back(site, reference):
    text = written(site, PAGE)
    for chapter in reference.chapters:
        fold = written(site, chapter.name).partition('class="in-the-library"')[2]
        fold = fold.partition("</details>")[0]
        for entry in [*reference.taught_in(chapter), *reference.used_in(chapter)]:
            assert f'appendices/api.html#{entry.name}"' in fold
    for entry in reference.entries:
        if teacher := reference.teacher(entry):
            said = text.partition(f'id="{entry.name}"')[2].partition("</dt>")[2][:900]
            assert f"{teacher.name.removeprefix('chapters/')}.html" in said or (
                teacher.name.rpartition("/")[2] in said
            )


def test_no_name_of_the_library_leads_outside(site):
    body = written(site, PAGE).partition("<article")[2].partition("</article>")[0]
    assert not re.findall(r'href="https?://[^"]*"', body)
