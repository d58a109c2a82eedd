"""What people hear at the end of a run: who was found, and who is in doubt."""

from __future__ import annotations

import people

from hoop_plugins.data.store import SampleStore
from hoop_plugins.mining.summary import summarize


def test_who_was_found_and_who_is_in_doubt(clip: SampleStore) -> None:
    assert summarize([clip]).lines() == [
        "without a team: 4 tracks without a number",
        "referees: 1 track",
        "in doubt: 4 tracks, 4 no number yet",
    ]
    people.decide(clip)
    assert summarize([clip]).lines() == [
        "dark: 7, 23",
        "light: 00, 11",
        "referees: 1 track",
        "in doubt: nobody",
    ]


def test_of_many_clips_the_first_are_looked_at(clip: SampleStore) -> None:
    people.decide(clip)
    found = summarize([clip, clip], seconds=-1)
    assert "in doubt (in 0 of 2 clips): nobody" in found.lines()
