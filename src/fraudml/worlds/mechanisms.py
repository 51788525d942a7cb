"""How each typology is carried out: two mechanisms each, one of them held out.

A held-out mechanism is one that real carriers use and that the first detector anybody writes for
the typology would not be built for. ``seen_in`` says in which columns of the contract it can be
seen all the same.
"""

from dataclasses import dataclass

from fraudml.entities import GrainName
from fraudml.worlds.providers import CLINIC, HOSPITAL, NURSING, PHARMACY

_CLINICAL = (HOSPITAL, CLINIC)
_BED = (HOSPITAL,)
_ALL = (HOSPITAL, CLINIC, PHARMACY)
_P: tuple[GrainName, ...] = ("provider",)
_D: tuple[GrainName, ...] = ("provider", "practitioner")
_R: tuple[GrainName, ...] = ("provider", "patient")
_I: tuple[GrainName, ...] = ("patient",)


@dataclass(frozen=True)
class Mechanism:
    """One way of carrying out a typology.

    grains   which entities carry it
    kinds    at which kinds of provider it is done
    seen_in  how it can be seen in the contract's columns
    """

    name: str
    held_out: bool
    grains: tuple[GrainName, ...]
    kinds: tuple[int, ...]
    seen_in: str


def _pair(
    grains: tuple[GrainName, ...],
    kinds: tuple[int, ...],
    shown: tuple[str, str],
    held_out: tuple[str, str],
    held_out_grains: tuple[GrainName, ...] | None = None,
    held_out_kinds: tuple[int, ...] | None = None,
) -> tuple[Mechanism, Mechanism]:
    return (
        Mechanism(shown[0], False, grains, kinds, shown[1]),
        Mechanism(
            held_out[0], True, held_out_grains or grains, held_out_kinds or kinds, held_out[1]
        ),
    )


