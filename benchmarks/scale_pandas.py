"""The nine kinds of table by hand for pandas on Arrow columns, factored like the SQL."""

from pathlib import Path

import numpy as np
import pandas as pd

from scale_peers import ZERO_WITHOUT_ROWS, write_peers
from scale_plan import AS_OF, COLUMNS, READ, RECENT_SINCE, SINCE, parts, result

_SEEN = {"observed": True, "sort": False}
_GROUPS_AT_ONCE = 50_000  # the pairs of all groups at once do not fit


def run(claims: Path, out: Path) -> None:
    """Write the four results."""
    claim = _claim(claims)
    pairs = claim.groupby(["patient_id", "provider_id"], **_SEEN).agg(
        n=("fund", "size"), stays=("inpatient", "sum"), fund=("fund", "sum")
    ).reset_index()  # fmt: skip
    visitors = claim.groupby(["provider_id", "admitted_on", "patient_id"], **_SEEN).size()
    visitors = visitors.rename("n").reset_index()
    visitors["admitted_on"] = pd.to_datetime(visitors["admitted_on"])
    days = visitors.groupby(["provider_id", "admitted_on"], **_SEEN).agg(
        visitors=("n", "size"), n=("n", "sum")
    ).reset_index().sort_values(["provider_id", "admitted_on"])  # fmt: skip
    company = _accompanied(visitors, days)
    lines = _read(claims, "claim_lines")
    provider = _of_provider(claim)
    provider["patients_count_365d"] = pairs.groupby("provider_id", **_SEEN).size()
    provider = provider.join(_weeks(days))
    provider["quick_return_stays_count_365d"] = _returns(claim)
    provider["over_cap_fen_365d"] = _over_cap(claims, lines, claim)
    provider["accompanied_visits_count_365d"] = company.groupby("provider_id", **_SEEN).size()
    contracts = _read(claims, "providers")
    under = _in_term(contracts, "contracted_from", "contracted_to")["provider_id"]
    table = _write(out, "provider", provider, under)
    write_peers(table, contracts, out)
    register = _read(claims, "practitioners")
    practitioner = _of_practitioner(claim)
    named = [practitioner.index.to_series(), _named(lines, claim),
             _in_term(register, "registered_from", "registered_to")["practitioner_id"]]  # fmt: skip
    who = pd.concat([ids.astype("object") for ids in named]).drop_duplicates()
    _write(out, "practitioner", practitioner, who)
    patient = _of_patient(pairs, company)
    _write(out, "patient", patient, patient.index.to_series())


def _read(claims: Path, table: str) -> pd.DataFrame:
    files = Path(parts(claims, table))
    source = files.parent if files.name.startswith("*") else files
    return pd.read_parquet(source, columns=list(READ[table]), dtype_backend="pyarrow")


def _claim(claims: Path) -> pd.DataFrame:
    claim = _read(claims, "claims")
    claim = claim[claim["settled_on"] <= AS_OF]
    gone = claim["reverses_claim_id"].dropna()
    claim = claim[claim["reverses_claim_id"].isna() & (claim["settled_on"] > SINCE)
                  & ~claim["claim_id"].isin(gone)]  # fmt: skip
    claim = claim.drop(columns="reverses_claim_id").rename(
        columns={"fund_amount_fen": "fund", "total_amount_fen": "total"})  # fmt: skip
    claim["inpatient"] = (claim["visit_kind"] == "inpatient").astype("int64")
    claim["fund_90d"] = claim["fund"].where(claim["settled_on"] > RECENT_SINCE, 0)
    claim["group"] = claim["diagnosis_code"].str.slice(0, 3)
    for name in ("patient_id", "provider_id", "practitioner_id"):
        claim[name] = claim[name].astype("category")
    return claim


def _of_provider(claim: pd.DataFrame) -> pd.DataFrame:
    by = claim.groupby("provider_id", **_SEEN)
    provider = by.agg(claims_count_365d=("fund", "size"), stays_count_365d=("inpatient", "sum"),
                      fund_fen_365d=("fund", "sum"), fund_fen_90d=("fund_90d", "sum"),
                      total_fen_365d=("total", "sum"))  # fmt: skip
    for name, q in (("p10", 0.1), ("median", 0.5), ("p90", 0.9)):
        provider[f"fund_fen_per_claim_{name}_365d"] = by["fund"].quantile(q)
    return provider


def _weeks(days: pd.DataFrame) -> pd.DataFrame:
    by_day = days.set_index("admitted_on").groupby("provider_id", **_SEEN)["n"]
    week = by_day.rolling("7D").sum().groupby("provider_id", observed=True)
    busiest = week.max()
    return pd.DataFrame({
        "visits_per_week_max_count_365d": busiest,
        "busiest_week_to_median_365d": busiest / week.median(),
    })  # fmt: skip


def _returns(claim: pd.DataFrame) -> pd.Series:
    order = ["patient_id", "provider_id", "admitted_on", "claim_id"]
    stay = claim[claim["inpatient"] == 1].sort_values(order)
    before = stay.groupby(order[:2], **_SEEN)[["discharged_on", "group"]].shift()
    gap = pd.to_datetime(stay["admitted_on"]) - pd.to_datetime(before["discharged_on"])
    same = (stay["group"] == before["group"]).fillna(False)
    return stay[gap.dt.days.between(0, 7) & same].groupby("provider_id", **_SEEN).size()


