"""Staff's charts as plotly figures. Pure: a chart's values in, a figure out.

As in `charts.py` colours and fonts are left to the page, bars and lines start at zero,
and lines are labelled directly.
"""

import html

import plotly.graph_objects as go

from dashboard import words
from dashboard.charts import base_figure, london_text
from dashboard.staff_charts import OutcomeChart, PaceChart, SilenceChart

_LINE = {"shape": "hv", "width": 2.5}
_BAR_WIDTH = 0.36
_LABEL_OVER_BAR = 0.42


def pace_figure(chart: PaceChart) -> go.Figure:
    """Return signatures as a step line above, emails a day as bars below, on one time."""
    figure = base_figure(chart.finding)
    figure.add_scatter(
        x=[london_text(point.at) for point in chart.points],
        y=[point.count for point in chart.points],
        mode="lines",
        line=_LINE,
        hovertemplate="%{y} signed<br>%{x|%-d %B %Y, %H:%M}<extra></extra>",
    )
    figure.add_bar(
        x=[f"{on.isoformat()}T12:00" for on, _ in chart.emails],
        y=[count for _, count in chart.emails],
        yaxis="y2",
        hovertemplate="%{y} emails<br>%{x|%-d %B %Y}<extra></extra>",
    )
    figure.update_xaxes(type="date", tickformat="%-d %b", nticks=6, fixedrange=True)
    figure.update_layout(
        yaxis=_axis([0.5, 0.94]),
        yaxis2=_axis([0, 0.36]) | {"anchor": "x"},
        xaxis={"anchor": "y2"},
    )
    _label(figure, "MPs signed", 1.0)
    _label(figure, "Emails counted, by day", 0.43)
    return figure


def silence_figure(chart: SilenceChart) -> go.Figure:
    """Return the curve from 100% on the day of the first email, its end labelled."""
    days = [0.0, *(point.days for point in chart.points), chart.ends]
    shares = [1.0, *(point.unsigned_share for point in chart.points)]
    percents = [round(100 * share, 1) for share in [*shares, shares[-1]]]
    figure = base_figure(chart.finding)
    figure.add_scatter(
        x=[round(day, 2) for day in days],
        y=percents,
        mode="lines",
        line=_LINE,
        hovertemplate="%{y}% not signed yet<br>%{x:.1f} days after<extra></extra>",
    )
    figure.update_xaxes(
        rangemode="tozero",
        nticks=7,
        fixedrange=True,
        title={
            "text": "days since the first email",
            "standoff": 8,
            "font": {"size": 14},
        },
    )
    figure.update_yaxes(range=[0, 104], dtick=25, ticksuffix="%", fixedrange=True)
    figure.add_annotation(
        x=chart.ends,
        y=percents[-1],
        text=f"{round(percents[-1])}% not signed yet",
        font={"weight": 700},
        showarrow=False,
        xanchor="right",
        yanchor="bottom" if percents[-1] < 90 else "top",
    )
    return figure


def outcome_figure(chart: OutcomeChart) -> go.Figure:
    """Return one bar an outcome from zero, the most frequent on top, labelled above it."""
    places = list(range(len(chart.rows)))
    labels = [
        f"{html.escape(row.outcome, quote=False)}  {words.number(row.count)}"
        for row in chart.rows
    ]
    figure = base_figure(chart.finding)
    figure.add_bar(
        x=[row.count for row in chart.rows],
        y=places,
        width=_BAR_WIDTH,
        orientation="h",
        customdata=labels,
        hovertemplate="%{customdata}<extra></extra>",
    )
    figure.add_scatter(
        x=[0] * len(places),
        y=[place - _LABEL_OVER_BAR for place in places],
        mode="text",
        text=[f" {label}" for label in labels],
        textposition="middle right",
        cliponaxis=False,
        hoverinfo="skip",
    )
    figure.update_xaxes(
        rangemode="tozero", nticks=6, tickformat=",d", fixedrange=True, zeroline=True
    )
    figure.update_yaxes(visible=False, range=[len(places) - 0.6, -0.8], fixedrange=True)
    return figure


def _axis(domain: list[float]) -> dict[str, object]:
    return {
        "domain": domain,
        "rangemode": "tozero",
        "nticks": 4,
        "fixedrange": True,
        "tickformat": ",d",
        "automargin": True,
    }


def _label(figure: go.Figure, text: str, y: float) -> None:
    figure.add_annotation(
        text=text,
        x=0,
        y=y,
        xref="paper",
        yref="paper",
        xanchor="left",
        yanchor="middle",
        showarrow=False,
    )
