"""The gate: a slip that accounts for all of it leaves the list, one beside a fraud does not."""

from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_leads_build import attributions, peers, scores

from feature_runs import row_of
from fraudml.artifacts import write_parquet
from fraudml.claims.accepted import Claims
from fraudml.engine import open_engine
from fraudml.entities import GRAINS
from fraudml.features.bases import Bases
from fraudml.features.build import make_grain
from fraudml.features.catalogue import feature
from fraudml.features.hits_beside import TABLE
from fraudml.leads import explanations
from fraudml.leads.build import LeadInputs, build_leads
from fraudml.leads.corrections import write_corrections
from fraudml.leads.data_error import Gate, Verdict, decide, moved_reasons, still_near
from fraudml.leads.hits_left import HitsLeft, RuleLeft, counts_left, hits_left
from fraudml.leads.reasons import Reason
from fraudml.leads.repaired import Repaired, RepairedClaims
from fraudml.leads.words import Words
from fraudml.monitor.beyond import BEYOND_TYPES
from fraudml.monitor.judged import Artefacts, judged_hits
from fraudml.params import EngineParams
from leads_cases import FORMULA
from tables import draw_claims

AS_OF = date(2025, 12, 31)
BUSY = "busiest_day_to_median_365d"
CLAIMS = """
claim_id | patient_id | provider_id | practitioner_id | admitted_on | total_amount | fund_amount
a1       | p1         | H1          | z               | 2025-05-01  | 10000        | 7000
a2       | p2         | H1          | z               | 2025-05-02  | 10000        | 7000
a3       | p3         | H1          | d1              | 2025-05-02  | 10000        | 7000
a4       | p3         | H1          | d1              | 2025-05-06  | 10000        | 7000
b1       | p1         | H2          | d2              | 2025-05-01  | 10000        | 7000
c1       | p4         | H3          | d3              | 2025-05-01  | 10000        | 7000
"""
LINES = """
claim_id | line_no | item_code | served_at           | practitioner_id
a1       | 1       | x         | 2025-05-01 09:00:00 | z
a1       | 2       | y         | 2025-05-01 09:00:00 | d1
b1       | 1       | x         | 2025-05-01 09:00:00 | d2
"""
RULES = ("R16.day_above_24_hours", "R05.duplicate_claim", "R05.price_above_cap")


@pytest.fixture
def engine(tmp_path):
    with open_engine(EngineParams(kind="duckdb", memory_gb=1.0, threads=1), spill=tmp_path) as e:
        yield e


@pytest.fixture
def folder(tmp_path):
    named = ("H1", FORMULA.replace("|", "")), ("H2", "Two"), ("H3", "Three")
    providers = "provider_id | name | contracted_to\n"
    providers += "\n".join(f"{one} | {name} | 2026-06-30" for one, name in named)
    return draw_claims(
        tmp_path / "claims", providers=providers, claims=CLAIMS, claim_lines=LINES,
        patients="patient_id | died_on\n" + "\n".join(f"p{n} | 2025-01-01" for n in range(1, 5)),
    )  # fmt: skip


def artefacts(engine, tmp_path, *found, lines):
    """Artefacts (id, signature, provider, code) and their rows (id, claim, line, role)."""
    about = {"known_on": AS_OF, "first_on": date(2025, 5, 1), "last_on": date(2025, 5, 2),
             "claims_n": 2, "lines_n": 0, "amount_fen": 14_000, "as_of": AS_OF}  # fmt: skip
    names = ("artefact_id", "signature", "provider_id", "code")
    rows = [dict(zip(names, one, strict=True)) | about for one in found]
    dates = ("known_on", "first_on", "last_on", "as_of")
    schema = pa.schema(
        [(n, pa.string()) for n in names] + [(n, pa.date32()) for n in dates]
        + [(n, pa.int64()) for n in ("claims_n", "lines_n", "amount_fen")]
    )  # fmt: skip
    write_parquet(tmp_path / "artefacts.parquet", pa.Table.from_pylist(rows, schema))
    columns = ("artefact_id", "claim_id", "line_no", "role")
    table = pa.Table.from_pylist(
        [dict(zip(columns, one, strict=True)) for one in lines],
        pa.schema([("artefact_id", pa.string()), ("claim_id", pa.string()),
                   ("line_no", pa.int64()), ("role", pa.string())]),
    )  # fmt: skip
    write_parquet(tmp_path / "artefact_lines.parquet", table)
    return Artefacts.read(engine, tmp_path)


