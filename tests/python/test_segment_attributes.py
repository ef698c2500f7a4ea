"""Attributes of customers: what the warehouse holds of a model that a variable names."""

import pytest
from harness import Project

CRM = {"models/crm.sql": "select * from {{ target.schema }}.export_of_crm"}
SETTING = {"customer_attributes": "crm"}
ALONE = ["--select", "segment_attributes"]
SELECT = ["--select", "crm", "segment_attributes", "every_row_of_segment_attributes"]


@pytest.fixture
def crm(refreshed) -> Project:
    """Return this project after a refresh, with a model of customers."""
    return refreshed.edited(CRM)


def test_columns_are_found_and_compared_and_mistakes_are_one_sentence(crm: Project):
    crm.execute(
        "create table export_of_crm as"
        ' select customer_id as Customer_ID, frequency > 2 as "Buys often", null as nothing'
        " from customer_segments"
    )
    build = crm(vars=SETTING, args=SELECT)
    assert build.exit_code == 0, build.output
    compared = build.query(
        "select segment_id, attribute, value, customers, revenue from segment_attributes"
        " order by all"
    )
    counted = build.query(
        "select segment_id, 'buys often' as attribute,"
        " coalesce(cast(frequency > 2 as varchar), 'not known') as value,"
        " count(*), coalesce(sum(monetary), 0) from customer_segments group by all"
        " union all select segment_id, 'nothing', 'not known', count(*),"
        " coalesce(sum(monetary), 0) from customer_segments group by all order by all"
    )
    assert compared == counted
    assert not [text for text in build.warnings if "None of the ids" in text]
    crm.execute("update export_of_crm set customer_id = 'x' || customer_id")
    build = crm(vars=SETTING, args=SELECT)
    assert [text for text in build.warnings if "None of the ids in crm" in text]
    assert build.query("select distinct value from segment_attributes") == [("not known",)]
    for statement, sentence in {
        "insert into export_of_crm select * from export_of_crm order by 1 limit 3": (
            "crm, which customer_attributes names, has several rows of 3 customer ids, such as"
        ),
        "alter table export_of_crm rename customer_id to id": (
            "The column 'customer_id' is not in crm, which customer_attributes names"
        ),
        "drop table crm": "The variable customer_attributes is 'crm': write the name of a seed or",
    }.items():
        crm.execute(statement)
        build = crm(vars=SETTING, args=ALONE if "drop" in statement else SELECT)
        assert build.exit_code == 1
        assert sentence in build.failed["segment_attributes"]
