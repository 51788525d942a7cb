"""The key of the pseudonyms: where it comes from, what is refused, that it never shows itself."""

import pickle
import stat
from pathlib import Path

import pytest

from fraudml.claims.ingest import ingest
from fraudml.claims.pseudonyms import DEMO_SECRET, PseudonymKey, key_file, load_key
from fraudml.claims.reveal import reveal
from fraudml.engine import open_engine
from fraudml.errors import SecretError, StateError
from fraudml.params import EngineParams, IngestParams

SECRET = "a passphrase of the office that is long enough"
ENGINE = EngineParams(kind="duckdb", memory_gb=0.5, threads=1)


@pytest.fixture(autouse=True)
def no_key_but_the_tests(monkeypatch, tmp_path):
    monkeypatch.delenv("FRAUDML_KEY", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "providers.csv").write_text("provider_id,operator_id\nH1,OP1\n")
    (folder / "patients.csv").write_text("patient_id\nP1\nP2\n")
    (folder / "claims.csv").write_text(
        "claim_id,patient_id,provider_id,practitioner_id,visit_kind,admitted_on,discharged_on,"
        "settled_on,total_amount,fund_amount,patient_amount\n"
        "C1,P1,H1,D1,outpatient,2024-01-01,2024-01-01,2024-01-01,3,2,1\n"
    )
    return folder


def own_key(raw: Path) -> PseudonymKey:
    return load_key(raw, demo_raw=raw.parent / "demo")


def test_the_demo_folder_has_the_published_key_whatever_the_environment_says(raw, monkeypatch):
    monkeypatch.setenv("FRAUDML_KEY", SECRET)
    key = load_key(raw / ".." / "raw", demo_raw=raw)
    assert key.demo
    assert key.fingerprint() == PseudonymKey(DEMO_SECRET).fingerprint()


def test_a_key_in_the_environment_is_hex_or_a_long_text(raw, monkeypatch):
    monkeypatch.setenv("FRAUDML_KEY", "ab" * 32)
    assert own_key(raw).fingerprint() == PseudonymKey(b"\xab" * 32).fingerprint()
    monkeypatch.setenv("FRAUDML_KEY", f" {SECRET}\n")
    assert own_key(raw).fingerprint() == PseudonymKey(SECRET.encode()).fingerprint()


@pytest.mark.parametrize("short", ["", "hunter2", "a passphrase too short by one.."])
def test_a_short_key_is_refused_without_being_shown(raw, monkeypatch, short):
    monkeypatch.setenv("FRAUDML_KEY", short)
    with pytest.raises(SecretError, match=f"holds {len(short)} characters") as refusal:
        own_key(raw)
    assert not short or short not in str(refusal.value)


def test_who_turns_a_pseudonym_back_is_given_no_new_key(raw):
    with pytest.raises(SecretError, match="put the one there that ingest used"):
        load_key(raw, demo_raw=raw.parent / "demo", make=False)
    assert not key_file().exists()
    made = own_key(raw)
    again = load_key(raw, demo_raw=raw.parent / "demo", make=False)
    assert again.fingerprint() == made.fingerprint()


@pytest.mark.parametrize("written", [DEMO_SECRET.hex(), DEMO_SECRET.hex().upper()])
def test_the_demo_key_is_refused_for_any_other_folder(raw, monkeypatch, written):
    monkeypatch.setenv("FRAUDML_KEY", written)
    with pytest.raises(SecretError, match="published key, which hides nobody"):
        own_key(raw)
    monkeypatch.delenv("FRAUDML_KEY")
    path = key_file()
    path.parent.mkdir(parents=True)
    path.write_text(written)
    path.chmod(0o600)
    with pytest.raises(SecretError, match="published key, which hides nobody"):
        own_key(raw)