def placeholder(engine, tmp_path):
    return artefacts(
        engine, tmp_path, ("s1", "D01.placeholder_practitioner", "H1", "z"),
        lines=[("s1", "a1", None, "wrong"), ("s1", "a2", None, "wrong")],
    )  # fmt: skip


def hits(engine, *rows):
    """Hits (id, rule, claims, and whose if not of provider H1); judged later."""
    names = ("provider_id", "practitioner_id", "patient_id")
    found = pa.Table.from_pylist(
        [{"hit_id": i, "rule_id": rule, "provider_id": (*who, "H1")[0], "practitioner_id": None,
          "patient_id": None, "amount_fen": 6000, "amount_high_fen": 7000}
         for i, rule, _, *who in rows],
        pa.schema([("hit_id", pa.string()), ("rule_id", pa.string()),
                   *((n, pa.string()) for n in names), ("amount_fen", pa.int64()),
                   ("amount_high_fen", pa.int64())]),
    )  # fmt: skip
    lines = pa.Table.from_pylist(
        [{"hit_id": i, "claim_id": c, "line_no": None}
         for i, _, cs, *_ in rows for c in cs.split()],
        pa.schema([("hit_id", pa.string()), ("claim_id", pa.string()), ("line_no", pa.int64())]),
    )  # fmt: skip
    return engine.table(found, "hits"), engine.table(lines, "hit_lines")


def features(engine, fund=100.0):
    ids = [f"H{n}" for n in range(1, 101)]
    money = {"fund_fen_365d": [fund] * 100, "account_fen_365d": [0.0] * 100}
    table = pa.table({"provider_id": ids, **money})
    return engine.table(table, "features")


def world(rank, value, name):
    ids = ["H1", "H2", "H3"]
    ranks = [rank, 1 if rank > 1 else 2, 3 if rank != 3 else 2]
    return Repaired(
        pa.table({"provider_id": ids, "rank": ranks}),
        pa.table({"provider_id": ids, name: [value, 10.0, 10.0]}),
    )


def listed(engine, folder, tmp_path, *, rank, value, rows=(), limit=1, name=BUSY):
    """The list of one place from H1, which this feature puts first, and the gate's answer."""
    found = placeholder(engine, tmp_path)
    judged = judged_hits(engine, *hits(engine, *rows), found)
    gate = Gate(found, judged, features(engine), world(rank, value, name))
    given = [(h, name, "T01", 2.0, v, 10.0) for h, v in (("H1", 90.0), ("H2", 30.0), ("H3", 20.0))]
    inputs = LeadInputs(scores("H1", "H2", "H3"), attributions(*given), peers("H1", "H2", "H3"))
    out = tmp_path / "out"
    out.mkdir()
    table = build_leads(
        engine, Claims(engine, folder), inputs, grain="provider", limit=limit, as_of=AS_OF,
        out=out, gate=gate,
    ).listed  # fmt: skip
    return table.to_pylist(), gate


def test_a_lead_that_is_all_artefact_leaves_and_the_next_one_enters(engine, folder, tmp_path):
    (lead,), gate = listed(engine, folder, tmp_path, rank=3, value=10.0)
    assert (lead["provider_id"], lead["verdict"]) == ("H2", "fraud_like")
    (gone,) = gate.withdrawn
    assert (gone["id"], gone["verdict"], gone["rank"]) == ("H1", "data_like", 1)
    assert "rank 1 → 3" in gone["words_en"]


