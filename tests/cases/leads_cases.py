"""Made-up leads for the tests of the lists: invented providers, schemes and rows."""

from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

from fraudml.entities import GRAINS, GrainName
from fraudml.leads.lead import Lead
from fraudml.leads.reasons import BASE, build_panels, placed_by
from fraudml.leads.rows import Behind, Evidence
from fraudml.leads.subjects import Subject
from fraudml.leads.words import Words

AS_OF = date(2025, 12, 31)
MARKUP = '<script>document.title="taken"</script><img src=x onerror=alert(1)>&"\'{{ 7*7 }}'
FORMULA = '=HYPERLINK("http://bad.example","x")'


@dataclass(frozen=True)
class Entry:
    """A catalogue feature as far as the lists need it."""

    name: str
    unit: str
    typology: str | None
    direction: int
    clause: str | None
    en: str
    zh: str
    window_days: int | None = 365
    rows: bool = True
    neutral: float | None = None


def _entries(*rows: tuple) -> dict[str, Entry]:
    return {row[0]: Entry(*row) for row in rows}


CATALOGUE = _entries(
    ("readmitted_7d_share_365d", "share", "T06", 1, "38(1)",
     "Share of stays followed by another within 7 days", "出院后7天内再次入院的住院占比"),
    ("stays_near_limit_share_365d", "share", "T06", 1, "38(1)",
     "Share of stays that end just below the case limit", "临近限额出院的住院占比"),
    ("hang_bed_share_365d", "share", "T07", 1, "38(1)",
     "Share of stays with leave passes or no service on most days", "多日无诊疗的住院占比"),
    ("drg_weight_index_365d", "ratio", "T03", 1, "38(7)",
     "Case weight against what the diagnoses predict", "病组权重与诊断预期之比"),
    ("duplicate_lines_fen_365d", "fen", "T05", 1, "38(3)",
     "Fund amount of lines billed twice on one day", "同日重复计费明细的基金金额"),
    ("busy_minutes_max_365d", "minutes", "T16", 1, "40(3)",
     "Most practitioner minutes billed on one day", "单日计费诊疗时间最大值"),
    ("stay_days_mean_365d", "days", "T06", -1, "38(1)",
     "Mean length of stay", "平均住院日"),
    ("claims_365d", "count", None, 0, None, "Claims settled", "结算单数"),
    ("paid_fen_365d", "fen", None, 0, None, "Fund amount paid", "基金支付金额"),
)  # fmt: skip

_OWN = {
    "readmitted_7d_share_365d": (0.312, 0.081),
    "stays_near_limit_share_365d": (0.44, 0.19),
    "hang_bed_share_365d": (0.12, 0.05),
    "drg_weight_index_365d": (1.38, 1.02),
    "duplicate_lines_fen_365d": (18_264_355.0, 1_204_000.0),
    "busy_minutes_max_365d": (1_260.0, 510.0),
    "stay_days_mean_365d": (4.1, 8.6),
    "claims_365d": (12_804.0, 3_120.0),
    "paid_fen_365d": (5_812_345_600.0, 901_200_000.0),
}


def chance(*parts: object) -> float:
    """A number in 0..1 that depends on the parts alone."""
    return int.from_bytes(sha256("|".join(map(str, parts)).encode()).digest()[:6]) / 2**48


def attributions(entity: str, model: str) -> list[dict]:
    """Contributions of every feature and the base, as explain writes them."""
    rows = []
    for place, (name, entry) in enumerate(CATALOGUE.items()):
        own, median = _OWN[name]
        draw = chance(entity, model, name)
        value = median + (own - median) * (0.4 + draw)
        rows.append({
            "model": model, "feature": name, "typology": entry.typology,
            "value": None if name == "hang_bed_share_365d" else value,
            "peer_median": median, "percentile": 0.80 + 0.19 * draw,
            "peers_n": 34, "contribution": (1.1 - 0.12 * place) * (draw - 0.15),
        })  # fmt: skip
    base = {"value": None, "peer_median": None, "percentile": None, "peers_n": None}
    rows.append({"model": model, "feature": BASE, "typology": None, "contribution": -1.7} | base)
    return rows


