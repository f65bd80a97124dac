"""The charts as values: what is drawn, from where, and that no text becomes HTML."""

import json
from datetime import UTC, datetime

from dashboard.chart_views import PartyChart, TimeChart
from dashboard.charts import figure_json, party_figure, time_figure
from dashboard.tallies import CountPoint, PartyShare

AT = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)  # half past midnight in London


def line(*counts: int, goal: int = 100) -> TimeChart:
    points = tuple(CountPoint(AT.replace(minute=i), c) for i, c in enumerate(counts))
    return TimeChart("12 MPs signed", points, (), goal)


def bars(*shares: PartyShare) -> PartyChart:
    return PartyChart("Most names", shares, shares)


def test_signatures_are_a_step_line_from_zero_in_londons_time():
    figure = json.loads(figure_json(time_figure(line(0, 1, 3))))
    [trace] = figure["data"]
    assert trace["y"] == [0, 1, 3]
    assert trace["x"][0] == "2026-07-01T00:00:00"
    assert trace["line"]["shape"] == "hv"
    assert figure["layout"]["yaxis"]["rangemode"] == "tozero"
    assert figure["layout"]["title"]["text"] == "12 MPs signed"
    assert [a["text"] for a in figure["layout"]["annotations"]] == ["3"]


def test_the_goal_is_drawn_once_half_of_it_is_reached():
    def goals(chart: TimeChart) -> list[int]:
        layout = json.loads(figure_json(time_figure(chart)))["layout"]
        return [shape["y0"] for shape in layout.get("shapes", [])]

    assert goals(line(0, 50)) == [100]
    assert goals(line(0, 49)) == []


def test_a_chart_without_a_signature_is_still_a_figure():
    assert json.loads(figure_json(time_figure(line())))["data"][0]["y"] == []
    assert json.loads(figure_json(party_figure(bars())))["data"][0]["x"] == []


def test_bars_start_at_zero_and_say_their_numbers():
    chart = bars(PartyShare("Green Party", 2, 4), PartyShare("Labour", 12, 71))
    figure = json.loads(figure_json(party_figure(chart)))
    drawn, labels = figure["data"]
    assert drawn["x"] == [50.0, 16.9]
    assert labels["text"] == [" Green Party  2 of 4, 50%", " Labour  12 of 71, 17%"]
    assert figure["layout"]["xaxis"]["range"] == [0, 50]
    top, bottom = figure["layout"]["yaxis"]["range"][::-1]
    assert top < labels["y"][0] < labels["y"][1] < bottom, "the largest is on top"


def test_colours_are_left_to_the_page():
    figure = json.loads(figure_json(party_figure(bars(PartyShare("Labour", 1, 2)))))
    assert "color" not in figure["data"][0].get("marker", {})
    assert "layout" not in figure["layout"]["template"]
    assert not figure["layout"]["showlegend"]


def test_no_text_of_parliaments_is_read_as_html():
    name = "<b>&<script>"
    chart = PartyChart(f"Most: {name}", (), (PartyShare(name, 1, 2),))
    text = figure_json(party_figure(chart))
    for label in ("&lt;b&gt;&amp;&lt;script&gt;",):
        assert label in json.loads(text)["data"][1]["text"][0]
        assert label in json.loads(text)["data"][0]["customdata"][0]
        assert label in json.loads(text)["layout"]["title"]["text"]


def test_nothing_that_becomes_a_style_attribute_is_in_a_text():
    texts = figure_json(time_figure(line(0, 1))) + figure_json(
        party_figure(bars(PartyShare("Labour", 1, 2)))
    )
    assert "<b>" not in texts
    assert "<span" not in texts


def test_a_long_name_is_cut_in_the_chart_only():
    chart = bars(PartyShare("A" * 90, 1, 2))
    figure = json.loads(figure_json(party_figure(chart)))
    assert "A…" in figure["data"][1]["text"][0]
    assert len(figure["data"][1]["text"][0]) < 60
