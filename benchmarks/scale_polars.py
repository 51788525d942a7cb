"""The nine kinds of table by hand for Polars' streaming engine, factored like the SQL."""

from pathlib import Path
from typing import Any

import polars as pl

from scale_peers import ZERO_WITHOUT_ROWS, write_peers
from scale_plan import AS_OF, COLUMNS, READ, RECENT_SINCE, SINCE, parts, result

IDS = ("patient_id", "provider_id", "practitioner_id")
Lazy = Any
Frame = Any


def run(claims: Path, out: Path) -> None:
    """Write the four results."""
    claim = _collect(_claim(claims))
    lazy = claim.lazy()
    pairs = _collect(lazy.group_by("patient_id", "provider_id").agg(
        n=pl.len(), stays=pl.col("inpatient").sum(), fund=pl.col("fund").sum()))  # fmt: skip
    visitors = _collect(lazy.group_by("provider_id", "admitted_on", "patient_id").agg(n=pl.len()))
    days = _collect(visitors.lazy().group_by("provider_id", "admitted_on").agg(
        visitors=pl.len(), n=pl.col("n").sum()))  # fmt: skip
    company = _accompanied(visitors, days)
    register = pl.scan_parquet(parts(claims, "providers")).collect()
    provider = _provider(
        register,
        _of_provider(lazy),
        pairs.group_by("provider_id").agg(patients_count_365d=pl.len()),
        _weeks(days),
        _returns(claim),
        _over_cap(claims, lazy),
        company.group_by("provider_id").agg(accompanied_visits_count_365d=pl.len()),
    )
    _write(out, "provider", provider)
    _write(out, "practitioner", _practitioner(claims, lazy))
    _write(out, "patient", _patient(pairs, company))
    write_peers(pl.read_parquet(result(out, "provider")).to_pandas(), register.to_pandas(), out)


def _collect(frame: Lazy) -> Frame:
    return frame.collect(engine="streaming")


def _claim(claims: Path) -> Lazy:
    c = pl.scan_parquet(parts(claims, "claims")).select(READ["claims"])
    gone = (
        c.filter(pl.col("reverses_claim_id").is_not_null() & (pl.col("settled_on") <= AS_OF))
        .select(claim_id="reverses_claim_id").unique()
    )  # fmt: skip
    return (
        c.filter(pl.col("reverses_claim_id").is_null(), pl.col("settled_on") <= AS_OF,
                 pl.col("settled_on") > SINCE)
        .join(gone, on="claim_id", how="anti")
        .select("claim_id", *[pl.col(key).cast(pl.Categorical) for key in IDS], "admitted_on",
                "discharged_on", "settled_on", fund="fund_amount_fen", total="total_amount_fen",
                group=pl.col("diagnosis_code").str.slice(0, 3),
                inpatient=pl.col("visit_kind") == "inpatient",
                recent=pl.col("settled_on") > RECENT_SINCE)
    )  # fmt: skip


def _of_provider(claim: Lazy) -> Frame:
    fund = pl.col("fund")
    return _collect(claim.group_by("provider_id").agg(
        claims_count_365d=pl.len(), stays_count_365d=pl.col("inpatient").sum(),
        fund_fen_365d=fund.sum(), fund_fen_90d=fund.filter(pl.col("recent")).sum(),
        total_fen_365d=pl.col("total").sum(),
        fund_fen_per_claim_p10_365d=fund.quantile(0.1, "linear"),
        fund_fen_per_claim_median_365d=fund.median(),
        fund_fen_per_claim_p90_365d=fund.quantile(0.9, "linear")))  # fmt: skip


def _weeks(days: Frame) -> Frame:
    return (
        days.sort("provider_id", "admitted_on")
        .rolling("admitted_on", period="7d", group_by="provider_id").agg(pl.col("n").sum())
        .group_by("provider_id").agg(
            visits_per_week_max_count_365d=pl.col("n").max(),
            busiest_week_to_median_365d=pl.col("n").max() / pl.col("n").median())
    )  # fmt: skip


def _returns(claim: Frame) -> Frame:
    stay = claim.filter("inpatient").sort("patient_id", "provider_id", "admitted_on", "claim_id")
    here = ["patient_id", "provider_id"]
    gap = (pl.col("admitted_on") - pl.col("discharged_on").shift().over(here)).dt.total_days()
    same = pl.col("group") == pl.col("group").shift().over(here)
    back = stay.filter(gap.is_between(0, 7) & same)
    return back.group_by("provider_id").agg(quick_return_stays_count_365d=pl.len())


def _caps(claims: Path) -> Lazy:
    far = pl.date(9999, 12, 31)
    return (
        pl.scan_parquet(parts(claims, "items"))
        .select("item_code", "valid_from", "valid_to", cap="price_cap_fen")
        .sort("item_code", "valid_from")
        .with_columns(valid_before=pl.min_horizontal(
            pl.col("valid_from").shift(-1).over("item_code").fill_null(far),
            pl.col("valid_to").dt.offset_by("1d").fill_null(far)))
        .collect().lazy()
    )  # fmt: skip