def score(grain: GrainName, entity: str, rank: int, *, supervised: bool = True) -> dict:
    """One row of data/scores with the peer group joined."""
    label_free = rank + int(4 * chance(entity, "lf")) - 1
    return {
        GRAINS[grain].key: entity, "as_of": AS_OF, "anomaly": round(1 - rank / 400, 4),
        "probability": round(0.82 - rank * 0.011, 4) if supervised else None,
        "expected_recovery_fen": int(9e7 * chance(entity, "fen")) if supervised else None,
        "p_value": None, "risk": round(1 - (rank - 1) / 300, 6), "rank": rank,
        "supervised_rank": rank + 1 if supervised else None,
        "rules_rank": rank + 2, "label_free_rank": max(label_free, 1),
        "distance_rank": max(label_free, 1), "amount_rank": rank * 3,
        "amount_per_peer_rank": rank * 2, "peer_group": "hospital|2|330100", "peers_n": 34,
    }  # fmt: skip


def evidence(entity: str, feature: str, rows_n: int = 63) -> Evidence:
    """Rows behind one reason, the largest first."""
    shown = tuple(
        {
            "claim_id": f"C{int(chance(entity, feature, n) * 1e9):09d}",
            "line_no": None if feature.startswith("read") else n + 1,
            "served_on": AS_OF - timedelta(days=int(chance(n, entity) * 360)),
            "code": "I63.9" if feature.startswith("read") else "XA0123B",
            "amount_fen": 912_345 - n * 7_301,
        }
        for n in range(min(rows_n, 50))
    )
    return Evidence(rows_n, 31_234_567, shown)


def lead(
    grain: GrainName = "provider",
    entity: str = "H0017",
    rank: int = 1,
    *,
    supervised: bool = True,
    name: str | None = "青山县人民医院",
    code: str | None = None,
) -> Lead:
    """One lead with two panels, rows behind its reasons and one unknown feature."""
    row = score(grain, entity, rank, supervised=supervised)
    given = attributions(entity, "forest") + attributions(entity, "tail")
    given += attributions(entity, "lightgbm") if supervised else []
    panels = build_panels(given, CATALOGUE)
    names = ("readmitted_7d_share_365d", "duplicate_lines_fen_365d", "busy_minutes_max_365d")
    behind = {(entity, feature): evidence(entity, feature) for feature in names}
    if code is not None:
        behind = {
            key: Evidence(1, 100, ({**found.shown[0], "claim_id": code, "code": code},))
            for key, found in behind.items()
        }
    person = GRAINS[grain].person
    return Lead(
        grain=grain,
        score=row,
        scored_n=304,
        as_of=AS_OF,
        source=placed_by(row["supervised_rank"], None, row["distance_rank"]),
        panels=panels,
        subject=Subject(
            name=None if person else name,
            kind={"provider": "hospital", "practitioner": "内科", "patient": "resident"}[grain],
            level=None if grain == "patient" else 2,
            region_code=("330102", "330105", "330127")[rank % 3],
            place_id="H0017" if person else None,
            place_name="青山县人民医院" if person else None,
            claims_n=12_804,
            first_settled_on=date(2024, 1, 3),
            last_settled_on=date(2025, 12, 30),
        ),
        behind=Behind(behind, {entity: 45_612_300}, {}),
        unknown=(Words("多日无诊疗的住院占比", "Share of stays without service on most days"),),
    )


_TOWNS = ("青山", "临江", "南浦", "云台", "石桥", "东湖", "白鹿", "長樂")
_KINDS = ("县人民医院", "中医医院", "康复护理院", "仁爱骨科医院", "社区卫生服务中心")


def leads(grain: GrainName, count: int) -> list[Lead]:
    """A list of leads with names like real ones."""
    found = []
    for rank in range(1, count + 1):
        entity = f"H{rank:04d}" if grain == "provider" else f"{grain[:2]}_{rank:032x}"
        name = _TOWNS[rank % 8] + _KINDS[rank % 5]
        found.append(lead(grain, entity, rank, supervised=grain != "patient", name=name))
    return found
