"""Text files that are not what they should be: refused, with file and line."""

import gzip
import os

import pytest

from n2t.data.sources.reading import read_lines, read_parallel, read_text, split_lines


def write(path, data):
    path.write_bytes(data)
    return path


def test_only_newlines_end_a_line(tmp_path):
    odd = "a\x0bb\x0cc\x1cd\x85e\u2028f\rg\tü\x7f\x1b"
    one = write(tmp_path / "one", f"{odd}\r\nsecond\n".encode())
    two = write(tmp_path / "two.gz", gzip.compress(b"eins\n\n"))
    assert read_parallel(one, two) == [(odd, "eins"), ("second", "")]


def test_a_byte_order_mark_is_no_part_of_the_first_word(tmp_path):
    assert read_lines(write(tmp_path / "a", b"\xef\xbb\xbfhello\n")) == ["hello"]


def test_old_macs_line_ends_are_line_ends_where_there_is_no_other(tmp_path):
    path = write(tmp_path / "mac.txt", b"one\rtwo\r\rfour\r")
    assert read_lines(path) == ["one", "two", "", "four"]
    assert read_text(path) == "one\ntwo\n\nfour\n"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_as_many_lines_come_as_were_written_in_text_and_in_bytes(end, last):
    wanted = ["", "a\x0b\x0c\x1c\x85\u2028b", " ", "c", ""]
    text = end.join(wanted) + end * last
    wanted = wanted if last else wanted[:-1]  # nothing behind the last end
    assert split_lines(text) == wanted
    assert [line.decode() for line in split_lines(text.encode())] == wanted
    assert split_lines("") == split_lines(b"") == []


def test_an_empty_file_is_refused(tmp_path):
    for data in (b"", b"\xef\xbb\xbf"):
        with pytest.raises(ValueError, match="empty"):
            read_text(write(tmp_path / "empty.txt", data))


def test_mixed_encodings_are_refused_with_file_and_line(tmp_path):
    path = write(tmp_path / "mixed.txt", "für\n".encode() + "für\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"mixed\.txt, line 2: byte 0xfc is not utf-8"):
        read_lines(path)
    assert read_lines(path, encoding="latin-1")[1] == "für"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_utf_16_read_as_utf_8_is_refused(tmp_path, encoding):
    with pytest.raises(ValueError, match="line 1: (byte 0xff|NUL)"):
        read_lines(write(tmp_path / "a.txt", "two words\n".encode(encoding)))


def test_files_with_unequal_numbers_of_lines_are_refused_with_counts(tmp_path):
    one, two = write(tmp_path / "one", b"1\n2\n"), write(tmp_path / "two", b"1\n")
    with pytest.raises(ValueError, match="one: 2, two: 1"):
        read_parallel(one, two)
    with pytest.raises(ValueError, match="at least two"):
        read_parallel(one)


def test_a_line_of_a_megabyte_is_refused_unless_it_is_meant(tmp_path):
    path = write(tmp_path / "long.txt", b"short\n" + b"x" * 2**20 + b"\n")
    with pytest.raises(ValueError, match=r"long\.txt, line 2: 1,048,576 characters"):
        read_lines(path)
    assert len(read_lines(path, max_characters=2**20)[1]) == 2**20


@pytest.mark.parametrize("cut", [5, 40, -1])
def test_a_cut_off_archive_is_refused(tmp_path, cut):
    data = gzip.compress(os.urandom(200).hex().encode())
    with pytest.raises(ValueError, match=r"a\.gz is damaged or cut off"):
        read_text(write(tmp_path / "a.gz", data[:cut]))
