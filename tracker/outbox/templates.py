"""The suggested text of the email to the MP: the campaign's own file, or ours."""

from importlib.resources import files

from tracker.config import CampaignSettings, ConfigError
from tracker.rules.asks import Ask


def suggested_text(campaign: CampaignSettings, ask: Ask = Ask.SIGN) -> str:
    """Return the text that the form offers, with {title} and the like still in it.

    The campaign's own is for asking to sign; other requests have ours. Read anew each
    time, so that a changed file counts at once. ConfigError if
    campaign.message_template can't be read as UTF-8 text.
    """
    if ask is not Ask.SIGN:
        return (
            files("tracker").joinpath("data", f"message-{ask}.txt").read_text("utf-8")
        )
    path = campaign.template_path
    if path is None:
        return files("tracker").joinpath("data", "message.txt").read_text("utf-8")
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise ConfigError(
            f"campaign.message_template can't be read: {path}: {error.strerror}"
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(
            f"campaign.message_template is not UTF-8 text: {path}"
        ) from None