def test_a_lead_that_still_ranks_high_without_its_artefact_stays(engine, folder, tmp_path):
    (lead,), gate = listed(engine, folder, tmp_path, rank=1, value=10.0)
    assert (lead["provider_id"], lead["verdict"], gate.withdrawn) == ("H1", "both", [])
    page = next((tmp_path / "out" / "pages").iterdir()).read_text(encoding="utf-8")
    assert "still a lead" in page and 'id="slips"' in page


def test_a_lead_with_fraud_rows_beside_its_artefact_stays(engine, folder, tmp_path):
    rows = [(f"h{n}", "R05.price_above_cap", "a1") for n in range(3)]
    (lead,), _ = listed(engine, folder, tmp_path, rank=3, value=10.0, rows=rows)
    assert (lead["provider_id"], lead["verdict"]) == ("H1", "both")


def test_an_artefact_that_moves_nothing_excuses_nothing(engine, folder, tmp_path):
    (lead,), _ = listed(engine, folder, tmp_path, rank=3, value=89.0)
    assert (lead["provider_id"], lead["verdict"]) == ("H1", "fraud_like")


def test_without_a_gate_nothing_is_assessed(engine, folder, tmp_path):
    inputs = LeadInputs(scores("H1"), attributions(("H1", BUSY, "T01", 2.0, 9.0, 1.0)), peers("H1"))
    (tmp_path / "out").mkdir()
    table = build_leads(engine, Claims(engine, folder), inputs, grain="provider", limit=1,
                        as_of=AS_OF, out=tmp_path / "out").listed  # fmt: skip
    assert table["verdict"].to_pylist() == [None]


@pytest.mark.parametrize(
    ("touched", "moved", "explained", "weighty", "rank", "verdict"),
    [
        (False, True, 1, (), 500, "fraud_like"),  # no artefact
        (True, False, 0, (), 500, "fraud_like"),  # an artefact that accounts for nothing
        (True, True, 0, (), None, "data_like"),  # the entity is the slip itself
        (True, True, 0, (), 91, "data_like"),
        (True, True, 0, (), 90, "both"),  # close to the list counts as listed
        (True, False, 4, ("R05.price_above_cap",), 500, "both"),
    ],
)
def test_the_verdict_is_what_is_left_without_the_artefact(
    touched, moved, explained, weighty, rank, verdict
):
    left = HitsLeft(explained_n=explained, weighty=weighty)
    assert decide(touched, moved, left, rank, still_near(60, 3_000)) == verdict


def test_a_list_of_most_houses_of_a_small_fund_holds_nobody_for_its_length():
    assert still_near(60, 300) == still_near(60, 3_000) == 90
    assert decide(True, True, HitsLeft(), 66, still_near(60, 150)) == "data_like"
    assert decide(True, True, HitsLeft(), 45, still_near(60, 150)) == "both"


def reason(value, direction=1):
    return Reason(BUSY, "T01", 1.0, value, 10.0, 0.9, 20, "count", 365, direction, None,
                  Words("忙", "busy"))  # fmt: skip


@pytest.mark.parametrize(
    ("value", "direction", "after", "moves"),
    [(90.0, 1, 10.0, True), (90.0, 1, 80.0, False), (90.0, 1, None, True), (2.0, -1, 9.0, True),
     (2.0, -1, 3.0, False)],
)  # fmt: skip
def test_a_reason_moves_if_a_fifth_of_its_distance_goes(value, direction, after, moves):
    found = moved_reasons([reason(value, direction)], {BUSY: after})
    assert bool(found) is moves


@pytest.mark.parametrize(
    ("after", "left", "mostly"), [(50.0, 0.5, True), (52.0, 0.525, False), (5.0, 0.0, True)]
)
def test_a_reason_is_mostly_of_a_slip_if_half_of_its_distance_goes(after, left, mostly):
    (found,) = moved_reasons([reason(90.0)], {BUSY: after})
    assert (found.left, found.mostly) == (left, mostly)


