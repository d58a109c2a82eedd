"""Forms and calls of the operators, without the App."""

from __future__ import annotations

from types import SimpleNamespace

import fiftyone as fo
import fiftyone.operators as foo
import numpy as np
import people
import pytest
from fiftyone.operators.executor import ExecutionContext, ExecutionError

from hoop_plugins.data.vocabulary import NUMBERS
from hoop_plugins.operators.run_card import SHOW_RUN
from hoop_plugins.operators.stage_operators import RecognizePlayers

STAGES = {
    "detect": "detect",
    "find_shots": "shots",
    "track": "track",
    "cluster_teams": "teams",
    "pair_numbers": "pair",
    "read_numbers": "read",
    "link_players": "link",
    "validate_numbers": "validate",
}


def form(operator, dataset, **params):
    ctx = ExecutionContext(
        request_params={"dataset_name": dataset.name, "params": params},
        operator_uri=f"@hoop/hoop_plugins/{operator}",
    )
    return foo.get_operator(f"@hoop/hoop_plugins/{operator}").resolve_input(ctx).type.properties


def refusal(operator, dataset, **params):
    properties = form(operator, dataset, **params).values()
    return next((prop.error_message for prop in properties if prop.invalid), None)


def run(operator, dataset, **params):
    return foo.execute_operator(f"@hoop/hoop_plugins/{operator}", dataset=dataset, params=params)


def write_reads(clip):
    """Every number box is read as its player's number."""
    numbers = {person.index: person.number for person in people.PEOPLE if person.number}
    rows = []
    for frame, found in clip.read("numbers"):
        for index in found.tracker_id.tolist():
            probabilities = np.zeros(len(NUMBERS) + 1, np.float16)
            probabilities[NUMBERS.index(numbers[index])] = 1
            rows.append((index, frame, {"text": numbers[index], "probabilities": probabilities}))
    clip.assign("numbers", rows)


@pytest.mark.parametrize("operator", [*STAGES, "recognize_players", "load_sample_game"])
def test_every_operator_is_found_with_a_form(operator, clip):
    config = foo.get_operator(f"@hoop/hoop_plugins/{operator}").config
    assert config.label.startswith("Hoop: ")
    assert config.description
    assert form(operator, clip.dataset)


@pytest.mark.parametrize("operator", [*STAGES, "recognize_players"])
def test_stage_operators_report_progress_and_can_be_delegated(operator):
    config = foo.get_operator(f"@hoop/hoop_plugins/{operator}").config
    assert config.execute_as_generator
    assert config.allow_delegated_execution
    assert config.allow_immediate_execution


def test_pair_then_validate_writes_the_numbers(clip):
    run("pair_numbers", clip.dataset)
    write_reads(clip)
    run("validate_numbers", clip.dataset)

    tracks = clip.read_tracks()
    for person in people.PEOPLE:
        assert tracks[person.index].number == person.number
    last = dict(clip.read("players"))[clip.video.frame_count]
    assert dict(zip(last.tracker_id.tolist(), last.data["number"], strict=True)) == {
        person.index: person.number for person in people.PEOPLE
    }


def test_a_run_reports_progress_and_ends_with_the_app_colored_by_team(clip):
    result = run("pair_numbers", clip.dataset)
    requests = {request["operator_uri"]: request["params"] for request in _requests(result)}
    assert SHOW_RUN in requests
    assert requests["@hoop/hoop_plugins/show_changes"] == {"paths": ["frames.numbers"]}
    scheme = fo.load_dataset(clip.dataset.name).app_config.color_scheme
    assert {field["colorByAttribute"] for field in scheme.fields} == {"team"}


@pytest.mark.parametrize(
    ("stages", "drawn"),
    [
        (["detect"], ["frames.detections"]),
        (["track", "pair"], ["frames.people"]),
        (["shots"], ["shots"]),
    ],
)
def test_a_job_says_what_to_draw(clip, stages, drawn):
    params = {"stages": stages, "fields": {"players": "people"}}
    ctx = SimpleNamespace(params=params, dataset=clip.dataset)
    assert RecognizePlayers().written(ctx, None) == drawn


def test_settings_of_the_form_are_used(clip):
    run("pair_numbers", clip.dataset, ios=0.95)
    assert clip.progress("pair")["settings"] == {"ios": 0.95, "source": "auto"}
    run("pair_numbers", clip.dataset, ios=None)
    assert clip.progress("pair")["settings"] == {"ios": 0.9, "source": "auto"}


def test_only_the_target_view_is_run(clip, make_video):
    other = fo.Sample(filepath=str(make_video("other.mp4")))
    clip.dataset.add_sample(other)
    operator = foo.get_operator("@hoop/hoop_plugins/pair_numbers")
    operator(clip.dataset.select(clip.sample_id))
    assert clip.progress("pair")["complete"]
    assert clip.dataset[other.id]["recognition"] is None


def test_delegated_execution(clip):
    foo.get_operator("@hoop/hoop_plugins/pair_numbers")(clip.dataset, delegate=True)
    assert not clip.progress("pair")
    from fiftyone.operators.delegated import DelegatedOperationService

    DelegatedOperationService().execute_queued_operations()
    assert clip.progress("pair")["complete"]


def test_other_field_names(clip):
    clip.dataset.rename_frame_field("players", "people")
    run("pair_numbers", clip.dataset, fields={"players": "people", "numbers": "digits"})
    assert clip.dataset.count("frames.digits.detections") == 4 * clip.video.frame_count


def test_a_missing_field_is_refused_with_the_stage_that_writes_it(clip):
    said = refusal("validate_numbers", clip.dataset)
    assert "'numbers'" in said
    assert "run stage 'pair'" in said
    with pytest.raises(ExecutionError, match="Validation"):
        run("validate_numbers", clip.dataset)


@pytest.mark.parametrize("operator", [*STAGES, "recognize_players"])
def test_an_image_dataset_is_refused(operator, dataset, tmp_path):
    dataset.add_sample(fo.Sample(filepath=str(tmp_path / "photo.jpg")))
    assert "holds image samples" in refusal(operator, dataset)


def test_an_unknown_model_is_refused_with_the_known_ones(clip):
    said = refusal("detect", clip.dataset, model="yolo")
    assert "unknown detector 'yolo'" in said
    assert "rfdetr-medium" in said


def test_an_unknown_profile_is_refused_with_the_known_ones(clip):
    said = refusal("detect", clip.dataset, profile="wnba")
    assert "unknown profile 'wnba'" in said
    assert "pretrained" in said


def test_settings_are_explained(clip):
    ios = form("pair_numbers", clip.dataset)["ios"]
    assert "IoS" in ios.view.description
    assert "0.9" in ios.view.description


def test_a_name_that_no_dataset_can_have_is_refused(clip):
    name = form("load_sample_game", clip.dataset, dataset_name="!!")["dataset_name"]
    assert name.invalid
    assert "'!!'" in name.error_message


def _requests(result):
    return result.executor.to_json()["requests"]
