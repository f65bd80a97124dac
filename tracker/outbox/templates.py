"""The suggested text of the email to the MP: the campaign's own file, or ours."""

from importlib.resources import files

from tracker.config import CampaignSettings, ConfigError


def suggested_text(campaign: CampaignSettings) -> str:
    """Return the text that the form offers, with {title} and the like still in it.

    Read anew each time, so that a changed file counts at once. ConfigError if
    campaign.message_template can't be read as UTF-8 text.
    """
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
