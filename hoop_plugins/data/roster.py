"""Rosters: who may play for each of two teams, as people's spreadsheets say it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hoop_plugins.data.text_file import read_text
from hoop_plugins.data.vocabulary import NUMBERS, jersey_number, plain, said
from hoop_plugins.errors import HoopError

COLUMNS = {
    "team": "team teamname club",
    "number": "number no num nr jersey jerseynumber jerseyno shirtnumber shirtno playernumber "
    "playerno uniformnumber",
    "name": "name player playername fullname playersname",
    "color": "color colour teamcolor teamcolour jerseycolor jerseycolour shirtcolor kitcolor",
}
"""What the columns are called, without case, blanks and punctuation; ``color`` may be left out."""

SHADES = {"dark": "black", "light": "white"}
"""Colors that people say as the stage ``teams`` does."""

SPREADSHEETS = (".xlsx", ".xls", ".xlsm", ".ods", ".numbers")

Listed = Mapping[tuple[str, str], str | None]
"""Players' names by team and number; ``None`` of a player without one."""


@dataclass(frozen=True)
class Roster:
    """Who may play.

    Attributes:
        players: Names by team and number, ``None`` where none is given; one team or two.
        colors: What color a team wears, as written, where that is said.
        unused: Columns that say nothing here.
    """

    players: Listed
    colors: Mapping[str, str] = field(default_factory=dict)
    unused: tuple[str, ...] = ()

    @property
    def teams(self) -> tuple[str, ...]:
        """The teams, in the order of the file."""
        return tuple(dict.fromkeys(team for team, _ in self.players))

    @property
    def text(self) -> str:
        """What it says, as CSV in an order of its own: alike where two rosters say the same."""
        told = io.StringIO()
        rows = [(t, n, name or "", self.colors.get(t, "")) for (t, n), name in self.players.items()]
        csv.writer(told, lineterminator="\n").writerows(sorted(rows))
        return told.getvalue()

    @classmethod
    def from_text(cls, text: str) -> Roster:
        """The roster of which :attr:`text` is."""
        rows = list(csv.reader(io.StringIO(text)))
        players = {(team, number): name or None for team, number, name, _ in rows}
        return cls(players, {team: color for team, _, _, color in rows if color})


def read_roster(path: str | Path) -> Roster:
    """Reads a roster: CSV with the columns team, number and name, and color where it is known.

    Args:
        path: A file, delimited by commas, semicolons or tabs, as spreadsheets save it.

    Raises:
        HoopError: With file and line, if it is no such file, a row has no team or number, one
            number is twice in a team, or there are more than two teams.
    """
    path = Path(path).expanduser()
    if path.suffix.casefold() in SPREADSHEETS:
        raise HoopError(f"{path} is a spreadsheet: save it as CSV (UTF-8)")
    rows = _rows(path)
    header, columns = _header(path, rows)
    players: dict[tuple[str, str], str | None] = {}
    lines: dict[tuple[str, str], int] = {}
    teams: dict[str, str] = {}
    shirts: dict[str, str] = {}
    for line, row in rows:
        where = f"{path}, line {line}"
        if len(row) > len(header) and any(row[len(header) :]):
            raise HoopError(
                f"{where}: there are {len(row)} cells, and {len(header)} columns: quote what holds "
                "a delimiter"
            )
        cells = {role: row[i] if i < len(row) else "" for role, i in columns.items()}
        if (team := said(cells["team"])) is None:
            raise HoopError(f"{where}: there is no team: give the team of every player")
        team = teams.setdefault(plain(team), team)
        if len(teams) > 2:
            raise HoopError(f"{where}: {team!r} is a third team: give the two that play")
        number = _number(cells["number"], where)
        if (team, number) in lines:
            known = lines[team, number]
            hint = "; spreadsheets turn 00 into 0" if number == "0" else ""
            raise HoopError(
                f"{where}: number {number} of {team!r} is in line {known} too: keep one{hint}"
            )
        lines[team, number] = line
        players[team, number] = cells["name"] or None
        if color := said(cells.get("color")):
            rgb(color, where)
            if shirts.setdefault(team, color).casefold() != color.casefold():
                raise HoopError(f"{where}: {team!r} wears {color!r} and {shirts[team]!r}: give one")
    if not players:
        raise HoopError(f"{path} lists nobody: give a row a player below the header")
    unused = tuple(name for i, name in enumerate(header) if name and i not in columns.values())
    return Roster(players, shirts, unused)


