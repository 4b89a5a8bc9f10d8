"""What a student reads after grading is of their last submission."""

from coursekit.classroom.feedback import write_failure


def test_a_page_of_an_earlier_grading_goes_when_a_later_one_fails(tmp_path):
    page = tmp_path / "feedback" / "ada" / "98_sample" / "98_sample.html"
    page.parent.mkdir(parents=True)
    page.write_text("9 of 10 points", encoding="utf-8")
    text = write_failure(tmp_path, "98_sample", "ada", "it is no notebook")
    assert not page.exists()
    assert "it is no notebook" in text.read_text(encoding="utf-8")
