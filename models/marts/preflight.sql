-- One row per question whether the data are fit for behavioural segmentation, and one for all.
with

input as (
    select *
    from {{ ref('int_input_measures') }}
),

customers as (
    select *
    from {{ ref('customer_features') }}
),

seen_lines as (
    select
        transaction_lines.purchased_on,
        transaction_lines.amount,
        transaction_lines.purchased_on >= input.window_start as is_in_window
    from {{ ref('int_transaction_lines') }} as transaction_lines
    inner join input
        on transaction_lines.purchased_on < input.snapshot_date
),

history as (
    select
        min(case when amount > 0 then purchased_on end) as first_purchase_date,
        max(case when amount > 0 then purchased_on end) as last_purchase_date,
        count(case when is_in_window then 1 end) as line_count,
        count(case when is_in_window and amount < 0 then 1 end) as return_count
    from seen_lines
),

-- Of a sample: to compare all lines with each other would cost as much as the features do.
sampled as (
    select
        transaction_lines.transaction_id,
        transaction_lines.customer_id,
        transaction_lines.product_id,
        transaction_lines.purchased_on,
        transaction_lines.amount
    from {{ ref('int_transaction_lines') }} as transaction_lines
    inner join {{ ref('int_sampled_customers') }} as sampled_customers
        on transaction_lines.customer_id = sampled_customers.customer_id
    inner join input
        on
            transaction_lines.purchased_on >= input.window_start
            and transaction_lines.purchased_on < input.snapshot_date
),

sampled_lines as (
    select count(*) as line_count
    from sampled
),

distinct_lines as (
    select count(*) as line_count
    from (
        select distinct
            transaction_id,
            customer_id,
            product_id,
            purchased_on,
            amount
        from sampled
    ) as lines_once
),

buyers as (
    select
        count(*) as buyer_count,
        count(case when frequency = 1 then 1 end) as one_time_count
    from customers
),

-- A feature that most customers share is no difference between them.
commonest as (
    {%- for feature in feature_names() %}
    {{ 'union all' if not loop.first }}
    select
        'commonest_{{ feature }}_share' as check_name,
        '{{ feature }}' as feature,
        max(customer_count) as customer_count
    from (
        select count(*) as customer_count
        from customers
        group by {{ feature }}
    ) as of_one_value
    {%- endfor %}
),

shares as (
    select
        buyers.buyer_count,
        ({{ days_between('history.first_purchase_date', 'history.last_purchase_date') }} + 1)
        / 30.4375e0 as months_of_history,
        {{ as_double('buyers.one_time_count') }} / nullif(buyers.buyer_count, 0) as one_time_share,
        {{ as_double('history.return_count') }} / nullif(history.line_count, 0) as returns_share,
        {{ as_double('sampled_lines.line_count - distinct_lines.line_count') }}
        / nullif(sampled_lines.line_count, 0) as duplicate_share
    from buyers
    cross join history
    cross join sampled_lines
    cross join distinct_lines
),

measures as (
    {{ measured(
        'buyers', 'buyer_count',
        as_text('buyer_count') ~ " || ' customers bought in the observation window'"
    ) }}
    from shares
    union all
    {{ measured(
        'months_of_history', 'months_of_history',
        "coalesce('The purchases span ' || " ~ rounded_text('months_of_history', 1)
        ~ " || ' months', 'There is no purchase')"
    ) }}
    from shares
    union all
    {{ measured(
        'one_time_share', 'one_time_share',
        "coalesce(" ~ percent_text('one_time_share')
        ~ " || ' of the customers bought once', 'There is no customer')"
    ) }}
    from shares
    union all
    {{ measured(
        'returns_share', 'returns_share',
        "coalesce(" ~ percent_text('returns_share')
        ~ " || ' of the lines in the observation window are returns', 'There is no line')"
    ) }}
    from shares
    union all
    {{ measured(
        'duplicate_share', 'duplicate_share',
        "coalesce(" ~ percent_text('duplicate_share')
        ~ " || ' of the lines in the observation window repeat another', 'There is no line')"
    ) }}
    from shares
    union all
    select
        commonest.check_name,
        {{ as_double('commonest.customer_count') }} / nullif(shares.buyer_count, 0) as value,
        coalesce(
            {{ percent_text(
                'commonest.customer_count / ' ~ as_double('nullif(shares.buyer_count, 0)')
            ) }}
            || ' of the customers have the same ' || commonest.feature, 'There is no customer'
        ) as finding
    from commonest
    cross join shares
),

{{ judged_checks(
    'The data are fit for behavioural segmentation.',
    'The data are fit for behavioural segmentation with reservations:'
) }},

preflight as (
    select
        check_name,
        value,
        warn_limit,
        fail_limit,
        limit_kind,
        status,
        verdict
    from judged
    union all
    select
        check_name,
        value,
        warn_limit,
        fail_limit,
        limit_kind,
        status,
        verdict
    from overall
)

select * from preflight
