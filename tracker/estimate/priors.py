"""What is believed before an order's own evidence, each figure with its source; docs/estimation.md argues them."""

from __future__ import annotations

from dataclasses import dataclass

from tracker.domain.orders import Route, WeightSource


@dataclass(frozen=True, slots=True)
class Priors:
    """Beliefs that evidence then moves.

    Attributes:
        recall_seen: First parameter of the Beta prior of a rule's recall. With ``recall_missed`` the mean is 0.95
            and the weight 20 pieces: our detector finds 0.957 of unseen garments, published counters lie between
            0.978 (sheets) and 0.48-0.70 F1 (hand-passed goods), and nobody has measured a sewing workshop, so one
            tray counted by hand should outweigh it.
        recall_missed: Second parameter of that Beta prior.
        false_per_piece_mean: Mean of the exponential prior of false counts per true piece. 0.02 puts nine in ten
            below 0.046: the range between laser counters (0.0013) and our detector's false boxes (0.049).
        pace_log_sd: Standard deviation of the logarithm of an order's pace around the published one: a factor of e.
            The two sources of that pace, standard minutes with people and lead times, lie a factor of 2.8 apart.
        variation_per_h: Shape per working hour of the Gamma process that output follows. 1 means that a day of eight
            hours varies by 35 %: above the 21 % (sewing, median 57 people) and 25 % (finishing, 8 people) of real
            team-days around their team's mean (UCI 597), since a cell of two or three evens out less.
        makers: People on one order at a time; two or three in the workshops that this is for.
        productivity: Share of standard minutes really earned; sewing teams' mean of 0.72 (UCI 597).
        flow_share: Share of working time in which an order under way is worked on: 125 pieces of ``usual_minutes``
            take 2.9 days of nine hours and are promised in 8.
        usual_minutes: Work content of a piece where the sheet gives no minutes; median SMV of 22.5 (UCI 597).
        untouched: Probability that a step which nothing watches and nobody has counted has got nothing beyond what
            later steps prove. Above one half, so that a median never claims what nobody has seen.
    """

    recall_seen: float = 19.0
    recall_missed: float = 1.0
    false_per_piece_mean: float = 0.02
    pace_log_sd: float = 1.0
    variation_per_h: float = 1.0
    makers: float = 2.5
    productivity: float = 0.72
    flow_share: float = 0.36
    usual_minutes: float = 22.5
    untouched: float = 0.6


PUBLISHED = Priors()
"""The priors of a shop that has taught the system nothing yet."""


def published_pace_per_s(route: Route, priors: Priors = PUBLISHED) -> float:
    """Whole pieces' worth of work per working second that an order of this route may be expected to get.

    ``makers x productivity x flow_share`` minutes are earned per minute; a piece takes the route's weight in minutes.
    """
    in_minutes = route.weight_source is not WeightSource.PIECE_PRICE
    minutes = sum(step.weight for step in route.steps) if in_minutes else priors.usual_minutes
    return priors.makers * priors.productivity * priors.flow_share / (60.0 * minutes)
