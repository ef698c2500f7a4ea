-- An id that is merged into several ids, or round in a circle, has no one customer.
{% call said('fail') %}
with

unclear as (
    select distinct
        problem,
        case
            when problem = 'circle' then into_customer_id else from_customer_id
        end as customer_id
    from {{ ref('stg_customer_merges') }}
    where problem is not null
),

numbered as (
    select
        problem,
        customer_id,
        count(*) over (partition by problem) as id_count,
        row_number() over (partition by problem order by customer_id) as id_number
    from unclear
),

examples as (
    select
        problem,
        id_count,
        {{ texts_joined('customer_id', "', '", 'order by customer_id') }} as ids
    from numbered
    where id_number <= 10
    group by problem, id_count
)

select
    case
        when problem = 'circle'
            then 'Rows of customer_merges lead round in a circle, or on for more than'
                || ' {{ most_merge_steps() }} steps ('
        else 'Rows of customer_merges merge one id into several ('
    end
    || {{ whole_number_text('id_count') }} || case when id_count = 1 then ' id: ' else ' ids: ' end
    || ids || case when id_count > 10 then ', ...' else '' end
    || case
        when problem = 'circle' then '). Delete the row of the id that is to stay.'
        else '). Leave one row for each.'
    end as sentence
from examples
order by problem
{% endcall %}
