"""A fund of any number of lines, made by DuckDB from a hash of the row number.

The same rows are written twice: as ingest would have accepted them (canonical parquet) and as an
agency would hand them in (CSV parts by month). All claims are settled inside 2025, so that with
the as-of date 2025-12-31 not one line is saved by its date.

About four lines a claim, a tenth of the claims stays; a provider for 7,000 lines, the busiest
with hundreds of visits a day; six claims a patient, most of them at the provider nearby; two
validity periods with their own price cap for each item; stays that begin again after three days;
groups of five who come together on eight days.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb

from fraudml.artifacts import write_json
from fraudml.claims.schema import CONTRACT

AS_OF = date(2025, 12, 31)
MONTHS = tuple(date(2025, month, 1) for month in range(1, 13))
ITEMS = 2_000
REGIONS = 20
_TYPES = {
    "id": "VARCHAR", "text": "VARCHAR", "enum": "VARCHAR", "date": "DATE", "month": "DATE",
    "timestamp": "TIMESTAMP", "money": "BIGINT", "count": "BIGINT", "number": "DOUBLE",
    "flag": "BOOLEAN", "list": "VARCHAR[]",
}  # fmt: skip

_MACROS = """
CREATE MACRO draw(i, salt) AS hash(xor(hash(i), hash(salt)));
CREATE MACRO u(i, salt) AS (draw(i, salt) >> 11)::DOUBLE / 9007199254740992.0;
CREATE MACRO pick(i, salt, n) AS (draw(i, salt) % n)::BIGINT;
CREATE MACRO skewed(i, salt, n) AS floor(n * u(i, salt) * u(i, salt))::BIGINT;
"""

_CLAIMS = """
CREATE TABLE made AS
WITH drawn AS (
  SELECT i, i % 50 = 0 AS grouped, i // 50 // 40 AS g, (i // 50) % 40 % 5 AS member,
         (i // 50) % 40 // 5 AS occasion, i % 97 = 1 AS again,
         CASE WHEN i % 97 = 1 THEN i - 1 ELSE i END AS j
  FROM range({claims}) r(i)
), placed AS (
  SELECT *, CASE WHEN grouped THEN pick(g, 'member' || member, {patients})
                 ELSE floor({patients} * pow(u(j, 'patient'), 1.3))::BIGINT END AS patient
  FROM drawn
), settled AS (
  SELECT i, again, patient, pick(j, 'ill', 300) AS ill,
         CASE WHEN grouped THEN skewed(g, 'place', {providers})
              WHEN u(j, 'near') < 0.7 THEN skewed(patient, 'home', {providers})
              ELSE skewed(j, 'place', {providers}) END AS provider,
         CASE WHEN grouped THEN 'outpatient' WHEN i % 97 < 2 OR u(j, 'kind') < 0.08 THEN 'inpatient'
              WHEN u(j, 'kind') < 0.13 THEN 'emergency' WHEN u(j, 'kind') < 0.28 THEN 'chronic'
              WHEN u(j, 'kind') < 0.43 THEN 'pharmacy' ELSE 'outpatient' END AS visit_kind,
         CASE WHEN grouped THEN pick(g, 'day' || occasion, 325) ELSE pick(j, 'day', 325) END AS day,
         1 + pick(j, 'stay', 14) AS stay
  FROM placed
)
SELECT i, patient, provider, visit_kind, 6 * provider + pick(i, 'doctor', 6) AS doctor, ill,
       DATE '2025-01-01' + (day + CASE WHEN again THEN stay + 3 ELSE 0 END)::INT AS admitted_on,
       CASE WHEN visit_kind = 'inpatient' THEN CASE WHEN again THEN 3 ELSE stay END ELSE 0 END
         AS stay_days,
       admitted_on + stay_days::INT AS discharged_on,
       discharged_on + pick(i, 'settle', 6)::INT AS settled_on,
       CASE WHEN visit_kind = 'inpatient' THEN 4 + pick(i, 'lines', 19)
            ELSE 1 + pick(i, 'lines', 5) END AS lines_n
FROM settled
"""

_LINES = """
CREATE OR REPLACE TABLE lines AS
WITH each AS (
  SELECT m.i, m.doctor, unnest(range(m.lines_n)) AS n, m.admitted_on, m.stay_days, m.provider
  FROM made m WHERE m.settled_on >= DATE '{since}' AND m.settled_on < DATE '{until}'
), drawn AS (
  SELECT *, i * 32 + n AS l, skewed(l, 'item', {items}) AS item FROM each
)
SELECT i, n + 1 AS line_no, item, doctor,
  admitted_on + pick(l, 'served', stay_days + 1)::INT
    + INTERVAL (8 * 3600 + pick(l, 'time', 36000)) SECOND AS served_at,
  CASE WHEN pick(item, 'kind', 100) < 45 THEN 1 + pick(l, 'quantity', 3) ELSE 1 END AS quantity,
  floor((500 + pick(item, 'price', 20000)) * (0.9 + 0.12 * u(l, 'price'))
    * CASE WHEN pick(provider, 'dear', 40) = 0 THEN 1.3 ELSE 1 END)::BIGINT AS unit_price,
  unit_price * quantity AS amount,
  CASE WHEN pick(item, 'kind', 100) < 45 THEN 7 * quantity END AS days_supply,
  u(l, 'named') < 0.1 AS named
FROM drawn
"""

_ITEMS = """
SELECT printf('X%07d', item) AS item_code, period.valid_from, period.valid_to, 'item' AS name,
  CASE WHEN pick(item, 'kind', 100) < 45 THEN 'drug'
       WHEN pick(item, 'kind', 100) < 70 THEN 'service'
       WHEN pick(item, 'kind', 100) < 85 THEN 'exam'
       WHEN pick(item, 'kind', 100) < 95
       THEN 'consumable' ELSE 'bed' END AS kind, 'piece' AS unit,
  floor((500 + pick(item, 'price', 20000)) * period.over)::BIGINT AS price_cap,
  CASE WHEN pick(item, 'kind', 100) BETWEEN 45 AND 84 THEN 3 + pick(item, 'minutes', 20) END
    AS minutes
FROM range({items}) r(item), (VALUES
  (DATE '2024-01-01', DATE '2025-06-30', 1.02), (DATE '2025-07-01', NULL, 1.01)
) period(valid_from, valid_to, over)
"""

_PROVIDERS = """
SELECT printf('H%06d', p) AS provider_id, 'provider ' || p AS name,
  CASE WHEN pick(p, 'kind', 10) < 6 THEN 'hospital' ELSE 'clinic' END AS kind,
  pick(p, 'level', 4) AS level, printf('11%04d', pick(p, 'region', {regions})) AS region_code,
  50 + pick(p, 'beds', 500) AS beds, DATE '2020-01-01' AS contracted_from
FROM range({providers}) r(p)
"""

_PATIENTS = """
SELECT {patient_id} AS patient_id, DATE '1935-01-01' + pick(p, 'born', 30000)::INT AS birth_date,
  CASE WHEN pick(p, 'sex', 2) = 0 THEN 'F' ELSE 'M' END AS sex,
  CASE WHEN pick(p, 'scheme', 3) = 0 THEN 'employee' ELSE 'resident' END AS scheme,
  printf('11%04d', pick(p, 'region', {regions})) AS region_code
FROM range({patients}) r(p)
"""

_PRACTITIONERS = """
SELECT {practitioner_id} AS practitioner_id, printf('H%06d', d // 6) AS provider_id,
  DATE '2021-01-01' AS registered_from, 'specialty ' || pick(d, 'specialty', 12) AS specialty
FROM range(6 * {providers}) r(d)
"""

_CLAIM_ROWS = """
SELECT printf('C%011d', m.i) AS claim_id, {patient_id} AS patient_id,
  printf('H%06d', m.provider) AS provider_id, {practitioner_id} AS practitioner_id, m.visit_kind,
  m.admitted_on, m.discharged_on, m.settled_on,
  printf('%s%02d.%d', chr((65 + m.ill % 20)::INT), m.ill // 20, pick(m.i, 'ill', 4))
    AS diagnosis_code,
  t.total AS total_amount, t.total * 7 // 10 AS fund_amount,
  t.total - t.total * 7 // 10 AS patient_amount,
  CASE WHEN pick(m.i, 'check', 50) = 0 THEN 'none' ELSE 'card' END AS identity_check
FROM made m JOIN (SELECT i, sum(amount)::BIGINT AS total FROM lines GROUP BY i) t USING (i)
ORDER BY m.i
"""

_LINE_ROWS = """
SELECT printf('C%011d', i) AS claim_id, line_no, printf('X%07d', item) AS item_code, served_at,
  quantity, unit_price, amount, CASE WHEN named THEN {practitioner_id} END AS practitioner_id,
  days_supply
FROM lines ORDER BY i, line_no
"""

_REVERSED = "SELECT '' AS claim_id, DATE '2025-01-01' AS reversed_on LIMIT 0"  # no claim is

_PERSON = {
    "canonical": {"patient_id": "'pt_' || md5('p' || {0})",
                  "practitioner_id": "'pr_' || md5('d' || {1})"},
    "raw": {"patient_id": "printf('11010119%010d', {0})",
            "practitioner_id": "printf('D%08d', {1})"},
}  # fmt: skip


class FundMaker:
    """Writes one fund; its claims stay in a database file in the work folder while it is made."""

    def __init__(self, lines: int, work: Path, *, threads: int) -> None:
        work.mkdir(parents=True, exist_ok=True)
        self._file = work / "making.duckdb"
        claims = lines // 4
        self.size = {
            "claims": claims,
            "providers": max(40, lines // 7_000),
            "patients": max(200, claims // 6),
            "items": ITEMS,
            "regions": REGIONS,
        }
        self._con = duckdb.connect(str(self._file), config={"threads": threads})
        self._con.execute("SET memory_limit = '4GB'; SET preserve_insertion_order = false")
        self._con.execute(_MACROS)
        self._con.execute(_CLAIMS.format(**self.size))

    def write(self, canonical: Path | None, raw: Path | None) -> dict[str, int]:
        """Write the fund in one form or both; returns rows by table."""
        rows: dict[str, int] = {}
        for name, sql in self._entities():
            rows[name] = self._both(name, sql, canonical, raw, None)
        for since in MONTHS:
            until = date(since.year + since.month // 12, since.month % 12 + 1, 1)
            self._con.execute(_LINES.format(since=since, until=until, **self.size))
            for name, sql in (("claims", _CLAIM_ROWS), ("claim_lines", _LINE_ROWS)):
                part = self._both(name, sql, canonical, raw, f"{since:%Y-%m}")
                rows[name] = rows.get(name, 0) + part
        if canonical:
            self._copy(_REVERSED, canonical / "reversed_claims.parquet", "FORMAT parquet")
            write_json(canonical / "manifest.json", self._manifest(rows))
        return rows

    def close(self) -> None:
        """Delete the database file the fund was made in."""
        self._con.close()
        self._file.unlink()

    def _entities(self) -> Iterator[tuple[str, str]]:
        yield from (("providers", _PROVIDERS), ("patients", _PATIENTS), ("items", _ITEMS))
        yield "practitioners", _PRACTITIONERS

    def _both(
        self, name: str, sql: str, canonical: Path | None, raw: Path | None, part: str | None
    ) -> int:
        number = {
            "patients": ("p", ""),
            "practitioners": ("", "d"),
            "claims": ("m.patient", "m.doctor"),
        }
        columns = number.get(name, ("", "doctor"))
        count = 0
        for form, folder in (("canonical", canonical), ("raw", raw)):
            if folder is None:
                continue
            people = {key: text.format(*columns) for key, text in _PERSON[form].items()}
            query = sql.format(**{**self.size, **people})
            count = (self._canonical if form == "canonical" else self._raw)(
                name, query, folder, part
            )
        return count

    def _canonical(self, name: str, query: str, folder: Path, part: str | None) -> int:
        """Every column of the contract, as ingest names and types it."""
        made = {found[0] for found in self._con.execute(f"DESCRIBE ({query})").fetchall()}
        chosen = ", ".join(
            f"CAST({c.name if c.name in made else _default(c.default)} AS {_TYPES[c.kind]}) "
            f"AS {c.canonical}"
            for c in CONTRACT[name].columns
        )
        target = folder / name / f"{part}.parquet" if part else folder / f"{name}.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        return self._copy(
            f"SELECT {chosen} FROM ({query})", target, "FORMAT parquet, COMPRESSION zstd"
        )

    def _raw(self, name: str, query: str, folder: Path, part: str | None) -> int:
        """The columns that have values, money in yuan with two decimals."""
        made = [column[0] for column in self._con.execute(f"DESCRIBE ({query})").fetchall()]
        money = {c.name for c in CONTRACT[name].columns if c.kind == "money"}
        chosen = ", ".join(
            f"printf('%d.%02d', {c} // 100, {c} % 100) AS {c}" if c in money else c for c in made
        )
        target = folder / name / f"{part}.csv" if part else folder / f"{name}.csv"
        target.parent.mkdir(parents=True, exist_ok=True)
        form = "FORMAT csv, HEADER, TIMESTAMPFORMAT '%Y-%m-%d %H:%M:%S'"
        return self._copy(f"SELECT {chosen} FROM ({query})", target, form)

    def _copy(self, query: str, target: Path, form: str) -> int:
        found = self._con.execute(f"COPY ({query}) TO '{target}' ({form})").fetchone()
        return int(found[0]) if found else 0

    def _manifest(self, rows: dict[str, int]) -> dict[str, object]:
        present = {name: list(columns) for name, columns in PRESENT.items()}
        tables = {name: {"rows": rows[name], "columns_present": present[name]} for name in rows}
        return {"tables": tables, "key_fingerprint": "0" * 16}


def _default(value: str | None) -> str:
    return f"'{value}'" if value else "NULL"


PRESENT = {
    "providers": ("provider_id", "name", "kind", "level", "region_code", "beds", "contracted_from"),
    "patients": ("patient_id", "birth_date", "sex", "scheme", "region_code"),
    "items": ("item_code", "valid_from", "valid_to", "name", "kind", "unit", "price_cap",
              "minutes"),
    "practitioners": ("practitioner_id", "provider_id", "registered_from", "specialty"),
    "claims": ("claim_id", "patient_id", "provider_id", "practitioner_id", "visit_kind",
               "admitted_on", "discharged_on", "settled_on", "diagnosis_code", "total_amount",
               "fund_amount", "patient_amount", "identity_check"),
    "claim_lines": ("claim_id", "line_no", "item_code", "served_at", "quantity", "unit_price",
                    "amount", "practitioner_id", "days_supply"),
}  # fmt: skip
