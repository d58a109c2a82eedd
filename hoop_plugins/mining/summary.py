"""Who was found in videos, and who is in doubt: what people hear at the end of a run."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from hoop_plugins.corrections import known_tracks
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.tracks import Track
from hoop_plugins.mining.review import Kind
from hoop_plugins.mining.review_queue import read_queue

SECONDS = 3.0
"""So long it is looked who is in doubt; of many clips these are the first ones."""

DOUBTS = {
    Kind.READS: "reads that disagree",
    Kind.MARGINS: "a low margin of team, number or link",
    Kind.ROSTER: "contradictions with the roster or a teammate",
    Kind.TRUTH: "errors against the ground truth",
    Kind.UNREAD: "no number yet",
}


@dataclass(frozen=True)
class Summary:
    """Who was found.

    Attributes:
        teams: By team, who of it has a number, by number: "23" or "23 Ana Lima"; a "?" is
            tentative. The team "" is nobody's.
        unnumbered: By team, how many tracks of players have no number.
        referees: How many tracks are of referees.
        doubts: How many tracks are in doubt, by the worst reason.
        looked: In how many clips it was looked for doubts.
        clips: How many clips there are.
    """

    teams: dict[str, list[str]]
    unnumbered: Counter[str]
    referees: int
    doubts: Counter[Kind]
    looked: int
    clips: int

    def lines(self) -> list[str]:
        """All of it for people, a line each; what it is about stands before ": "."""
        told = []
        for team in sorted({*self.teams, *self.unnumbered}):
            found, rest = self.teams.get(team, []), self.unnumbered[team]
            more = [f"{_tracks(rest)} without a number"] if rest else []
            told.append(f"{team or 'without a team'}: {', '.join([*found, *more])}")
        if self.referees:
            told.append(f"referees: {_tracks(self.referees)}")
        if not told:
            return ["nobody: no players were found"]
        where = "" if self.looked == self.clips else f" (in {self.looked} of {self.clips} clips)"
        doubts = [f"{count} {DOUBTS[kind]}" for kind, count in sorted(self.doubts.items())]
        total = self.doubts.total()
        said = f"{_tracks(total)}, {'; '.join(doubts)}" if total else "nobody"
        return [*told, f"in doubt{where}: {said}"]


def summarize(clips: Sequence[SampleStore], seconds: float = SECONDS) -> Summary:
    """Says who was found in clips, and who is in doubt there.

    Args:
        clips: The clips.
        seconds: After so long, the rest is not looked at for doubts.
    """
    people: dict[str, dict[str, str]] = defaultdict(dict)
    unnumbered: Counter[str] = Counter()
    doubts: Counter[Kind] = Counter()
    referees, looked, begun = 0, 0, time.monotonic()
    for clip in clips:
        for track in known_tracks(clip).values():
            if track.role == "referee":
                referees += 1
            elif track.number:
                people[track.team or ""][track.number] = _who(track)
            else:
                unnumbered[track.team or ""] += 1
        if time.monotonic() - begun <= seconds:
            looked += 1
            doubts.update(Kind(int(item.rank[0])) for item in read_queue(clip).items)
    teams = {
        team: [who for _, who in sorted(found.items(), key=lambda each: int(each[0]))]
        for team, found in people.items()
    }
    return Summary(teams, unnumbered, referees, doubts, looked, len(clips))


def _who(track: Track) -> str:
    doubt = "?" if track.number_status == "tentative" else ""
    return " ".join(filter(None, [f"{track.number}{doubt}", track.name]))


def _tracks(count: int) -> str:
    return f"{count} track{'s' * (count != 1)}"
