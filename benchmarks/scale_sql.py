"""The nine kinds of table as an expert writes them by hand for DuckDB: factored SQL.

One narrow claim table made once and reused; a distinct count is a count of a group-by; prices join
by an interval made with lead() and only lines above an item's lowest cap join at all; quantiles are
asked for as one list; patients and days are numbered before pairs of them are counted.
"""

from pathlib import Path

import duckdb

from scale_plan import (
    AS_OF,
    COLUMNS,
    MIN_PEERS,
    OVER,
    RATES,
    RECENT_SINCE,
    SHRINK_PEERS,
    SINCE,
    parts,
    precision_of,
    result,
)

_FAR = "DATE '9999-12-31'"

_STEPS = f"""
CREATE TEMP TABLE claim AS
  SELECT c.claim_id, c.patient_id, c.provider_id, c.practitioner_id, c.admitted_on,
    c.discharged_on, c.settled_on, left(c.diagnosis_code, 3) AS diagnosis_group,
    c.visit_kind = 'inpatient' AS inpatient, c.settled_on > DATE '{RECENT_SINCE}' AS recent,
    c.total_amount_fen AS total_fen, c.fund_amount_fen AS fund_fen
  FROM '{{claims}}' c
  ANTI JOIN (SELECT reverses_claim_id FROM '{{claims}}'
             WHERE reverses_claim_id IS NOT NULL AND settled_on <= DATE '{AS_OF}') r
    ON c.claim_id = r.reverses_claim_id
  WHERE c.reverses_claim_id IS NULL AND c.settled_on <= DATE '{AS_OF}'
    AND c.settled_on > DATE '{SINCE}';

CREATE TEMP TABLE patient_provider AS
  SELECT patient_id, provider_id, count(*) AS n, sum(inpatient::INT)::BIGINT AS stays,
    sum(fund_fen)::BIGINT AS fund_fen
  FROM claim GROUP BY ALL;

CREATE TEMP TABLE of_provider AS
  SELECT provider_id, count(*) AS claims, sum(inpatient::INT) AS stays, sum(fund_fen) AS fund,
    sum(CASE WHEN recent THEN fund_fen ELSE 0 END) AS fund_90d, sum(total_fen) AS total,
    quantile_cont(fund_fen, [0.1, 0.5, 0.9]) AS q
  FROM claim GROUP BY provider_id;

CREATE TEMP TABLE patients_of_provider AS
  SELECT provider_id, count(*) AS patients FROM patient_provider GROUP BY provider_id;

CREATE TEMP TABLE visitors AS
  SELECT provider_id, admitted_on, patient_id, count(*) AS n FROM claim GROUP BY ALL;

CREATE TEMP TABLE days AS
  SELECT provider_id, admitted_on, count(*) AS visitors, sum(n)::BIGINT AS n
  FROM visitors GROUP BY ALL;

CREATE TEMP TABLE weeks AS
  WITH w AS (
    SELECT provider_id, sum(n) OVER (PARTITION BY provider_id ORDER BY admitted_on
      RANGE BETWEEN INTERVAL 6 DAYS PRECEDING AND CURRENT ROW)::BIGINT AS n FROM days
  ) SELECT provider_id, max(n) AS busiest, max(n) / median(n) AS to_median FROM w GROUP BY ALL;

CREATE TEMP TABLE returns AS
  WITH g AS (
    SELECT provider_id, admitted_on - lag(discharged_on) OVER w AS gap,
      diagnosis_group = lag(diagnosis_group) OVER w AS same
    FROM claim WHERE inpatient
    WINDOW w AS (PARTITION BY patient_id, provider_id ORDER BY admitted_on, claim_id)
  ) SELECT provider_id, count(*) FILTER (gap BETWEEN 0 AND 7 AND same) AS n FROM g GROUP BY ALL;

CREATE TEMP TABLE caps AS
  SELECT item_code, price_cap_fen AS cap, valid_from, least(
      coalesce(lead(valid_from) OVER (PARTITION BY item_code ORDER BY valid_from), {_FAR}),
      coalesce(valid_to + 1, {_FAR})) AS valid_before
  FROM '{{items}}';

CREATE TEMP TABLE over_cap AS
  WITH dear AS (
    SELECT l.claim_id, l.item_code, l.served_at::DATE AS served_on, l.unit_price_fen AS price,
      round(l.quantity * 10000)::BIGINT AS quantity_e4
    FROM '{{claim_lines}}' l
    JOIN (SELECT item_code, min(cap) AS lowest FROM caps GROUP BY item_code) c
      ON l.item_code = c.item_code AND l.unit_price_fen > c.lowest
  ), billed AS (
    SELECT d.*, c.provider_id, least(d.served_on, c.settled_on) AS day
    FROM dear d JOIN claim c USING (claim_id)
  )
  SELECT provider_id, sum(round((price - cap) * quantity_e4 / 10000)::BIGINT)::BIGINT AS fen
  FROM billed b JOIN caps p ON b.item_code = p.item_code AND b.day >= p.valid_from
    AND b.day < p.valid_before AND b.price > p.cap
  GROUP BY provider_id;

CREATE TEMP TABLE practitioner_days AS
  WITH one AS (SELECT practitioner_id, admitted_on, patient_id FROM claim
               WHERE practitioner_id IS NOT NULL GROUP BY ALL),
    d AS (SELECT practitioner_id, admitted_on, count(*) AS n FROM one GROUP BY ALL)
  SELECT practitioner_id, median(n) AS usual, max(n) AS most, count(*) AS active
  FROM d GROUP BY practitioner_id;

CREATE TEMP TABLE of_practitioner AS
  SELECT practitioner_id, count(*) AS claims, sum(fund_fen) AS fund
  FROM claim WHERE practitioner_id IS NOT NULL GROUP BY practitioner_id;

CREATE TEMP TABLE all_practitioners AS
  SELECT practitioner_id FROM of_practitioner
  UNION SELECT l.practitioner_id FROM (
    SELECT DISTINCT claim_id, practitioner_id FROM '{{claim_lines}}'
    WHERE practitioner_id IS NOT NULL) l SEMI JOIN claim USING (claim_id)
  UNION SELECT practitioner_id FROM '{{practitioners}}'
    WHERE registered_from <= DATE '{AS_OF}'
      AND (registered_to IS NULL OR registered_to > DATE '{SINCE}');

CREATE TEMP TABLE groups AS
  SELECT provider_id, admitted_on, row_number() OVER () AS g
  FROM days WHERE visitors BETWEEN 2 AND 200;

CREATE TEMP TABLE met AS
  SELECT g, patient_id FROM visitors JOIN groups USING (provider_id, admitted_on);

CREATE TEMP TABLE people AS
  SELECT patient_id, row_number() OVER () AS p
  FROM (SELECT patient_id FROM met GROUP BY patient_id HAVING count(*) >= 4);

CREATE TEMP TABLE members AS SELECT g, p FROM met JOIN people USING (patient_id);

CREATE TEMP TABLE companions AS
  WITH pairs AS (
    SELECT a.p AS one, b.p AS other FROM members a JOIN members b ON a.g = b.g AND a.p < b.p
    GROUP BY ALL HAVING count(*) >= 4
  ) SELECT one, other FROM pairs UNION ALL SELECT other, one FROM pairs;

CREATE TEMP TABLE accompanied AS
  SELECT g.provider_id, n.patient_id, t.companions FROM (
    SELECT m.g, m.p, count(*) AS companions
    FROM members m JOIN companions c ON m.p = c.one
    JOIN members o ON o.g = m.g AND o.p = c.other GROUP BY ALL
  ) t JOIN groups g USING (g) JOIN people n USING (p);

CREATE TEMP TABLE provider AS
  SELECT p.provider_id, coalesce(o.claims, 0)::DOUBLE AS claims_count_365d,
    coalesce(o.stays, 0)::DOUBLE AS stays_count_365d, coalesce(o.fund, 0)::DOUBLE AS fund_fen_365d,
    coalesce(o.fund_90d, 0)::DOUBLE AS fund_fen_90d, coalesce(o.total, 0)::DOUBLE AS total_fen_365d,
    coalesce(n.patients, 0)::DOUBLE AS patients_count_365d,
    o.q[1] AS fund_fen_per_claim_p10_365d, o.q[2] AS fund_fen_per_claim_median_365d,
    o.q[3] AS fund_fen_per_claim_p90_365d, w.busiest::DOUBLE AS visits_per_week_max_count_365d,
    w.to_median AS busiest_week_to_median_365d, coalesce(r.n, 0)::DOUBLE
      AS quick_return_stays_count_365d, coalesce(c.fen, 0)::DOUBLE AS over_cap_fen_365d,
    coalesce(a.n, 0)::DOUBLE AS accompanied_visits_count_365d
  FROM (SELECT provider_id FROM '{{providers}}'
        WHERE (contracted_from IS NULL OR contracted_from <= DATE '{AS_OF}')
          AND (contracted_to IS NULL OR contracted_to > DATE '{SINCE}')) p
  LEFT JOIN of_provider o USING (provider_id) LEFT JOIN patients_of_provider n USING (provider_id)
  LEFT JOIN weeks w USING (provider_id) LEFT JOIN returns r USING (provider_id)
  LEFT JOIN over_cap c USING (provider_id)
  LEFT JOIN (SELECT provider_id, count(*) AS n FROM accompanied GROUP BY ALL) a
    USING (provider_id);

COPY (SELECT * FROM provider ORDER BY provider_id) TO '{{out_provider}}' {{form}};

COPY (
  SELECT i.practitioner_id, coalesce(o.claims, 0)::DOUBLE AS claims_count_365d,
    coalesce(o.fund, 0)::DOUBLE AS fund_fen_365d, d.usual AS patients_per_day_median_count_365d,
    d.most::DOUBLE AS patients_per_day_max_count_365d, coalesce(d.active, 0)::DOUBLE
      AS active_days_365d
  FROM all_practitioners i LEFT JOIN of_practitioner o USING (practitioner_id)
  LEFT JOIN practitioner_days d USING (practitioner_id) ORDER BY i.practitioner_id
) TO '{{out_practitioner}}' {{form}};

COPY (
  SELECT p.patient_id, p.claims::DOUBLE AS claims_count_365d, p.stays::DOUBLE AS stays_count_365d,
    p.fund::DOUBLE AS fund_fen_365d, p.providers::DOUBLE AS providers_count_365d,
    coalesce(a.n, 0)::DOUBLE AS accompanied_visits_count_365d,
    a.most::DOUBLE AS companions_per_visit_max_count_365d
  FROM (SELECT patient_id, sum(n) AS claims, sum(stays) AS stays, sum(fund_fen) AS fund,
          count(*) AS providers FROM patient_provider GROUP BY patient_id) p
  LEFT JOIN (SELECT patient_id, count(*) AS n, max(companions) AS most FROM accompanied
             GROUP BY patient_id) a USING (patient_id) ORDER BY p.patient_id
) TO '{{out_patient}}' {{form}};
"""