def test_a_hit_is_explained_only_by_a_slip_that_can_bring_it_about(engine, tmp_path):
    rows = [("h1", RULES[0], "a1 a2"), ("h2", RULES[2], "a1"), ("h3", RULES[0], "a1 a3 b1")]
    judged = judged_hits(engine, *hits(engine, *rows), placeholder(engine, tmp_path))
    found = {r["hit_id"]: r["explained"] for r in engine.rows(judged, at_most=9).to_pylist()}
    assert found == {"h1": True, "h2": False, "h3": False}


def test_a_repetition_of_which_one_row_is_left_is_none(engine, tmp_path):
    found = artefacts(engine, tmp_path, ("s1", "D11.unlinked_reversal", "H1", "x"),
                      lines=[("s1", "a1", None, "wrong"), ("s1", "a2", None, "wrong")])  # fmt: skip
    rows = [("h1", RULES[1], "a1 a3"), ("h2", RULES[1], "a3 b1")]
    judged = judged_hits(engine, *hits(engine, *rows), found)
    said = {r["hit_id"]: r["explained"] for r in engine.rows(judged, at_most=9).to_pylist()}
    assert said == {"h1": True, "h2": False}


def test_hits_that_are_left_weigh_only_where_few_have_as_many(engine, tmp_path):
    rows = [(f"h{n}", RULES[2], "a1") for n in range(3)] + [("e", RULES[0], "a1")]
    judged = judged_hits(engine, *hits(engine, *rows), placeholder(engine, tmp_path))
    left = hits_left(engine, judged, features(engine), ["H1"], "provider")["H1"]
    assert (left.left_n, left.explained_n, left.weighty) == (3, 1, (RULES[2],))
    assert left.by_rule == {RULES[0]: RuleLeft(1, 0), RULES[2]: RuleLeft(0, 18_000)}


@pytest.mark.parametrize(("others", "weighs"), [((), True), (("H2",), False)])
def test_a_single_hit_that_is_left_weighs_only_if_hardly_anybody_has_one(
    engine, tmp_path, others, weighs
):
    rows = [("h", RULES[2], "a1"), *((f"h{who}", RULES[2], "b1", who) for who in others)]
    judged = judged_hits(engine, *hits(engine, *rows), placeholder(engine, tmp_path))
    left = hits_left(engine, judged, features(engine), ["H1"], "provider")["H1"]
    assert left.weighty == ((RULES[2],) if weighs else ())


@pytest.mark.parametrize(
    ("rule", "weighs"), [("R18.chronic_in_stay", True), ("R09.supplied_again", False)]
)
def test_against_a_patient_weigh_only_hits_of_rules_about_patients(engine, rule, weighs):
    about = {"patient_id": "p1", "rule_id": rule, "amount_fen": 7000, "amount_high_fen": 7000}
    rows = [about | {"explained": False}] * 3
    judged = engine.table(pa.Table.from_pylist(rows), "judged")
    everybody = pa.table({"patient_id": [f"p{n}" for n in range(1, 101)],
                          "fund_fen_365d": [0.0] * 100,
                          "account_fen_365d": [100.0] * 100})  # fmt: skip
    own = engine.table(everybody, "patients")
    left = hits_left(engine, judged, own, ["p1"], "patient").get("p1", HitsLeft())
    assert left.weighty == ((rule,) if weighs else ())


FOUND = pa.schema(
    [(n, pa.string()) for n in ("hit_id", "rule_id", "typology", "result_type", "provider_id",
                                "practitioner_id", "patient_id")]
    + [("known_on", pa.date32())]
    + [(n, pa.int64()) for n in ("amount_low_fen", "amount_fen", "amount_high_fen")]
)  # fmt: skip
TO_EXPECTED, SHARE = "rule_t16_suspicious_hits_to_expected_365d", "rule_suspicious_fen_365d"
BEYOND = "rule_t16_suspicious_fund_share_365d"


