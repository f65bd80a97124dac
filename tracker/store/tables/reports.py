"""What supporters reported on their own pages."""

from datetime import datetime

from sqlmodel import Field, Index, SQLModel

from tracker.rules.reports import ReportDecision, ReportKind
from tracker.store.tables.types import at_field, enum_column


class SupporterReport(SQLModel, table=True):
    """One report of a supporter about their MP and a motion: a reply, or an act of theirs.

    Apart from staff's contacts, and without any text, so that nobody's words or
    caseworkers are in it. `is_standing` is kept by store/reports.py: of the answers to
    "has your MP replied?" only the newest that was not taken back, and every act that
    was not. `decision` is what staff made of it; `contact_id` the contact that brought
    its stance on record.

    After an erasure it stays, of a supporter who is nobody.
    """

    __tablename__ = "supporter_report"
    __table_args__ = (
        Index("ix_supporter_report_supporter_id", "supporter_id", "motion_id"),
        # Whole answers: the board counts replies without a look at the rows.
        Index(
            "ix_supporter_report_standing",
            *("motion_id", "is_standing", "member_id", "kind"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    supporter_id: int = Field(foreign_key="supporter.id")
    motion_id: int = Field(foreign_key="motion.id")
    member_id: int = Field(foreign_key="member.member_id")
    kind: ReportKind = Field(sa_type=enum_column(ReportKind))
    reported_at: datetime = at_field(nullable=False)
    taken_back_at: datetime | None = at_field()
    is_standing: bool = True
    decision: ReportDecision | None = Field(
        default=None, sa_type=enum_column(ReportDecision)
    )
    decided_by: str | None = None
    decided_at: datetime | None = at_field()
    contact_id: int | None = Field(default=None, foreign_key="contact.id", index=True)
