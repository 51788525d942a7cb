"""Practitioner features: how much, for whom, how fast, and beside what others do."""

from fraudml.features.alike import against_expected, during_stays
from fraudml.features.conditions import returned, sparse
from fraudml.features.entry import (
    AFTER_DEATH,
    HANG_BED,
    IMPERSONATION,
    IMPOSSIBLE_DAY,
    OVERCHARGE,
    PHANTOM,
    RESELLING,
    SPLIT,
    SWAPPING,
    UPCODING,
    Feature,
    Writer,
    count_if,
    hhi,
    mean,
    observed_to_expected,
    ratio,
    share_if,
    spread_of,
    sum_if,
    total,
)
from fraudml.features.provider_lines import DAY_MINUTES, LONG_DAY_MINUTES

_NAMED = ("claims.practitioner_id",)
_LINE = ("claim_lines.item_code",)
_inpatient = Writer("practitioner", "claim", _NAMED, per="stays_count_365d")
_claim = Writer("practitioner", "claim", _NAMED, per="claims_count_365d")
_stay = Writer("practitioner", "stay", _NAMED, per="stays_count_365d")
_patient = Writer("practitioner", "practitioner_patient", _NAMED, per="patients_count_365d")
_provider = Writer("practitioner", "practitioner_provider", _NAMED)
_diagnosis = Writer(
    "practitioner",
    "practitioner_diagnosis",
    (*_NAMED, "claims.diagnosis_code"),
    per="claims_count_365d",
)
_amount = Writer("practitioner", "practitioner_amount", _NAMED, per="claims_count_365d")
_profile = Writer(
    "practitioner",
    "practitioner_profile",
    (*_NAMED, "claims.diagnosis_code"),
    per="claims_count_365d",
)
_stay_mix = Writer(
    "practitioner", "practitioner_mix", (*_NAMED, "claims.diagnosis_code"), per="stays_count_365d"
)
_mix = Writer(
    "practitioner", "practitioner_mix", (*_NAMED, "claims.diagnosis_code"), per="claims_count_365d"
)
_heavy = Writer(
    "practitioner",
    "practitioner_heavy",
    (*_NAMED, "claims.drg_code", "claims.drg_weight"),
    per="stays_count_365d",
)
_day = Writer("practitioner", "practitioner_day", _NAMED, per="active_days_365d")
_time = Writer(
    "practitioner", "practitioner_time", (*_NAMED, "claims.started_at"), per="claims_count_365d"
)
_work = Writer(
    "practitioner",
    "practitioner_work",
    ("claim_lines.item_code", "items.minutes"),
    per="active_days_365d",
)
_over_cap = Writer("practitioner", "over_cap_line", _LINE)
_tip = Writer("practitioner", "practitioner_tip", ("tips.target_id",), known_at="tips.received_on")

