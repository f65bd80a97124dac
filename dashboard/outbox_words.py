"""What the outbox's states and kinds of messages are called, and what is said of each."""

from tracker.store.tables import MessageKind, MessageState

DONE = (MessageState.SENT, MessageState.FAILED, MessageState.CANCELLED)
"""States that are over: shown with the newest first."""

STATES = {
    MessageState.UNCERTAIN: "Uncertain",
    MessageState.PARKED: "Parked",
    MessageState.HELD: "Held",
    MessageState.QUEUED: "Queued",
    MessageState.SENDING: "Being sent",
    MessageState.FAILED: "Failed",
    MessageState.SENT: "Sent",
    MessageState.CANCELLED: "Cancelled",
}
"""In the order in which somebody may want to do something about them."""
ABOUT = {
    MessageState.UNCERTAIN: "A sender stopped between handing these over and writing it"
    " down. They may have arrived: only you can say whether to send them again.",
    MessageState.PARKED: "Three senders died on each of these. Try one again, or cancel"
    " it.",
    MessageState.HELD: "These stay here until somebody releases them.",
    MessageState.QUEUED: "These leave by themselves, each office's at its pace.",
    MessageState.SENDING: "A sender has these in hand.",
    MessageState.FAILED: "These will not be tried again.",
    MessageState.SENT: "The mail server took these.",
    MessageState.CANCELLED: "These will never be sent.",
}
EMPTY = {
    MessageState.UNCERTAIN: "Nothing is uncertain.",
    MessageState.PARKED: "Nothing is parked.",
    MessageState.HELD: "Nothing is held. What is written while mail.mode is hold, and"
    " emails to MPs who have signed meanwhile, appear here.",
    MessageState.QUEUED: "Nothing waits to be sent.",
    MessageState.SENDING: "Nothing is being sent at this moment.",
    MessageState.FAILED: "Nothing has failed.",
    MessageState.SENT: "Nothing was sent yet.",
    MessageState.CANCELLED: "Nothing was cancelled.",
}
KINDS = {
    MessageKind.TO_MEMBER: "Email to {mp}",
    MessageKind.CONFIRMATION: "Request to confirm an address",
    MessageKind.RECEIPT: "Receipt to a supporter",
    MessageKind.FAILURE_NOTICE: "Failure notice to a supporter",
    MessageKind.LAST_NOTE: "Last note to a supporter",
    MessageKind.FOLLOW_UP: "Follow-up to a supporter",
    MessageKind.ALERT_CONFIRMATION: "Request to confirm an alert",
    MessageKind.ALERT: "Alert: the MP signed",
    MessageKind.ALERT_OVER: "Last note of an alert",
    MessageKind.WEBHOOK: "Webhook",
    MessageKind.STAFF_NOTICE: "Notice to staff",
}
UNCONFIRMED_WORDS = (
    "Can't be released: its supporter has not confirmed the address. They have a link"
    " to do it with."
)
SIGNED_WORDS = (
    "Can't be released: the MP has signed. Cancel it, or wait: it can be released if"
    " the name is withdrawn."
)