def features_left(engine, folder, tmp_path, *claims_of_hits):
    """Rule features of H1 in the repaired claims: one hit of the day's hours for each claim."""
    about = {"rule_id": RULES[0], "typology": "T16", "result_type": "suspicious",
             "provider_id": "H1", "known_on": date(2025, 6, 1), "amount_low_fen": 0,
             "amount_fen": 7000, "amount_high_fen": 7000}  # fmt: skip
    rows = [about | {"hit_id": f"h{n}", "claim_id": c} for n, c in enumerate(claims_of_hits)]
    lines = FOUND.append(pa.field("claim_id", pa.string())).append(pa.field("line_no", pa.int64()))
    found, hit_lines = (engine.table(pa.Table.from_pylist(rows, form), name)
                        for form, name in ((FOUND, "hits"), (lines, "hit_lines")))  # fmt: skip
    slip = placeholder(engine, tmp_path)
    judged = judged_hits(engine, found, hit_lines, slip)
    assessed = pa.table({"rule_id": [RULES[0]], "typology": ["T16"],
                         "result_type": ["suspicious"], "grain": ["practitioner"]})  # fmt: skip
    of_all = about | {"grain": "provider", "entity_id": "H1", "as_of": AS_OF, "claims": 2,
                      "expected_e6": 1, "beyond_fen": 7000}  # fmt: skip
    of_all = engine.table(pa.Table.from_pylist([of_all], BEYOND_TYPES), "beyond")
    claims = Claims(engine, folder)
    left = counts_left(engine, claims, judged, hit_lines, of_all, assessed, AS_OF)
    world = RepairedClaims(engine, folder, slip, {TABLE: left})
    entries = tuple(feature(name, "provider") for name in (TO_EXPECTED, SHARE, BEYOND))
    out = tmp_path / "provider.parquet"
    make_grain(Bases(engine, world, (AS_OF,)), GRAINS["provider"], entries, out)
    return row_of(out, provider_id="H1")


def test_hits_that_a_slip_accounts_for_are_no_features_of_the_repaired_claims(
    engine, folder, tmp_path
):
    row = features_left(engine, folder, tmp_path, *["a1", "a2"] * 6)
    # none is left, and that is known
    assert (row[TO_EXPECTED], row[SHARE], row[BEYOND]) == (0.0, 0.0, 0.0)


def test_hits_beside_a_slip_are_features_of_the_repaired_claims_with_their_amount(
    engine, folder, tmp_path
):
    row = features_left(engine, folder, tmp_path, *["a1"] * 6, *["a3"] * 6)
    assert row[TO_EXPECTED] > 2.0
    assert row[SHARE] == 7000.0  # six hits of one claim are one amount
    assert row[BEYOND] == 0.0  # and no pattern
    row = features_left(engine, folder, tmp_path, *["a1"] * 6, "a3", "a4")
    assert row[BEYOND] == pytest.approx(14_000 / (28_000 + 7_000), rel=1e-3)


@pytest.mark.parametrize(
    ("claims", "lead", "verdict"), [("a1 a2", "H2", "fraud_like"), ("a1 a3", "H1", "both")]
)
def test_a_lead_whose_only_reason_is_explained_hits_leaves_and_one_with_further_hits_stays(
    engine, folder, tmp_path, claims, lead, verdict
):
    each = claims.split() * 6
    value = features_left(engine, folder, tmp_path, *each)[TO_EXPECTED]
    others = [0.5, 0.4]  # H2 and H3 in the same claims
    rank = 1 + sum(one > value for one in others)
    rows = [(f"h{n}", RULES[0], c) for n, c in enumerate(each)]
    (first,), _ = listed(
        engine, folder, tmp_path, rank=rank, value=value, rows=rows, name=TO_EXPECTED
    )
    assert (first["provider_id"], first["verdict"]) == (lead, verdict)


