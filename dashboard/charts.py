"""The charts as plotly figures. Pure: a view in, a figure out.

Owns what is drawn and labelled. Colours and fonts are left to the page: `charts.js` makes
one plotly template each for light and dark out of the stylesheet's tokens. The title is
kept for the saved picture; on the page it is a heading. Plotly reads some HTML in texts,
so all of Parliament's words are escaped (checks.md W4).
"""

import html
import math
from datetime import datetime
from typing import Any

import plotly.graph_objects as go

from dashboard import words
from dashboard.chart_views import PartyChart, TimeChart
from dashboard.tallies import PartyShare
from tracker.clock import LONDON

_LONGEST_LABEL = 30
_PARTY_KEYS = {  # Parliament's own, those of its answers
    "Labour": "#d50000",
    "Conservative": "#0063ba",
    "Liberal Democrat": "#faa01a",
    "Scottish National Party": "#e8d94a",  # theirs, darkened to be seen on white
    "Green Party": "#78b82a",
    "Plaid Cymru": "#348837",
    "Democratic Unionist Party": "#d46a4c",
    "Social Democratic & Labour Party": "#4ea268",
    "Ulster Unionist Party": "#a1cdf0",
    "Sinn Féin": "#02665f",
    "Alliance": "#cdaf2d",
    "UK Independence Party": "#6d3177",
    "Reform UK": "#12b6cf",
}
_OTHER_KEY = "#8b8f97"
_BAR_WIDTH = 0.36
_LABEL_OVER_BAR = 0.42


def time_figure(chart: TimeChart) -> go.Figure:
    """Return signatures over time as a step line from zero, its end labelled.

    The goal is a dashed line once half of it is reached; before, it would flatten all.
    """
    points = chart.points
    figure = base_figure(chart.finding)
    figure.add_scatter(
        x=[london_text(point.at) for point in points],
        y=[point.count for point in points],
        mode="lines",
        line={"shape": "hv", "width": 2.5},
        hovertemplate="%{y} signed<br>%{x|%-d %B %Y, %H:%M}<extra></extra>",
    )
    figure.update_xaxes(type="date", tickformat="%-d %b", nticks=6, fixedrange=True)
    figure.update_yaxes(rangemode="tozero", nticks=6, fixedrange=True, tickformat=",d")
    if points:
        figure.add_annotation(
            x=london_text(points[-1].at),
            y=points[-1].count,
            text=words.number(points[-1].count),
            # Not <b>: plotly makes it a style attribute, which the policy forbids.
            font={"weight": 700},
            showarrow=False,
            xanchor="right",
            yanchor="bottom",
        )
        if chart.goal <= 2 * max(point.count for point in points):
            _add_goal(figure, chart.goal)
    return figure


def party_figure(chart: PartyChart) -> go.Figure:
    """Return one bar a party from zero to its share in percent, the largest on top.

    Each is labelled above, with the party's colour as a small key; so a long name takes
    nothing from the bar on a narrow screen.
    """
    places = list(range(len(chart.drawn)))
    figure = base_figure(chart.finding)
    figure.add_bar(
        x=[round(100 * share.share, 1) for share in chart.drawn],
        y=places,
        width=_BAR_WIDTH,
        orientation="h",
        customdata=[_label(share) for share in chart.drawn],
        hovertemplate="%{customdata}<extra></extra>",
    )
    figure.add_scatter(
        x=[0] * len(places),
        y=[place - _LABEL_OVER_BAR for place in places],
        mode="markers+text",
        marker={
            "symbol": "square",
            "size": 9,
            "color": [
                _PARTY_KEYS.get(share.party, _OTHER_KEY) for share in chart.drawn
            ],
        },
        text=[f" {_label(share)}" for share in chart.drawn],
        textposition="middle right",
        cliponaxis=False,
        hoverinfo="skip",
    )
    end = _scale_end(chart)
    figure.update_xaxes(
        range=[0, end], dtick=end / 5, ticksuffix="%", fixedrange=True, zeroline=True
    )
    figure.update_yaxes(visible=False, range=[len(places) - 0.6, -0.8], fixedrange=True)
    return figure


def figure_json(figure: go.Figure) -> str:
    """Return a figure as JSON for plotly.js, without a template."""
    text: str = figure.to_json()
    return text


def base_figure(finding: str) -> go.Figure:
    """Return an empty figure as all are: no colours, no legend, the finding as its title."""
    layout: dict[str, Any] = {
        "template": go.layout.Template(),
        "title": {"text": html.escape(finding, quote=False)},
        "showlegend": False,
        "margin": {"l": 8, "r": 12, "t": 8, "b": 8},
        "xaxis": {"automargin": True},
        "yaxis": {"automargin": True},
        "hovermode": "closest",
        "dragmode": False,
    }
    return go.Figure(layout=layout)


def _add_goal(figure: go.Figure, goal: int) -> None:
    figure.add_hline(
        y=goal,
        line={"dash": "dash", "width": 1},
        annotation={"text": f"goal {words.number(goal)}", "xanchor": "left", "x": 0},
    )


def _scale_end(chart: PartyChart) -> int:
    """Return where the scale ends: the quarter above the largest share."""
    largest = max((share.share for share in chart.drawn), default=0.0)
    return 25 * max(1, math.ceil(4 * largest))


def _label(share: PartyShare) -> str:
    party = share.party
    if len(party) > _LONGEST_LABEL:
        party = party[: _LONGEST_LABEL - 1].rstrip() + "…"
    part = words.percent(share.signed_count, share.eligible_count)
    numbers = f"{share.signed_count} of {share.eligible_count}, {part}"
    return f"{html.escape(party, quote=False)}  {numbers}"


def london_text(moment: datetime) -> str:
    """Return a moment as plotly takes it: without a zone, as London's clocks say it."""
    return moment.astimezone(LONDON).replace(tzinfo=None).isoformat(timespec="seconds")
