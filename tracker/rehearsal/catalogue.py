"""Every upstream fault of checks.md 1.1 by name, sorted by what must come of it.

Owns the lists that tests and the rehearsal walk through: a fault added here is met by
all of them. Refused connections and TLS are not answers: see `StandIn`.
"""

from collections.abc import Mapping

from tracker.rehearsal import faults, mangles, transforms, wire_faults
from tracker.rehearsal.exchange import Fault
from tracker.rehearsal.faults import Mangled, Transformed

# A failed poll with its reason, at once; nothing else changes.
FAILING: Mapping[str, Fault] = {
    "U1 cloudflare challenge": faults.CloudflareChallenge(),
    "U2 503 page": faults.HtmlPage(503, "Service unavailable"),
    **{f"U2 {s} page": faults.HtmlPage(s, "Origin error") for s in range(520, 527)},
    "U4 200 page": faults.HtmlPage(),
    "U6 sponsors null": Transformed(transforms.null_sponsors),
    "U6 sponsors missing": Transformed(transforms.missing_sponsors),
    "U15 truncated, length told": wire_faults.Truncated("length"),
    "U15 truncated, clean close": wire_faults.Truncated("close"),
    "U15 truncated, chunked": wire_faults.Truncated("chunked"),
    "U16 success false": faults.RefusedInside(500, "Something went wrong."),
    "recorded 400 inside 200": faults.RefusedInside(),
    "U17 response null": Transformed(transforms.null_response),
    "U17 response list": Transformed(transforms.list_response),
    "U17 strings": Transformed(transforms.strings_for_numbers),
    "U17 floats": Transformed(transforms.floats_for_numbers),
    "U17 booleans": Transformed(transforms.booleans_for_numbers),
    **{
        f"U18 without {path}": Transformed(transforms.without_field(path))
        for path in transforms.REQUIRED_FIELDS
    },
    "unreadable time": Transformed(transforms.unreadable_time),
    "another motion": Transformed(transforms.other_motion),
    "U19 to itself": faults.Redirect(),
    "U19 to another host": faults.Redirect("https://elsewhere.example/motion"),
    "U19 to http": faults.Redirect("http://elsewhere.example/motion"),
    "U19 to a file": faults.Redirect("file:///etc/hostname"),
    "U21 huge body": wire_faults.HugeBody(),
    "U21 huge body, chunked": wire_faults.HugeBody(has_length=False),
    "U21 gzip bomb": wire_faults.GzipBomb(),
    "U22 NaN": Mangled(mangles.not_a_number),
    "U22 long number": Mangled(mangles.long_number),
    "U22 deep nesting": Mangled(mangles.deep_nesting),
    "U22 unclosed nesting": Mangled(mangles.unclosed_nesting),
    "U23 duplicate key": Mangled(mangles.duplicate_key),
    "U23 lone surrogate": Mangled(mangles.lone_surrogate),
    "U24 byte order mark": Mangled(mangles.with_bom),
    "U24 latin-1": Mangled(mangles.as_latin1),
    "U24 br that is not": faults.GarbageEncoding(),
    "U24 gzip that is not": faults.GarbageEncoding("gzip"),
    "U25 204": faults.NoContent(),
    "U25 empty 200": faults.EmptyBody(),
    "U26 header flood": wire_faults.HeaderFlood(),
    "U27 reset in the body": wire_faults.ResetInBody(),
    "U27 reset at once": wire_faults.ResetAtOnce(),
    "U31 404": faults.StatusOnly(404),
    "U31 410": faults.StatusOnly(410),
}

# A failed poll that also sets the brake (U3).
BRAKING: Mapping[str, Fault] = {
    "U3 120 seconds": faults.TooManyRequests("120"),
    "U3 negative": faults.TooManyRequests("-1"),
    "U3 malformed": faults.TooManyRequests("abc"),
    "U3 ten years": faults.TooManyRequests("315576000"),
    "U3 without": faults.TooManyRequests(),
}

# A failed poll when the deadline is over, never before.
SLOW: Mapping[str, Fault] = {
    "U20 slow body": wire_faults.SlowBody(),
    "U20 slow headers": wire_faults.SlowHeaders(),
    "U20 hang": wire_faults.Hang(),
}

# Readable, and not to be believed when more signatures were known.
SUSPECT: Mapping[str, Fault] = {
    "U5 no sponsors": Transformed(transforms.no_sponsors),
    "U7 half gone": Transformed(transforms.half_gone),
}

# As good as any good answer.
HARMLESS: Mapping[str, Fault] = {
    "U12 first row twice": Transformed(transforms.first_row_twice),
    "U14 members null": Transformed(transforms.null_members),
    "U14 names null": Transformed(transforms.in_every_member("Name", None)),
    "U14 parties null": Transformed(transforms.in_every_member("Party", None)),
    "U18 extra fields": Transformed(transforms.extra_fields),
    "U18 without a title": Transformed(transforms.without_field("Response.Title")),
    "U18 without SponsorsCount": Transformed(
        transforms.without_field("Response.SponsorsCount")
    ),
    "U25 early hints": faults.EarlyHints(),
}
