"""Reading rosters as people's spreadsheets write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from hoop_plugins.data.roster import Roster, read_roster, rgb
from hoop_plugins.errors import HoopError

PLAYERS = {
    ("Hawks", "23"): "Ana Lima",
    ("Hawks", "00"): "Bea",
    ("Hawks", "0"): "Cléo Dončić",
    ("Bulls", "23"): None,
}


def roster(folder: Path, content: str | bytes, name: str = "roster.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


PLAIN = "team,number,name\nHawks,23,Ana Lima\nHawks,00,Bea\nHawks,0,Cléo Dončić\nBulls,23,\n"


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", "\t"),
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\r"),
        "sep=;\r\n" + PLAIN.replace(",", ";").replace("\n", "\r\n"),
        "\n" + PLAIN.replace("team,number,name", " Team , No. ,Player") + ",,\n\n",
        PLAIN.replace("team,number,name", '"TEAM","#","Full Name"').replace("23", "#23"),
        PLAIN.replace("00", '"=""00"""').replace(",0,", ",'0,"),
        PLAIN.replace(",0,", ', "0",').replace("23", "23.0"),
        PLAIN.replace("Hawks,00", "HAWKS ,00"),
    ],
)
def test_what_spreadsheets_write(content: str | bytes, tmp_path: Path) -> None:
    assert read_roster(roster(tmp_path, content)).players == PLAYERS


def test_columns_in_any_order_with_colors_and_others(tmp_path: Path) -> None:
    found = read_roster(
        roster(
            tmp_path,
            "Name,Position,Team Color,Jersey Number,Team\n"
            '"Lima, Ana",guard,Navy Blue,23,Hawks\nBea,center,navy blue,7,Hawks\nCy,,,5,Bulls\n',
        )
    )
    assert found.players == {
        ("Hawks", "23"): "Lima, Ana",
        ("Hawks", "7"): "Bea",
        ("Bulls", "5"): "Cy",
    }
    assert found.colors == {"Hawks": "Navy Blue"}
    assert found.teams == ("Hawks", "Bulls")
    assert found.unused == ("Position",)


def test_one_team_is_enough(tmp_path: Path) -> None:
    assert read_roster(roster(tmp_path, "team,number,name\nHawks,4,Ana")).teams == ("Hawks",)


def test_rosters_that_say_the_same_are_alike(tmp_path: Path) -> None:
    """Whether linking runs again depends on it."""
    one = read_roster(roster(tmp_path, PLAIN))
    lines = PLAIN.splitlines()
    other = read_roster(roster(tmp_path, "\n".join([lines[0], *reversed(lines[1:])]), "b.csv"))
    assert one.text == other.text
    assert one.text != Roster({**PLAYERS, ("Bulls", "23"): "Dee"}).text
    assert one.text != Roster(PLAYERS, {"Hawks": "white"}).text


HEAD = "team,number,name\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty: give the columns"),
        ("\n , \n", "is empty: give the columns"),
        (HEAD, "lists nobody"),
        (HEAD + ",,\n", "lists nobody"),
        ("team,name\nHawks,Ana\n", "line 1: there is no column 'number' among team, name"),
        ("number,name\n4,Ana\n", "line 1: there is no column 'team'"),
        ("team,number\nHawks,4\n", "line 1: there is no column 'name'"),
        ("Hawks roster,,\nteam,number,name\n", "line 1: there is no column 'team' among Hawks"),
        ("team,number,no,name\nHawks,4,4,A\n", "'number' and 'no' both say the number"),
        (HEAD + "Hawks,4,Ana\n\nHawks,4,Bea\n", "line 4: number 4 of 'Hawks' is in line 2 too"),
        (HEAD + "Hawks,0,Ana\nhawks,0,Bea\n", "spreadsheets turn 00 into 0"),
        (HEAD + "Hawks,100,Ana\n", "line 2: '100' is not a jersey number"),
        (HEAD + "Hawks,7B,Ana\n", "line 2: '7B' is not a jersey number"),
        (HEAD + "Hawks,05,Ana\n", "line 2: '05' is not a jersey number"),
        (HEAD + "Hawks,,Coach\n", "line 2: there is no number"),
        (HEAD + ",4,Ana\n", "line 2: there is no team"),
        (HEAD + "A,4,Ana\nB,4,Bea\nC,4,Cy\n", "line 4: 'C' is a third team"),
        (HEAD + "Hawks,4,Lima, Ana\n", "line 2: there are 4 cells, and 3 columns"),
        (HEAD + 'Hawks,4,"Ana\n', "is no CSV"),
        ("team,number,name,color\nHawks,4,Ana,plaidish\n", "line 2: 'plaidish' is no color"),
        (
            "team,number,name,color\nHawks,4,Ana,red\nHawks,5,Bea,blue\n",
            "line 3: 'Hawks' wears 'blue' and 'red'",
        ),
        (
            "team,number,name\nHawks,4,José\n".encode("cp1252"),
            "line 2: the byte b'\\xe9' is no UTF-8",
        ),
    ],
)
def test_bad_rosters_are_refused(content: str | bytes, words: str, tmp_path: Path) -> None:
    path = roster(tmp_path, content)
    with pytest.raises(HoopError) as refusal:
        read_roster(path)
    line = str(refusal.value)
    assert words in line
    assert str(path) in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("name", "words"),
    [("gone.csv", "cannot read"), (".", "cannot read"), ("roster.XLSX", "is a spreadsheet")],
)
def test_what_is_no_text_file_is_refused(name: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(HoopError, match=words):
        read_roster(tmp_path / name)


@pytest.mark.parametrize(
    ("color", "found"),
    [
        ("White", (255, 255, 255)),
        ("dark", (0, 0, 0)),
        ("#1d428a", (29, 66, 138)),
        ("Navy-Blue", (0, 17, 70)),
        ("light_blue", (173, 216, 230)),
    ],
)
def test_colors_as_people_write_them(color: str, found: tuple[int, int, int]) -> None:
    assert tuple(round(255 * part) for part in rgb(color)) == found


@pytest.mark.parametrize("color", ["0.5", "C1", "#12", "sort of blue", "23"])
def test_what_is_no_color_is_refused(color: str) -> None:
    with pytest.raises(HoopError, match="is no color"):
        rgb(color)
