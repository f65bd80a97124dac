"""The follow-up rules of the configuration, as the rules know them."""

from datetime import timedelta

from tracker.config import Settings
from tracker.rules.follow_ups import Rule, Target, with_own_rules


def rules_in_force(settings: Settings) -> tuple[Rule, ...]:
    """Return the rules that are in force: the configured or default ones, and ours."""
    return with_own_rules(
        [
            Rule(
                name=rule.name,
                after_days=rule.after_days,
                on_event=rule.on_event,
                while_status=frozenset(rule.while_status),
                settle=timedelta(hours=rule.settle_hours),
                target=Target(rule.send),
            )
            for rule in settings.follow_ups
        ]
    )


def rule_named(settings: Settings, name: str) -> Rule | None:
    """Return the rule of that name, None if it is in force no more."""
    return next((rule for rule in rules_in_force(settings) if rule.name == name), None)
