"""Attributes of customers and products: the columns of models that variables name."""

import pytest
from harness import Project

MODELS = {
    "models/crm.sql": "select * from {{ target.schema }}.export_of_crm",
    "models/catalog.sql": "select product_id, product_id < '5' as is_old from raw_products",
}
SETTINGS = {"customer_attributes": "crm", "product_attributes": "catalog"}
ALONE = ["--select", "int_counted_attributes", "segment_attributes"]
KEYS = "assert_every_row_of_small_tables_keeps_its_rules"
WITH_MODELS = [*ALONE, "crm", "catalog", KEYS]


@pytest.fixture
def shop(refreshed) -> Project:
    """Return this project after a refresh, with a model of customers and one of products."""
    return refreshed.edited(MODELS)


def test_columns_are_found_and_compared_and_mistakes_are_one_sentence(shop: Project):
    shop.execute(
        "create table raw_products as select distinct product_id from int_loaded_lines"
        " where product_id >= '2'",
        "create table export_of_crm as"
        ' select customer_id as Customer_ID, frequency > 2 as "Buys often", null as nothing'
        " from customer_segments",
    )
    build = shop(vars=SETTINGS, args=WITH_MODELS)
    assert build.exit_code == 0, build.output
    assert not [text for text in build.warnings if "customer_attributes" in text]
    compared = build.query(
        "select segment_id, attribute, value, coalesce(customers, purchase_lines), revenue"
        " from segment_attributes order by all"
    )
    of_customers = "count(*), coalesce(sum(monetary), 0) from customer_segments group by all"
    assert compared == build.query(
        f"""
        select
            segment_id, 'buys often' as attribute,
            coalesce(cast(frequency > 2 as varchar), 'not known') as value, {of_customers}
        union all
        select segment_id, 'nothing', 'not known', {of_customers}
        union all
        select
            segment_id, 'is_old',
            coalesce(cast(if(product_id >= '2', product_id < '5', null) as varchar), 'not known'),
            count(*) filter (where amount > 0), sum(amount)
        from int_loaded_lines
        inner join customer_segments using (customer_id)
        inner join int_snapshot
            on purchased_on >= window_start and purchased_on < int_snapshot.snapshot_date
        group by all
        having count(*) filter (where amount > 0) > 0
        order by all
        """
    )
    for statement, sentence in {
        "insert into export_of_crm from export_of_crm order by 1 limit 3": (
            "crm, which customer_attributes names, has several rows of 3 ids, such as "
        ),
        "alter table export_of_crm rename customer_id to id": (
            "The column customer_id is not in crm, which customer_attributes names"
        ),
        "drop table crm": "The variable customer_attributes is 'crm': write the name of a seed or",
    }.items():
        shop.execute(statement)
        build = shop(vars=SETTINGS, args=ALONE if "drop" in statement else WITH_MODELS)
        assert build.exit_code == 1
        assert sentence in build.failed["int_counted_attributes"]
    shop.execute("create or replace table export_of_crm as select 17 as customer_id, 1 as plan")
    build = shop(vars=SETTINGS, args=WITH_MODELS)
    assert [text for text in build.warnings if "None of the ids in crm" in text]
    numbers = "The column customer_id of crm, which customer_attributes names, holds numbers,"
    ids = " and the lines have ids such as 0"
    assert [text for text in build.warnings if numbers + ids in text]
    plans = "select distinct value from segment_attributes where attribute = 'plan'"
    assert build.query(plans) == [("not known",)]