def repaired(engine, folder, found, name, *columns):
    t = RepairedClaims(engine, folder, found).table(name)
    rows = engine.rows(t.select(*columns), at_most=99).to_pylist()
    return sorted(tuple(row.values()) for row in rows)


def test_a_placeholder_is_unknown_in_the_repaired_claims_and_others_stay(engine, folder, tmp_path):
    found = placeholder(engine, tmp_path)
    claims = dict(repaired(engine, folder, found, "claims", "claim_id", "practitioner_id"))
    assert claims == {"a1": None, "a2": None, "a3": "d1", "a4": "d1", "b1": "d2", "c1": "d3"}
    lines = repaired(engine, folder, found, "claim_lines", "claim_id", "line_no", "practitioner_id")
    assert lines == [("a1", 1, None), ("a1", 2, "d1"), ("b1", 1, "d2")]


def test_copies_are_dropped_and_the_first_sending_stays(engine, folder, tmp_path):
    rows = [("s1", "a1", None, "wrong"), ("s1", "a2", None, "beside")]
    found = artefacts(engine, tmp_path, ("s1", "D12.batch_sent_twice", "H1", "x"), lines=rows)
    kept = [c for (c,) in repaired(engine, folder, found, "claims", "claim_id")]
    assert kept == ["a2", "a3", "a4", "b1", "c1"]
    assert repaired(engine, folder, found, "claim_lines", "claim_id", "line_no") == [("b1", 1)]


def test_a_default_code_is_none_in_the_repaired_claims_and_the_sale_stays(engine, tmp_path):
    sales = "claim_id | line_no | item_code | trace_code\na1 | 1 | x | t0\na1 | 2 | y | t1"
    folder = draw_claims(tmp_path / "sales", claims=CLAIMS, claim_lines=sales)
    found = artefacts(engine, tmp_path, ("s1", "D16.default_trace_code", "H1", "t0"),
                      lines=[("s1", "a1", 1, "wrong")])  # fmt: skip
    lines = repaired(engine, folder, found, "claim_lines", "claim_id", "line_no", "trace_code")
    assert lines == [("a1", 1, None), ("a1", 2, ["t1"])]


def test_a_mapped_line_is_dropped_alone(engine, folder, tmp_path):
    found = artefacts(engine, tmp_path, ("s1", "D07.code_mapped_wrong", "H1", "x"),
                      lines=[("s1", "a1", 1, "wrong")])  # fmt: skip
    lines = repaired(engine, folder, found, "claim_lines", "claim_id", "line_no")
    assert lines == [("a1", 2), ("b1", 1)]
    assert len(repaired(engine, folder, found, "claims", "claim_id")) == 6


def test_a_wrong_death_is_unknown_for_that_person_alone(engine, folder, tmp_path):
    found = artefacts(engine, tmp_path, ("s1", "D03.death_registered_wrong", "H1", "p1"),
                      lines=[("s1", "a1", None, "wrong")])  # fmt: skip
    died = dict(repaired(engine, folder, found, "patients", "patient_id", "died_on"))
    assert [who for who, day in died.items() if day is None] == ["p1"]


def test_a_merged_branch_keeps_its_claims_and_loses_the_end_of_its_contract(
    engine, folder, tmp_path
):
    found = artefacts(engine, tmp_path, ("s1", "D15.merged_branch", "H1", "2024-06-30"),
                      lines=[("s1", "a1", None, "wrong")])  # fmt: skip
    assert len(repaired(engine, folder, found, "claims", "claim_id")) == 6
    ends = dict(repaired(engine, folder, found, "providers", "provider_id", "contracted_to"))
    assert [who for who, day in ends.items() if day is None] == ["H1"]