PRACTITIONER: tuple[Feature, ...] = (
    _claim("claims_count_365d", ("Claims settled", "结算单数"), lambda t: t.count(), zero=True),
    _claim("stays_count_365d", ("Inpatient stays", "住院人次"), lambda t: count_if(t.inpatient),
           zero=True),
    _claim("fund_fen_365d", ("Paid by the fund", "统筹基金支付金额"),
           lambda t: total(t.fund_amount_fen), zero=True),
    _claim("fund_fen_90d", ("Paid by the fund in the last 90 days", "近90天基金支付金额"),
           lambda t: sum_if(t.fund_amount_fen, t.recent), zero=True),
    _claim("total_fen_365d", ("Billed in total", "医疗总费用"), lambda t: total(t.total_amount_fen),
           zero=True),
    _claim("fund_fen_per_claim_mean_365d", ("Fund money per claim", "次均基金支付"),
           lambda t: mean(t.fund_amount_fen)),
    _claim("fund_fen_per_claim_median_365d", ("Median fund money of a claim", "基金支付中位数"),
           lambda t: spread_of(t.fund_amount_fen)[1]),
    _claim("fund_fen_per_claim_p90_365d", ("Fund money of a claim, 90th percentile",
           "基金支付第90百分位"), lambda t: spread_of(t.fund_amount_fen)[2]),
    _claim("claims_recent_to_year_ratio_90d",
           ("Claims of the last 90 days against the year's pace", "近90天结算量与全年节奏之比"),
           lambda t: ratio(count_if(t.recent) * 365, t.count() * 90)),
    _claim("stay_claims_share_365d", ("Share of claims that are inpatient stays", "住院结算占比"),
           lambda t: share_if(t.inpatient)),
    _inpatient("stay_days_mean_365d", ("Mean length of stay", "平均住院日"),
           lambda t: ratio(sum_if(t.stay_days, t.inpatient), count_if(t.inpatient))),
    _stay("quick_return_stays_share_365d",
           ("Share of stays begun within 7 days of another at the provider with a near diagnosis",
            "7天内同类诊断再入院占比"),
           lambda t: ratio(count_if(returned(t)), count_if(t.inpatient)), SPLIT,
           needs=("claims.diagnosis_code",), rows=returned),
    *during_stays(_inpatient, _claim),
    _inpatient("drg_weight_mean_365d", ("Mean DRG weight", "平均权重"),
           lambda t: ratio(t.weight_e4.sum(), t.weight_e4.count() * 10_000), UPCODING,
           needs=("claims.drg_weight",)),
    *against_expected(_heavy, _stay_mix, _mix),
    _mix("drug_fen_to_expected_365d",
         ("Drug money against what others spend on the same diagnoses", "药费与同诊断预期之比"),
         lambda t: observed_to_expected(sum_if(t.drug_sum, t.drug_expected.notnull()),
                                        t.drug_expected.sum(),
                                        sum_if(t.drug_n, t.drug_expected.notnull())), SWAPPING,
         needs=("claim_lines.item_code", "items.kind")),
    _patient("patients_count_365d", ("Patients", "患者人数"), lambda t: t.count(), zero=True),
    _patient("claims_per_patient_mean_365d", ("Claims per patient", "人均结算单数"),
             lambda t: mean(t.claims_n)),
    _patient("claims_per_patient_max_count_365d", ("Claims of the most frequent patient",
             "单一患者最多结算单数"), lambda t: t.claims_n.max()),
    _patient("patient_concentration_index_365d", ("Concentration of claims on patients",
             "结算在患者间的集中度"), lambda t: hhi(t.claims_n)),
    _patient("providers_per_patient_mean_365d", ("Providers that the patients use",
             "患者人均就诊机构数"), lambda t: mean(t.providers_n)),
    _patient("oversupplied_patients_share_365d",
             ("Share of patients supplied over 60 days beyond what they could use",
              "超量配药患者占比"),
             lambda t: share_if((t.oversupply_days >= 60).coalesce(False)), RESELLING,
             needs=("claim_lines.days_supply",), rows=lambda t: t.oversupply_days >= 60),
    _provider("providers_count_365d", ("Providers worked at", "执业机构数"), lambda t: t.count(),
              zero=True),
    _diagnosis("diagnoses_count_365d", ("Different diagnosis codes", "诊断编码种数"),
               lambda t: t.count(), zero=True),
    _diagnosis("diagnosis_concentration_index_365d", ("Concentration of claims on diagnoses",
               "诊断集中度"), lambda t: hhi(t.claims_n)),
    _amount("repeated_amount_claims_share_365d",
            (("Share of claims whose exact amount occurs at least three times, and three times as "
              "often as elsewhere"), "相同金额反复出现且频度为他处三倍以上占比"),
            lambda t: ratio(sum_if(t.claims_n, t.repeated), t.claims_n.sum()), PHANTOM,
            rows=lambda t: t.repeated),
    _profile("identical_profile_claims_share_365d",
             (("Share of claims alike in diagnosis, amount, length and lines for at least three "
              "patients"), "三人以上费用明细完全雷同占比"),
             lambda t: ratio(sum_if(t.claims_n, t.patients_n >= 3), t.claims_n.sum()), PHANTOM,
             rows=lambda t: t.patients_n >= 3),
    _claim("round_amount_claims_share_365d", ("Share of bills that are whole hundreds",
           "整百金额结算占比"), lambda t: share_if(t.round_amount), PHANTOM,
           rows=lambda t: t.round_amount),
    _claim("no_identity_check_claims_share_365d", ("Share of claims without an identity check",
           "未核验身份结算占比"), lambda t: share_if(t.identity_check == "none"), IMPERSONATION,
           needs=("claims.identity_check",), rows=lambda t: t.identity_check == "none"),
    _claim("unregistered_claims_share_365d",
           ("Share of claims at providers where not registered at the time", "非注册地点结算占比"),
           lambda t: share_if(t.unregistered), PHANTOM, needs=("practitioners.registered_from",),
           rows=lambda t: t.unregistered),
    _claim("after_death_claims_count_365d", ("Claims for visits begun after the patient's death",
           "死亡后就诊结算单数"), lambda t: count_if(t.after_death), AFTER_DEATH,
           needs=("patients.died_on",), rows=lambda t: t.after_death, zero=True),
    _claim("weekend_claims_share_365d", ("Share of visits begun at the weekend", "周末就诊占比"),
           lambda t: share_if(t.weekend)),
    _inpatient("sparse_stays_share_365d",
           ("Share of stays of three days or more with under two lines a day", "低强度住院占比"),
           lambda t: ratio(count_if(sparse(t)),
                           count_if(t.inpatient & (t.stay_days >= 3) & t.lines_n.notnull())),
           HANG_BED, needs=_LINE, rows=sparse),
    _time("same_second_claims_share_365d", ("Share of claims begun in the same second as another",
          "同一秒开始就诊占比"), lambda t: ratio(sum_if(t.claims_n, t.claims_n > 1),
          t.claims_n.sum()),
          PHANTOM, rows=lambda t: t.claims_n > 1),
    _day("patients_per_day_median_count_365d", ("Patients on a median day", "日就诊人数中位数"),
         lambda t: t.patients_n.median()),
    _day("patients_per_day_max_count_365d", ("Patients on the busiest day", "单日最多就诊人数"),
         lambda t: t.patients_n.max(), IMPOSSIBLE_DAY, rows=lambda t: t.patients_n >= 60),
    _day("providers_same_day_count_365d", ("Days with patients at more than one provider",
         "同日多机构接诊天数"), lambda t: count_if(t.several_providers), IMPOSSIBLE_DAY,
         rows=lambda t: t.several_providers, zero=True),
    _day("active_days_365d", ("Days on which visits began", "有接诊的天数"), lambda t: t.count(),
         zero=True),
    _work("impossible_days_count_365d", ("Days with over 24 hours of billed work",
          "单日计费超24小时天数"), lambda t: count_if(t.minutes > DAY_MINUTES), IMPOSSIBLE_DAY,
          rows=lambda t: t.minutes > DAY_MINUTES, zero=True),
    _work("long_days_share_365d", ("Share of days with over 12 hours of billed work",
          "单日计费超12小时占比"), lambda t: share_if(t.minutes > LONG_DAY_MINUTES), IMPOSSIBLE_DAY,
          rows=lambda t: t.minutes > LONG_DAY_MINUTES),
    _work("day_max_minutes_365d", ("Billed work on the longest day", "单日最长计费时长"),
          lambda t: t.minutes.max(), IMPOSSIBLE_DAY, rows=lambda t: t.minutes > LONG_DAY_MINUTES),
    _work("day_median_minutes_365d", ("Billed work on a median day", "单日计费时长中位数"),
          lambda t: t.minutes.median(), IMPOSSIBLE_DAY),
    _over_cap("over_cap_fen_365d", ("Billed above the price caps in force", "超限价金额"),
             lambda t: sum_if(t.over_cap_fen, t.over_cap), OVERCHARGE, needs=("items.price_cap",),
             rows=lambda t: t.over_cap, zero=True),
    _tip("tips_count_365d", ("Whistle-blower reports received", "收到举报数"), lambda t: t.count(),
         zero=True),
)  # fmt: skip