def _over_cap(claims: Path, claim: Lazy) -> Frame:
    caps = _caps(claims)
    price, cap = pl.col("unit_price_fen"), pl.col("cap")
    e4 = (pl.col("quantity") * 10_000).round().cast(pl.Int64)
    return _collect(
        pl.scan_parquet(parts(claims, "claim_lines")).select(READ["claim_lines"])
        .join(caps.group_by("item_code").agg(low=cap.min()), on="item_code")
        .filter(price > pl.col("low"))
        .join(claim.select("claim_id", "provider_id", "settled_on"), on="claim_id")
        .with_columns(day=pl.min_horizontal(pl.col("served_at").dt.date(), "settled_on"))
        .join(caps, on="item_code")
        .filter(pl.col("day") >= pl.col("valid_from"), pl.col("day") < pl.col("valid_before"),
                price > cap)
        .select("provider_id", fen=((price - cap) * e4 / 10_000).round().cast(pl.Int64))
        .group_by("provider_id").agg(over_cap_fen_365d=pl.col("fen").sum())
    )  # fmt: skip


def _practitioner(claims: Path, claim: Lazy) -> Frame:
    named = claim.filter(pl.col("practitioner_id").is_not_null())
    own = _collect(named.group_by("practitioner_id").agg(
        claims_count_365d=pl.len(), fund_fen_365d=pl.col("fund").sum()))  # fmt: skip
    served = _collect(
        named.select("practitioner_id", "admitted_on", "patient_id").unique()
        .group_by("practitioner_id", "admitted_on").agg(n=pl.len())
        .group_by("practitioner_id").agg(
            patients_per_day_median_count_365d=pl.col("n").median(),
            patients_per_day_max_count_365d=pl.col("n").max(), active_days_365d=pl.len())
    )  # fmt: skip
    on_lines = (
        pl.scan_parquet(parts(claims, "claim_lines"))
        .filter(pl.col("practitioner_id").is_not_null()).select("claim_id", "practitioner_id")
        .unique().join(claim.select("claim_id"), on="claim_id", how="semi")
    )  # fmt: skip
    register = pl.scan_parquet(parts(claims, "practitioners")).filter(
        pl.col("registered_from") <= AS_OF,
        pl.col("registered_to").is_null() | (pl.col("registered_to") > SINCE),
    )
    own = own.with_columns(pl.col("practitioner_id").cast(pl.String))
    served = served.with_columns(pl.col("practitioner_id").cast(pl.String))
    known = (own.lazy(), on_lines, register)
    who = _collect(pl.concat([some.select("practitioner_id") for some in known]).unique())
    who = who.join(own, on="practitioner_id", how="left")
    return who.join(served, on="practitioner_id", how="left")


def _accompanied(visitors: Frame, days: Frame) -> Frame:
    groups = days.filter(pl.col("visitors").is_between(2, 200)).with_row_index("g").lazy()
    day = ["provider_id", "admitted_on"]
    met = _collect(visitors.lazy().join(groups.select("g", *day), on=day).select("g", "patient_id"))
    often = met.group_by("patient_id").len().filter(pl.col("len") >= 4)
    people = often.select("patient_id").with_row_index("p")
    m = _collect(met.lazy().join(people.lazy(), on="patient_id").select("g", "p")).lazy()
    other = m.rename({"p": "other"})
    found = _collect(
        m.join(other, on="g").filter(pl.col("p") < pl.col("other"))
        .group_by("p", "other").agg(n=pl.len()).filter(pl.col("n") >= 4).select("p", "other")
    )  # fmt: skip
    both = pl.concat([found, found.select(p="other", other="p")]).lazy()
    return _collect(
        m.join(both, on="p").join(other, on=["g", "other"], how="semi")
        .group_by("g", "p").agg(companions=pl.len())
        .join(groups.select("g", "provider_id"), on="g").join(people.lazy(), on="p")
    )  # fmt: skip


def _provider(register: Frame, *tables: Frame) -> Frame:
    tables = tuple(table.with_columns(pl.col("provider_id").cast(pl.String)) for table in tables)
    provider = register.filter(
        pl.col("contracted_from").is_null() | (pl.col("contracted_from") <= AS_OF),
        pl.col("contracted_to").is_null() | (pl.col("contracted_to") > SINCE),
    ).select("provider_id")
    for table in tables:
        provider = provider.join(table, on="provider_id", how="left")
    return provider


def _patient(pairs: Frame, company: Frame) -> Frame:
    together = company.lazy().group_by("patient_id").agg(
        accompanied_visits_count_365d=pl.len(),
        companions_per_visit_max_count_365d=pl.col("companions").max())  # fmt: skip
    own = pairs.lazy().group_by("patient_id").agg(
        claims_count_365d=pl.col("n").sum(), stays_count_365d=pl.col("stays").sum(),
        fund_fen_365d=pl.col("fund").sum(), providers_count_365d=pl.len())  # fmt: skip
    return _collect(own.join(together, on="patient_id", how="left"))


def _write(out: Path, grain: str, table: Frame) -> None:
    zero = ZERO_WITHOUT_ROWS[grain]
    filled = [pl.col(c).fill_null(0) if c in zero else pl.col(c) for c in COLUMNS[grain]]
    key = f"{grain}_id"
    chosen = table.select(
        pl.col(key).cast(pl.String), *[column.cast(pl.Float64) for column in filled]
    )
    chosen.sort(key).write_parquet(result(out, grain))