MECHANISMS: dict[str, tuple[Mechanism, Mechanism]] = {
    "T01": _pair(
        _D,
        (HOSPITAL, CLINIC, NURSING),
        ("false_visits", "visits late in the day in a row, without identity check or stock"),
        ("crumbs", "one or two small items on nearly every visit, far above peers' rate of them"),
        _P,
    ),
    "T02": _pair(
        _D,
        _BED,
        ("recruited_batches", "people admitted and discharged together who come only in groups"),
        ("copied_stays", "a second stay of the same person repeats the first line by line"),
        _P,
    ),
    "T03": _pair(
        _D,
        _BED,
        ("heavier_group", "severity far above the case mix, little done for the weight"),
        ("higher_grade", "the dearer grade of a service nearly always, the plain one hardly ever"),
        _P,
    ),
    "T04": _pair(
        _P,
        _CLINICAL,
        ("panel_and_parts", "a bundle and what it contains on the same day (bundle_of)"),
        ("parts_instead", "all parts of a bundle on one day, the bundle itself never"),
    ),
    "T05": _pair(
        _P,
        _CLINICAL,
        ("twice_or_over_cap", "the same item twice in a claim, a price above the cap"),
        ("second_settlement", "the same items of the same person again within three days"),
    ),
    "T06": _pair(
        _D,
        _BED,
        ("taken_up_again", "a second stay within a week of the first"),
        ("beyond_the_limit", "returns that heap up just after a week, under another diagnosis"),
    ),
    "T07": _pair(
        _D,
        _BED,
        ("seen_elsewhere", "visits at other places during the stay, little done in it"),
        ("empty_days", "last days of a stay with nothing but bed and nursing"),
        _P,
    ),
    "T08": _pair(
        _P,
        _ALL,
        ("favourites", "dear drugs billed that were never bought"),
        ("dearer_session", "no stock to compare: dear sessions displace cheap ones"),
        held_out_kinds=_CLINICAL,
    ),
    "T09": _pair(
        _P,
        _CLINICAL,
        ("too_much_too_soon", "quantities above the daily limit, refills long before they run out"),
        ("package", "the same set of examinations whatever the diagnosis"),
    ),
    "T10": _pair(
        _P,
        _ALL,
        ("paid_all_the_same", "the fund pays for lines of scope C"),
        ("relabelled", "an item that everybody else bills as C stands there as B"),
    ),
    "T11": _pair(
        _I,
        _ALL,
        ("two_places", "one card in two places within minutes, or elsewhere while in bed"),
        ("second_life", "illnesses of another age or sex, always at one other place"),
    ),
    "T12": _pair(
        _R,
        (PHARMACY, CLINIC),
        ("many_counters", "dear drugs at several counters, supplies that overlap"),
        ("many_cards", "many cards one behind another at one terminal for the same dear drugs"),
    ),
    "T13": _pair(
        _R,
        (PHARMACY,),
        ("sold_twice", "a code that was sold before to somebody else"),
        ("sent_back_first", "a code that had been returned to the supplier before its sale"),
        _P,
    ),
    "T14": _pair(
        _P,
        _ALL,
        ("never_bought", "more billed than opening, purchases and closing allow"),
        ("invented_opening", "each month balances, but does not open with the last closing"),
    ),
    "T15": _pair(
        _R,
        _ALL,
        ("together", "the same people at one place within the hour on many days"),
        ("in_turns", "pairs out of one group at changing places of a neighbourhood"),
    ),
    "T16": _pair(
        _D,
        (CLINIC, HOSPITAL, NURSING),
        ("long_day", "minutes of a practitioner's day above 24 hours"),
        ("lent_licence", "one practitioner at two providers at the same time"),
    ),
    "T17": _pair(
        _P,
        _BED,
        ("other_sex", "diagnoses and items of the other sex"),
        ("twice_in_a_life", "an operation that nobody has twice"),
    ),
    "T18": _pair(
        _I,
        _ALL,
        ("two_schemes", "one visit settled under both schemes, enrolments that overlap"),
        ("again_by_hand", "the same days settled again months later, without a terminal"),
    ),
    "T19": _pair(
        _P,
        _ALL,
        ("after_death", "visits after died_on"),
        ("death_not_told", "no died_on, but a stay that ended with disposition died before"),
    ),
    "T20": _pair(
        _P,
        _ALL,
        ("while_suspended", "visits within a suspension (contract_periods)"),
        ("borrowed_terminal", "a new terminal, another district's people, foreign practitioners"),
    ),
    "T21": _pair(
        _R,
        (PHARMACY,),
        ("round_goods", "round amounts wholly from the account for goods out of scope"),
        ("small_change", "several claims of one person on a day, wholly from the account"),
    ),
    "T22": _pair(
        _P,
        _BED,
        ("moved_out", "examinations the day before admission, goods at the patient's expense"),
        ("passed_on", "severe cases that leave after a day or two for another hospital"),
    ),
    "T23": _pair(
        _P,
        _BED,
        ("one_place", "unfiled stays of people who all come from one other place"),
        ("sham_emergency", "planned operations of outsiders that begin as an emergency"),
    ),
    "T24": _pair(
        _R,
        _BED,
        ("sham_employer", "an employer all of whose people fall dearly ill right after joining"),
        ("one_stay_long", "an enrolment that covers one dear stay and little else"),
    ),
    "T25": _pair(
        _P,
        _CLINICAL,
        ("fields_left_out", "practitioner, diagnosis and time missing, months late"),
        ("details_withheld", "claims without lines, and no stock reports any more"),
    ),
}  # fmt: skip

TYPOLOGIES = tuple(MECHANISMS)
PERSONAL = tuple(t for t, ways in MECHANISMS.items() if ways[0].grains == _I)
IN_BED = frozenset(("T02", "T03", "T06", "T07", "T17", "T22", "T23", "T24"))


def mechanism_of(typology: str, name: str) -> Mechanism:
    """The entry of the table."""
    return next(m for m in MECHANISMS[typology] if m.name == name)