_LEVELS = {
    0: "'level ' || coalesce(level::TEXT, '?') || ' · ' || coalesce(kind, '?') || ' · ' || "
    "coalesce(region_code, '?')",
    1: "'level ' || coalesce(level::TEXT, '?') || ' · ' || coalesce(kind, '?')",
    2: "coalesce(kind, '?')",
}


def run(claims: Path, out: Path, con: duckdb.DuckDBPyConnection) -> None:
    """Write the four results; con has its memory and threads set."""
    con.execute("SET preserve_insertion_order = false")
    names = ("claims", "claim_lines", "items", "providers", "practitioners")
    paths = {name: parts(claims, name) for name in names}
    outs = {f"out_{name}": str(result(out, name)) for name in COLUMNS}
    form = "(FORMAT parquet, COMPRESSION zstd)"
    for step in _STEPS.format(**paths, **outs, form=form).split(";"):
        if step.strip():
            con.execute(step)
    _peers(con, paths["providers"], out)


def _peers(con: duckdb.DuckDBPyConnection, providers: str, out: Path) -> None:
    """Robust distances of providers, drawn toward the parent group: long form, one level a time."""
    scale = " ".join(f"WHEN '{name}' THEN {precision_of(name)}" for name in COLUMNS["provider"])
    groups = ", ".join(f"{text} AS group_{level}" for level, text in _LEVELS.items())
    con.execute(f"""
        CREATE TEMP TABLE long AS
        WITH wide AS (
          SELECT f.*, greatest(f.{OVER}, 1) AS over, {groups}
          FROM provider f JOIN '{providers}' p USING (provider_id)
        ) UNPIVOT wide ON {", ".join(COLUMNS["provider"])} INTO NAME feature VALUE value""")
    rates = ", ".join(f"'{name}'" for name in RATES)
    for level in _LEVELS:
        con.execute(f"""
            CREATE TEMP TABLE level_{level} AS
            WITH centre AS (SELECT group_{level} AS g, feature, count(*) AS n,
                              median(value) AS centre, median(over) AS typical
                            FROM long GROUP BY ALL),
              apart AS (SELECT l.group_{level} AS g, l.feature, abs(value - centre) AS away, over,
                          over <= typical AS small
                        FROM long l JOIN centre c
                          ON c.g = l.group_{level} AND c.feature = l.feature),
              spread AS (SELECT g, feature, median(away) AS middle,
                           sum(round(away * CASE feature {scale} END)::BIGINT) AS total,
                           count(*) FILTER (small) AS small_n,
                           count(*) FILTER (NOT small) AS large_n,
                           (median(away) FILTER (small) / 0.6745) ** 2 AS wide,
                           (median(away) FILTER (NOT small) / 0.6745) ** 2 AS narrow,
                           median(over) FILTER (small) AS few,
                           median(over) FILTER (NOT small) AS many
                         FROM apart GROUP BY ALL)
            SELECT g, feature, n, CASE WHEN n >= {MIN_PEERS} THEN centre END AS centre,
              CASE WHEN n >= {MIN_PEERS} THEN nullif(CASE WHEN middle > 0 THEN middle / 0.6745
                ELSE total / n / CASE feature {scale} END * 1.253314 END, 0) END AS spread,
              CASE WHEN n >= {MIN_PEERS} AND feature IN ({rates}) THEN typical END AS typical,
              CASE WHEN least(small_n, large_n) >= {MIN_PEERS} AND feature IN ({rates}) THEN
                least(greatest((wide - narrow) / (1 / few - 1 / many), 0), wide * few)
              END AS noise
            FROM centre JOIN spread USING (g, feature)
            """)
    shape = ("centre", "spread", "typical", "noise")
    con.execute(f"""
        CREATE TEMP TABLE distances AS
        WITH middle AS (
          SELECT l.provider_id, l.feature, l.value, l.over, l.group_0, b.n,
            {", ".join(f"{_drawn('b', 'c', name)} AS {name}" for name in shape)}
          FROM long l
          JOIN level_1 b ON b.g = l.group_1 AND b.feature = l.feature
          JOIN level_2 c ON c.g = l.group_2 AND c.feature = l.feature
        ), finest AS (
          SELECT m.provider_id, m.feature, m.value, m.over,
            {", ".join(f"{_drawn('a', 'm', name)} AS {name}" for name in shape)}
          FROM middle m JOIN level_0 a ON a.g = m.group_0 AND a.feature = m.feature
        ) SELECT provider_id, feature, (value - centre) / CASE
              WHEN noise / over > noise / typical
              THEN sqrt(spread * spread + noise / over - noise / typical) ELSE spread END AS away
          FROM finest""")
    columns = ", ".join(f"'{name}'" for name in COLUMNS["provider"])
    con.execute(f"""
        COPY (SELECT p.provider_id, d.* EXCLUDE (provider_id)
              FROM provider p LEFT JOIN (PIVOT distances ON feature IN ({columns})
                USING max(away) GROUP BY provider_id) d USING (provider_id)
              ORDER BY p.provider_id)
        TO '{result(out, "provider_peers")}' (FORMAT parquet, COMPRESSION zstd)""")


def _drawn(own: str, parent: str, column: str) -> str:
    weight = f"{own}.n / ({own}.n + {SHRINK_PEERS})"
    both = f"{weight} * {own}.{column} + (1 - {weight}) * {parent}.{column}"
    return f"coalesce({both}, {own}.{column}, {parent}.{column})"