def _caps(claims: Path) -> pd.DataFrame:
    items = _read(claims, "items").rename(columns={"price_cap_fen": "cap"})
    items = items.sort_values(["item_code", "valid_from"])
    far = pd.Timestamp(2200, 1, 1)
    start = pd.to_datetime(items["valid_from"])
    ends = pd.to_datetime(items["valid_to"]) + pd.Timedelta(days=1)
    following = start.groupby(items["item_code"]).shift(-1)
    before = np.minimum(following.fillna(far), ends.fillna(far))
    return items.assign(valid_from=start, valid_before=before)


def _over_cap(claims: Path, lines: pd.DataFrame, claim: pd.DataFrame) -> pd.Series:
    caps = _caps(claims)
    lowest = lines["item_code"].map(caps.groupby("item_code")["cap"].min())
    dear = lines[lines["unit_price_fen"] > lowest]
    dear = dear.merge(claim[["claim_id", "provider_id", "settled_on"]], on="claim_id")
    dear["day"] = np.minimum(pd.to_datetime(dear["served_at"]).dt.normalize(),
                             pd.to_datetime(dear["settled_on"]))  # fmt: skip
    dear = dear.merge(caps, on="item_code")
    dear = dear[(dear["day"] >= dear["valid_from"]) & (dear["day"] < dear["valid_before"])
                & (dear["unit_price_fen"] > dear["cap"])]  # fmt: skip
    e4 = (dear["quantity"] * 10_000).round().astype("int64")
    excess = (dear["unit_price_fen"] - dear["cap"]).astype("int64")
    fen = (excess * e4 / 10_000).round().astype("int64")
    return fen.groupby(dear["provider_id"], observed=True).sum()


def _of_practitioner(claim: pd.DataFrame) -> pd.DataFrame:
    by = claim.groupby("practitioner_id", **_SEEN)
    practitioner = by.agg(claims_count_365d=("fund", "size"), fund_fen_365d=("fund", "sum"))
    one = claim[["practitioner_id", "admitted_on", "patient_id"]].drop_duplicates()
    served = one.groupby(["practitioner_id", "admitted_on"], **_SEEN).size()
    served = served.groupby("practitioner_id", observed=True)
    practitioner["patients_per_day_median_count_365d"] = served.median()
    practitioner["patients_per_day_max_count_365d"] = served.max()
    practitioner["active_days_365d"] = served.size()
    return practitioner


def _named(lines: pd.DataFrame, claim: pd.DataFrame) -> pd.Series:
    """Practitioners named on lines of live claims."""
    own = lines.loc[lines["practitioner_id"].notna(), ["claim_id", "practitioner_id"]]
    own = own.drop_duplicates()
    return own[own["claim_id"].isin(claim["claim_id"])]["practitioner_id"]


def _of_patient(pairs: pd.DataFrame, company: pd.DataFrame) -> pd.DataFrame:
    patient = pairs.groupby("patient_id", **_SEEN).agg(
        claims_count_365d=("n", "sum"), stays_count_365d=("stays", "sum"),
        fund_fen_365d=("fund", "sum"), providers_count_365d=("n", "size"))  # fmt: skip
    by = company.groupby("patient_id", **_SEEN)
    patient["accompanied_visits_count_365d"] = by.size()
    patient["companions_per_visit_max_count_365d"] = by["companions"].max()
    return patient


def _accompanied(visitors: pd.DataFrame, days: pd.DataFrame) -> pd.DataFrame:
    groups = days[days["visitors"].between(2, 200)].reset_index(drop=True)
    groups["g"] = np.arange(len(groups))
    day = ["provider_id", "admitted_on"]
    met = visitors.merge(groups[[*day, "g"]], on=day)
    codes = met["patient_id"].cat.codes.to_numpy().astype("int64")
    kept = (np.bincount(codes) >= 4)[codes]
    members = pd.DataFrame({"g": met["g"].to_numpy()[kept], "p": codes[kept]})
    others = members.rename(columns={"p": "other"})
    found = []
    for _, some in members.groupby(members["g"] // _GROUPS_AT_ONCE):
        pair = some.merge(some.rename(columns={"p": "other"}), on="g")
        found.append(pair[pair["p"] < pair["other"]].groupby(["p", "other"], sort=False).size())
    counts = pd.concat(found).groupby(level=[0, 1], sort=False).sum()
    pairs = counts[counts >= 4].reset_index()[["p", "other"]]
    both = pd.concat([pairs, pairs.rename(columns={"p": "other", "other": "p"})])
    here = members.merge(both, on="p").merge(others, on=["g", "other"])
    count = here.groupby(["g", "p"], sort=False).size().rename("companions").reset_index()
    count["provider_id"] = groups["provider_id"].iloc[count["g"]].to_numpy()
    names = met["patient_id"].cat.categories.to_numpy()
    return count.assign(patient_id=names[count["p"]])


def _in_term(table: pd.DataFrame, since: str, until: str) -> pd.DataFrame:
    begun = table[since].isna() | (table[since] <= AS_OF)
    return table[begun & (table[until].isna() | (table[until] > SINCE))]


def _write(out: Path, grain: str, table: pd.DataFrame, ids: pd.Series) -> pd.DataFrame:
    key = f"{grain}_id"
    table.index = table.index.astype("object")
    table = table.reindex(pd.Index(ids.astype("object"), name=key))[list(COLUMNS[grain])]
    table = table.astype("float64").fillna(dict.fromkeys(ZERO_WITHOUT_ROWS[grain], 0.0))
    written = table.sort_index().reset_index()
    written.to_parquet(result(out, grain), index=False)
    return written