def test_the_first_use_makes_a_private_key_file_and_says_so_once(raw, capsys):
    first = own_key(raw)
    said = capsys.readouterr().err
    assert stat.S_IMODE(key_file().stat().st_mode) == 0o600
    assert str(key_file()) in said and "Back it up" in said
    assert key_file().read_text().strip() not in said
    assert own_key(raw).fingerprint() == first.fingerprint()
    assert capsys.readouterr().err == ""


def test_a_key_file_that_others_can_read_is_refused(raw):
    own_key(raw)
    key_file().chmod(0o644)
    with pytest.raises(SecretError, match="can be read by others: chmod 600"):
        own_key(raw)


def test_a_configuration_folder_that_cannot_be_made_is_told(raw, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "file"))
    with pytest.raises(SecretError, match="Cannot make the key file"):
        own_key(raw)


def test_the_secret_is_in_no_representation_and_no_pickle():
    key = PseudonymKey(SECRET.encode())
    assert SECRET not in repr(key) + str(key) + f"{key}" + str(dir(key))
    assert key.fingerprint() in repr(key)
    with pytest.raises(SecretError, match="never pickled"):
        pickle.dumps(key)


def test_another_key_and_another_kind_give_another_pseudonym():
    one, other = PseudonymKey(b"1" * 32), PseudonymKey(b"2" * 32)
    made = {k.pseudonym(kind, "X") for k in (one, other) for kind in ("patient", "operator")}
    assert len(made) == 4
    assert one.pseudonym("patient", "X") == PseudonymKey(b"1" * 32).pseudonym("patient", "X")
    assert one.pseudonym("patient", "X").startswith("pt_")


def test_a_pseudonym_is_the_keyed_hash_its_definition_says():
    made = PseudonymKey(bytes(32)).pseudonym("patient", "110101190001011234")
    assert made == "pt_087c2e73ee1feef4dc25b5df6278c72e"


def test_a_citizens_number_is_one_whether_its_check_is_a_small_or_a_large_x():
    key = PseudonymKey(bytes(32))
    assert key.pseudonym("patient", "11010519491231002x") == key.pseudonym(
        "patient", "11010519491231002X"
    )
    for other in ("1101051949123100x", "A1010519491231002x", "1101051949123100２x"):
        assert key.pseudonym("patient", other) != key.pseudonym("patient", other.upper())


def test_no_raw_person_id_and_no_secret_is_in_any_file_that_ingest_writes(raw, tmp_path):
    (raw / "patients.csv").write_text("patient_id,sex\nPERSON_ONE,F\nPERSON_TWO,?\nPERSON_X\n")
    claims = (raw / "claims.csv").read_text()
    (raw / "claims.csv").write_text(claims.replace("P1", "PERSON_ONE").replace("D1", "PERSON_DOC"))
    key = PseudonymKey(SECRET.encode())
    params = IngestParams(raw=str(raw), unknown_columns="refuse", currency="CNY", rules={})
    with open_engine(ENGINE) as engine:
        report = ingest(engine, params, key, tmp_path / "c", tmp_path / "q", parts=tmp_path / "p")
    written = [p for folder in "cqp" for p in (tmp_path / folder).rglob("*.*")]
    assert report["quarantined_rows"] == 2
    assert len(written) > 15
    for content in [p.read_bytes() for p in written] + [str(report).encode()]:
        assert b"PERSON_" not in content
        assert SECRET.encode() not in content


def test_a_pseudonym_is_turned_back_with_the_key_and_the_raw_folder(raw):
    key = PseudonymKey(SECRET.encode())
    doctor, patient = key.pseudonym("practitioner", "D1"), key.pseudonym("patient", "P2")
    assert reveal(raw, key, {doctor, patient}) == {doctor: "D1", patient: "P2"}


def test_a_pseudonym_made_with_another_key_is_not_turned_back(raw):
    made = PseudonymKey(b"1" * 32).pseudonym("patient", "P1")
    with pytest.raises(StateError, match="1 of 1 pseudonyms"):
        reveal(raw, PseudonymKey(b"2" * 32), {made})
