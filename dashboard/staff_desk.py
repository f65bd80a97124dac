"""What the staff's pages share: which motion they speak of, and where a form goes back to."""

from dashboard.desk import Desk
from dashboard.own_path import own_path
from dashboard.problems import ProblemError
from dashboard.staff_forms import SentForm, whole_number
from tracker.config import MotionSettings

LONGEST_NAME = 40


def named_motion(desk: Desk, text: str) -> MotionSettings:
    """Return the motion that "session/number" names, the first if nothing is named."""
    session_name, _, number = text.partition("/")
    if not text:
        return desk.settings.motions[0]
    found = desk.settings.motion(session_name, whole_number(number) or 0)
    if found is None:
        raise ProblemError(404, "This program watches no such motion.")
    return found


def motion_name(watched: MotionSettings) -> str:
    """Return a motion as forms name it: "2014-15/718"."""
    return f"{watched.session}/{watched.number}"


def motion_query(desk: Desk, watched: MotionSettings) -> str:
    """Return a motion as addresses name it: nothing for the first."""
    return "" if watched == desk.settings.motions[0] else motion_name(watched)


def back_to(form: SentForm, more: str = "") -> str:
    """Return the staff's page that a form came from, with something added to its query."""
    path = own_path(form.raw("back"))
    if not (path == "/staff" or path.startswith(("/staff?", "/staff/"))):
        path = "/staff"
    path = path.partition("#")[0]
    return f"{path}{'&' if '?' in path else '?'}{more}" if more else path
