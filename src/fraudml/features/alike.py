"""Entries that say the same of providers and of practitioners; each says it with its writers."""

from fraudml.features.entry import (
    HANG_BED,
    PHANTOM,
    UPCODING,
    Feature,
    Writer,
    count_if,
    observed_to_expected,
    ratio,
    share_if,
    sum_if,
)


def during_stays(inpatient: Writer, claim: Writer) -> tuple[Feature, ...]:
    """Persons who lie in one bed and are seen at another place."""
    return (
        inpatient(
            "elsewhere_during_stay_share_365d",
            (
                "Share of stays during which the patient was seen at another provider",
                "住院期间在他处就诊占比",
            ),
            lambda t: ratio(count_if(t.inpatient & (t.elsewhere_n > 0)), count_if(t.inpatient)),
            HANG_BED,
            rows=lambda t: t.inpatient & (t.elsewhere_n > 0),
        ),
        claim(
            "visits_during_stay_elsewhere_share_365d",
            (
                "Share of claims for patients who lay in another provider's bed that day",
                "患者当日正在他院住院的结算占比",
            ),
            lambda t: share_if(t.during_stay_n > 0),
            PHANTOM,
            rows=lambda t: t.during_stay_n > 0,
        ),
    )


def against_expected(heavy: Writer, stay_mix: Writer, mix: Writer) -> tuple[Feature, ...]:
    """Weight and money of DRG groups against what the diagnoses lead to expect."""
    return (
        heavy(
            "heaviest_group_claims_share_365d",
            (
                "Share of grouped stays in the heaviest group of their DRG family",
                "同族最高权重病组占比",
            ),
            lambda t: ratio(sum_if(t.claims_n, t.heaviest), t.claims_n.sum()),
            UPCODING,
            rows=lambda t: t.heaviest,
        ),
        stay_mix(
            "drg_weight_to_expected_365d",
            ("DRG weight against what others code for the same diagnoses", "权重与同诊断预期之比"),
            lambda t: observed_to_expected(
                sum_if(t.weight_sum, t.weight_expected.notnull()),
                t.weight_expected.sum(),
                sum_if(t.weight_n, t.weight_expected.notnull()),
            ),
            UPCODING,
            needs=("claims.drg_weight",),
        ),
        mix(
            "fund_to_expected_365d",
            (
                "Fund money against what others receive for the same diagnoses",
                "基金支付与同诊断预期之比",
            ),
            lambda t: observed_to_expected(
                sum_if(t.fund_sum, t.fund_expected.notnull()),
                t.fund_expected.sum(),
                sum_if(t.fund_n, t.fund_expected.notnull()),
            ),
        ),
    )
