"""What an ACL file says, and what can never get into one."""

from pathlib import Path

import pytest

from cloud.acl import HomeAssistant, acl_file, read_station_names
from edge.errors import ConfigError


@pytest.mark.parametrize(
    ("centre", "readers", "said"),
    [
        ("centre\nuser XX/A", [], "no user name"),
        ("XX/KARA1", [], "no user name"),
        ("", [], "no user name"),
        ("centre", ["a b"], "'a b' is no user name"),
        ("centre", ["+"], "no user name"),
        ("centre", ["centre"], "named twice"),
    ],
)
def test_a_user_name_cannot_smuggle_rights_in(centre: str, readers: list[str], said: str) -> None:
    """No line of the file comes from a name, and nobody is centre and station at once."""
    with pytest.raises(ConfigError, match=said):
        acl_file(None, centre, readers)


def test_home_assistant_is_let_in_only_when_asked_for() -> None:
    """Else no line speaks of its topics; and it is no station."""
    house = HomeAssistant("house")

    assert "homeassistant" not in acl_file([("XX", "A")], "centre")
    assert "topic write homeassistant/device/XX/A/config" in acl_file(
        [("XX", "A")], "centre", home_assistant=house
    )
    assert "pattern write homeassistant/device/%u/config" in acl_file(
        None, "centre", home_assistant=house
    )
    with pytest.raises(ConfigError, match="named twice"):
        acl_file(None, "centre", home_assistant=HomeAssistant("centre"))


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("network,station\nXX,A\nXX,#\n", "line 3: 'XX', '#' are not two codes"),
        ("network,station\n+,A\n", "line 2"),
        ("network,station\nXX\n", "line 2: 'XX', None"),
        ('network,station\nXX,"A\ntopic write #"\n', "line 2"),
        ("station\nA\n", "columns network, station"),
        ("", "columns network, station"),
    ],
)
def test_a_table_with_a_bad_row_gives_no_file(tmp_path: Path, table: str, said: str) -> None:
    """A code with a wildcard or a line break would be a right."""
    path = tmp_path / "stations.csv"
    path.write_text(table)

    with pytest.raises(ConfigError, match=said):
        read_station_names(path)


def test_the_order_of_the_table_does_not_matter(tmp_path: Path) -> None:
    """Two locations of one station are one name; the same stations give the same file."""
    path = tmp_path / "stations.csv"
    path.write_text("network,station,location\nXX,B,00\nXX,A,00\nYY,A,00\nXX,A,10\n")

    text = acl_file(read_station_names(path), "centre")

    users = [line for line in text.splitlines() if line.startswith("user ")]
    assert ["user centre", "user XX/A", "user XX/B", "user YY/A"] == users
    assert text == acl_file([("XX", "A"), ("XX", "B"), ("YY", "A")], "centre")