def numbers_of(players: Listed, team: str) -> frozenset[int]:
    """The numbers of a team, as positions in ``NUMBERS``."""
    return frozenset(NUMBERS.index(number) for name, number in players if name == team)


def rgb(color: str, where: str = "") -> tuple[float, float, float]:
    """Red, green and blue of a color, each 0 to 1.

    Args:
        color: As people write it: "navy", "light blue", "#1d428a", "dark".
        where: Where it stands.

    Raises:
        HoopError: If it is no color.
    """
    from matplotlib import colors  # takes longer to import than all the rest of a run without one

    name = " ".join(re.split(r"[\W_]+", color.casefold())) if color[:1] != "#" else color
    for known in (SHADES.get(name, name), name.replace(" ", ""), f"xkcd:{name}"):
        if colors.is_color_like(known) and not re.fullmatch(r"[\d.]+|c\d", known):
            red, green, blue = colors.to_rgb(known)
            return red, green, blue
    raise HoopError(
        f"{where}: {color!r} is no color: write it as white, navy blue or #1d428a, or leave it out"
    )


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Lines, from 1, and what their cells hold; those that hold nothing are left out."""
    text = io.StringIO(read_text(path), newline=None).read()
    first, _, rest = text.partition("\n")
    told = re.fullmatch(r'"?sep=(.)"?,*', first.strip())  # Excel's own way to say it
    skipped = 1 if told else 0
    try:
        sniffed = csv.Sniffer().sniff(text.strip().partition("\n")[0], delimiters=",;\t")
        delimiter = told[1] if told else sniffed.delimiter
    except csv.Error:
        delimiter = ","  # it has one column alone, which is said of the header
    reader = csv.reader(
        io.StringIO(rest if told else text), delimiter=delimiter, skipinitialspace=True, strict=True
    )
    try:
        for row in reader:
            if any(cells := [cell.strip() for cell in row]):
                yield reader.line_num + skipped, cells
    except csv.Error as error:
        line = reader.line_num + skipped
        raise HoopError(f"{path}, line {line} is no CSV: {error}: export it again") from error


def _header(path: Path, rows: Iterator[tuple[int, list[str]]]) -> tuple[list[str], dict[str, int]]:
    """The names of the columns, and where those are that are needed."""
    line, header = next(rows, (0, []))
    if not header:
        raise HoopError(f"{path} is empty: give the columns team, number and name")
    columns: dict[str, int] = {}
    for i, name in enumerate(header):
        spelling = plain(name)
        role = next((r for r, known in COLUMNS.items() if spelling in known.split()), None)
        if role in columns:
            raise HoopError(
                f"{path}, line {line}: {header[columns[role]]!r} and {name!r} both say the {role}: "
                "keep one column"
            )
        if role is not None:
            columns[role] = i
    missing = [role for role in ("team", "number", "name") if role not in columns]
    if missing:
        raise HoopError(
            f"{path}, line {line}: there is no column {missing[0]!r} among {', '.join(header)}: "
            "give team, number and name"
        )
    return header, columns


def _number(cell: str, where: str) -> str:
    """A jersey number, also as ="00", which keeps spreadsheets from changing it."""
    try:
        number = jersey_number(re.sub(r'^(?:=\s*"|\')|"$', "", cell))
    except ValueError as error:
        raise HoopError(f"{where}: {error}") from None
    if number is None:
        raise HoopError(f"{where}: there is no number: give 0 to 99, or 00, or leave the line out")
    return number
