"""Person ids in a table of text, replaced by their pseudonyms."""

import ibis
import ibis.expr.types as ir

from fraudml.claims.contract_types import Column, Table

_GRAINS_OF_PEOPLE = ("patient", "practitioner")


def person_columns(table: Table) -> tuple[Column, ...]:
    """The columns of the table that name natural persons."""
    return tuple(c for c in table.columns if c.person)


def people_of(table: Table, text: ir.Table, known_providers: ir.Table) -> list[ir.Table]:
    """For each person column the persons in it: kind, raw_id (with repetitions)."""
    return [_people(column, text, known_providers) for column in person_columns(table)]


def _people(column: Column, text: ir.Table, known_providers: ir.Table) -> ir.Table:
    if column.person == "recusals":
        each = _elements(column, text)
        people = each.anti_join(known_providers, each.element == known_providers.provider_id)
        return people.select(kind=ibis.literal("operator"), raw_id=people.element)
    people = text.select(kind=_kind(column, text), raw_id=text[column.name])
    return people.filter(people.kind.notnull(), people.raw_id.notnull()).distinct()


def _kind(column: Column, text: ir.Table) -> ir.Value:
    """Which kind of person a cell names; null where it names a provider."""
    if column.person != "target":
        return ibis.literal(column.person)
    grain = text.target_grain
    return ibis.cases(
        (grain == "provider", ibis.null(str)),
        (grain.isin(_GRAINS_OF_PEOPLE), grain),
        else_="unknown",
    )


def hidden(table: Table, text: ir.Table, pseudonyms: ir.Table) -> ir.Table:
    """The same rows and columns with a pseudonym in place of every person id.

    pseudonyms  kind, raw_id, pseudonym: of every person in ``people_of`` this table
    """
    for column in person_columns(table):
        replace = _recusals if column.person == "recusals" else _replaced
        text = replace(column, text, pseudonyms)
    return text


def _replaced(column: Column, text: ir.Table, pseudonyms: ir.Table) -> ir.Table:
    names = list(text.columns)
    asked = text.mutate(person_kind=_kind(column, text))
    met = asked.left_join(
        pseudonyms,
        [asked.person_kind == pseudonyms.kind, asked[column.name] == pseudonyms.raw_id],
    )
    shown = ibis.ifelse(met.person_kind.isnull(), met[column.name], met.pseudonym)
    return met.mutate(**{column.name: shown}).select(names)


def _elements(column: Column, text: ir.Table) -> ir.Table:
    split = text.select("row_id", element=text[column.name].split("|"))
    each = split.unnest("element", offset="place", keep_empty=False)
    return each.mutate(element=each.element.strip()).filter(lambda t: t.element != "")


def _recusals(column: Column, text: ir.Table, pseudonyms: ir.Table) -> ir.Table:
    names = list(text.columns)
    operators = pseudonyms.filter(pseudonyms.kind == "operator")
    each = _elements(column, text)
    met = each.left_join(operators, each.element == operators.raw_id)
    shown = met.mutate(shown=ibis.coalesce(met.pseudonym, met.element))
    joined = shown.group_by("row_id").agg(shown=shown.shown.group_concat("|", order_by="place"))
    joined = joined.rename(shown_row="row_id")
    back = text.left_join(joined, text.row_id == joined.shown_row)
    return back.mutate(**{column.name: back.shown}).select(names)