def test_every_slip_is_a_request_with_its_rows_and_no_formula(engine, folder, tmp_path):
    found = placeholder(engine, tmp_path)
    out = tmp_path / "corrections"
    out.mkdir()
    gone = [{"lead_id": "x", "grain": "provider", "id": "H1", "rank": 1, "as_of": AS_OF,
             "verdict": "data_like", "words_zh": "因", "words_en": "why"}]  # fmt: skip
    requests = write_corrections(engine, Claims(engine, folder), found, gone, out).to_pylist()
    assert [(r["provider_id"], r["rows"], r["amount_fen"]) for r in requests] == [("H1", 2, 14_000)]
    lines = pq.read_table(out / "correction_lines.parquet").to_pylist()
    assert [(r["claim_id"], r["line_no"]) for r in lines] == [("a1", None), ("a2", None)]
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "How to answer" in page and "why" in page and "<script>document" not in page
    sheets = zip_texts(out / "corrections.xlsx")
    assert "<f>" not in sheets and "HYPERLINK" in sheets  # the name stands there as text


def test_the_page_of_requests_names_first_whom_most_money_is_asked_about(engine, folder, tmp_path):
    slips = [("s1", "D01.placeholder_practitioner", "H1", "z"),
             ("s2", "D01.placeholder_practitioner", "H2", "z"),
             ("s3", "D03.death_registered_wrong", "H2", "z")]  # fmt: skip
    rows = [("s1", "a1", None, "wrong"), ("s2", "a1", None, "wrong"), ("s3", "a2", None, "wrong")]
    found = artefacts(engine, tmp_path, *slips, lines=rows)
    write_corrections(engine, Claims(engine, folder), found, [], tmp_path)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    places = [page.index(f'<section class="keep" id="p{n}">') for n in (1, 2)]
    assert "H2" in page[places[0] : places[1]] and "H1" in page[places[1] :]
    assert page.index('href="#p1"') < page.index('href="#p2"') < places[0]


def test_a_default_in_the_register_is_asked_of_the_agency_and_of_no_provider(
    engine, folder, tmp_path
):
    slips = [("s1", "D05.default_birth_date", "H1", "1900-01-01"),
             ("s2", "D05.default_birth_date", "H2", "1900-01-01"),
             ("s3", "D01.placeholder_practitioner", "H2", "z")]  # fmt: skip
    rows = [("s1", "a1", None, "wrong"), ("s2", "a2", None, "wrong"), ("s3", "a2", None, "wrong")]
    found = artefacts(engine, tmp_path, *slips, lines=rows)
    requests = write_corrections(engine, Claims(engine, folder), found, [], tmp_path).to_pylist()
    assert [(r["provider_id"], r["asked"]) for r in requests] == [
        ("H1", "agency"), ("H2", "provider"), ("H2", "agency"),
    ]  # fmt: skip
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "1 requests to 1 providers" in page
    letters, register = page.split('<section class="keep" id="register">')
    assert "D05" not in letters and register.count("1900-01-01") == 1
    assert '<td class="num">2</td><td class="num">4</td>' in register  # providers and claims
    assert "Register" in zip_texts(tmp_path / "corrections.xlsx")


def zip_texts(path):
    from zipfile import ZipFile

    with ZipFile(path) as book:
        return "".join(book.read(n).decode() for n in book.namelist() if n.endswith(".xml"))


def test_equal_slips_give_equal_bytes(engine, folder, tmp_path):
    found = placeholder(engine, tmp_path)
    made = []
    for name in ("one", "two"):
        out = tmp_path / name
        out.mkdir()
        write_corrections(engine, Claims(engine, folder), found, [], out)
        made.append({p.name: p.read_bytes() for p in sorted(out.iterdir())})
    assert made[0] == made[1]


def test_an_explanation_is_answered_by_the_signatures_that_would_have_found_it():
    slip = {"signature": "D01.placeholder_practitioner", "claims_n": 2}
    known = frozenset({"D01.placeholder_practitioner", "D07.code_mapped_wrong"})
    verdict = Verdict("both", (slip,), assessed=known)
    keys = ("shared_account", "code_mapping", "transfer_units", "epidemic")
    said = [explanations.tested(key, verdict, None)[0] for key in keys]
    assert said == ["explains", "does_not_explain", "not_testable", "not_tested"]
