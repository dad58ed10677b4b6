"""What people write of their company is read as they write it, and never guessed."""

import pytest

from tojimari.ask.company_profile import read_value


@pytest.mark.parametrize(
    ("field", "written", "value"),
    [
        ("staff", "３", 3),
        ("staff", "０人", 0),
        ("staff", "1万2千", None),
        ("staff", "-1", None),
        ("capital_yen", "３００万円", 3_000_000),
        ("capital_yen", "1億", 100_000_000),
        ("capital_yen", "99999999億", None),
        ("founded", "２０１９年４月", "2019-04"),
        ("founded", "2019/4", "2019-04"),
        ("founded", "2019年", "2019"),
        ("founded", "201904", None),
        ("founded", "2019-13", None),
        ("prefecture", "１３", "13"),
    ],
)
def test_wide_digits_and_units_are_read(field, written, value):
    assert read_value(field, written) == value
