"""Provider features of case mix: diagnoses, procedures, DRG groups, likeness of claims."""

from fraudml.features.alike import against_expected
from fraudml.features.entry import (
    DATA_QUALITY,
    PHANTOM,
    UPCODING,
    Feature,
    Writer,
    hhi,
    mean,
    observed_to_expected,
    ratio,
    share_if,
    sum_if,
)

_inpatient = Writer("provider", "claim", per="stays_count_365d")
_claim = Writer("provider", "claim", per="claims_count_365d")
_diagnosis = Writer(
    "provider", "provider_diagnosis", ("claims.diagnosis_code",), per="claims_count_365d"
)
_visits = Writer(
    "provider", "provider_patient_diagnosis", ("claims.diagnosis_code",), per="patients_count_365d"
)
_drg = Writer("provider", "provider_drg", ("claims.drg_code",), per="stays_count_365d")
_procedure = Writer(
    "provider", "provider_procedure", ("claims.procedure_codes",), per="claims_count_365d"
)
_stay_mix = Writer("provider", "provider_mix", ("claims.diagnosis_code",), per="stays_count_365d")
_mix = Writer("provider", "provider_mix", ("claims.diagnosis_code",), per="claims_count_365d")
_heavy = Writer(
    "provider", "provider_heavy", ("claims.drg_code", "claims.drg_weight"), per="stays_count_365d"
)
_profile = Writer(
    "provider", "provider_profile", ("claims.diagnosis_code",), per="claims_count_365d"
)

PROVIDER_MIX: tuple[Feature, ...] = (
    _diagnosis("diagnoses_count_365d", ("Different diagnosis codes", "诊断编码种数"),
               lambda t: t.count(), zero=True),
    _diagnosis("diagnosis_concentration_index_365d", ("Concentration of claims on diagnoses",
               "诊断集中度"), lambda t: hhi(t.claims_n)),
    _diagnosis("top_diagnosis_claims_share_365d", ("Share of the most frequent diagnosis",
               "最常见诊断占比"), lambda t: ratio(t.claims_n.max(), t.claims_n.sum())),
    _diagnosis("diagnoses_per_claim_ratio_365d", ("Different diagnoses per claim",
               "诊断种数与结算单数之比"),
               lambda t: ratio(t.count(), t.claims_n.sum())),
    _claim("no_diagnosis_claims_share_365d", ("Share of claims without a diagnosis",
           "无诊断结算占比"),
           lambda t: share_if(t.diagnosis_code.isnull()), DATA_QUALITY,
           needs=("claims.diagnosis_code",), rows=lambda t: t.diagnosis_code.isnull()),
    _claim("secondary_diagnoses_mean_count_365d", ("Secondary diagnoses per claim",
           "次均其他诊断数"),
           lambda t: mean(t.secondary_n), needs=("claims.secondary_diagnoses",)),
    _claim("secondary_diagnoses_max_count_365d", ("Most secondary diagnoses on one claim",
           "单次最多其他诊断数"), lambda t: t.secondary_n.max(),
           needs=("claims.secondary_diagnoses",)),
    _visits("repeated_diagnosis_patients_share_365d",
            ("Share of patients seen again for the same diagnosis group", "同诊断类目重复就诊占比"),
            lambda t: share_if(t.claims_n > 1)),
    _visits("claims_per_patient_diagnosis_max_count_365d",
            ("Most claims of one patient for one diagnosis group", "同患者同诊断最多结算单数"),
            lambda t: t.claims_n.max()),
    _claim("procedure_claims_share_365d", ("Share of claims with a procedure",
           "有手术操作结算占比"),
           lambda t: share_if(t.procedures_n > 0), needs=("claims.procedure_codes",)),
    _claim("procedures_per_claim_mean_365d", ("Procedures per claim", "次均手术操作数"),
           lambda t: mean(t.procedures_n), needs=("claims.procedure_codes",)),
    _procedure("procedures_count_365d", ("Different procedure codes", "手术操作编码种数"),
               lambda t: t.count(), zero=True),
    _procedure("procedure_concentration_index_365d", ("Concentration on procedures",
               "手术操作集中度"),
               lambda t: hhi(t.claims_n)),
    _drg("drgs_count_365d", ("Different DRG groups", "病组种数"), lambda t: t.count(), zero=True),
    _drg("drg_concentration_index_365d", ("Concentration of stays on DRG groups", "病组集中度"),
         lambda t: hhi(t.claims_n)),
    _inpatient("drg_weight_mean_365d", ("Mean DRG weight (case-mix index)", "病例组合指数CMI"),
           lambda t: ratio(t.weight_e4.sum(), t.weight_e4.count() * 10_000), UPCODING,
           needs=("claims.drg_weight",)),
    _inpatient("drg_weight_per_stay_day_365d", ("DRG weight per day of stay", "每住院日权重"),
           lambda t: ratio(t.weight_e4.sum(),
                           sum_if(t.stay_days, t.weight_e4.notnull()) * 10_000), UPCODING,
           needs=("claims.drg_weight",)),
    _inpatient("billed_fen_per_drg_weight_365d", ("Billed amount per unit of DRG weight",
           "每权重费用"),
           lambda t: ratio(sum_if(t.total_amount_fen, t.weight_e4.notnull()) * 10_000,
                           t.weight_e4.sum()), needs=("claims.drg_weight",)),
    *against_expected(_heavy, _stay_mix, _mix),
    _stay_mix("stay_days_to_expected_365d",
         ("Days of stay against what others need for the same diagnoses", "住院日与同诊断预期之比"),
         lambda t: observed_to_expected(
             sum_if(t.stay_sum, t.stay_expected.notnull() & t.inpatient),
             sum_if(t.stay_expected, t.inpatient),
             sum_if(t.stay_n, t.stay_expected.notnull() & t.inpatient))),
    _profile("identical_profile_claims_share_365d",
             (("Share of claims alike in diagnosis, amount, length and lines for at least three "
              "patients"), "三人以上费用明细完全雷同占比"),
             lambda t: ratio(sum_if(t.claims_n, t.patients_n >= 3), t.claims_n.sum()), PHANTOM,
             rows=lambda t: t.patients_n >= 3),
    _profile("identical_profile_patients_max_count_365d",
             ("Most patients with one identical claim", "雷同结算最多涉及患者数"),
             lambda t: t.patients_n.max(), PHANTOM, rows=lambda t: t.patients_n >= 3),
)  # fmt: skip
