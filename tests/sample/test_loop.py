"""The loop: measure, curate, fine-tune, measure."""

import json

from rich.console import Console

from hoop_plugins.sample.loop import Course, Games, Plan, Score, run_loop, table, write_json

COURSES = {
    "detector": Course(
        Score(0.1, 0.9), {300: Score(0.6, 0.89), 100: Score(0.4, 0.88)}, {"new": 240, "old": 240}
    ),
    "reader": Course(Score(0.8, 0.99), {600: Score(0.97, 0.98)}, {"new": 2010, "old": 2040}),
}


def test_the_json_holds_what_most_labels_gave_and_the_curve_in_order(tmp_path):
    write_json(COURSES, tmp_path / "loop.json")
    found = json.loads((tmp_path / "loop.json").read_text())
    assert set(found) == {"detector", "reader"}
    detector = found["detector"]
    assert (detector["new_before"], detector["new_after"]) == (0.1, 0.6)
    assert (detector["old_before"], detector["old_after"]) == (0.9, 0.89)
    assert [(row["labels"], row["new"]) for row in detector["curve"]] == [
        (0, 0.1),
        (100, 0.4),
        (300, 0.6),
    ]
    assert found["reader"]["tested"] == {"new": 2010, "old": 2040}


def test_the_table_shows_every_size():
    console = Console(width=100, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(table(COURSES))
    text = console.export_text()
    assert [text.count(word) for word in ("mean AP50", "exact match")] == [3, 2]
    assert "0.970" in text


def test_a_small_loop_runs_from_games_to_scores_and_keeps_what_is_done(tmp_path):
    games = {
        name: Games(domain, seed, clips, 5, 0.5)
        for name, domain, seed, clips in (
            ("new", "street", 900, 2),
            ("old", "arena", 910, 1),
            ("new-test", "street", 920, 1),
            ("old-test", "arena", 930, 1),
        )
    }
    plan = Plan(frames=(4,), crops=(8,), detector_minutes=0.05, reader_minutes=0.05, test_images=2)
    told = []
    courses = run_loop(tmp_path / "loop", plan, games, told.append)
    for course in courses.values():
        (after,) = course.after.values()
        assert all(0 <= score <= 1 for score in (course.before.new, after.new, after.old))
        # The shipped networks know the arena, and not the street.
        assert course.before.old > course.before.new
    assert list(courses["detector"].after) == [4]
    assert list(courses["reader"].after) == [8]
    assert told[0].startswith("rendering")

    clips = sorted((tmp_path / "loop").rglob("*.mp4"))
    before = [clip.stat().st_mtime_ns for clip in clips]
    assert run_loop(tmp_path / "loop", plan, games, told.append) == courses
    assert [clip.stat().st_mtime_ns for clip in clips] == before
