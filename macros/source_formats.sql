{#- Common exports: name of a format -> the keys of the variable `source` that read it. Keys given
    next to `format` override these. Each format has a sample and its expected result in
    tests/source_formats. -#}
{% macro source_formats() -%}
    {{ return({
        'shopify_orders': {
            'columns': {
                'transaction_id': 'Name',
                'customer_id': 'Email',
                'product_id': 'Lineitem sku',
                'purchased_at': 'Created at',
                'amount': 'Lineitem quantity * Lineitem price',
                'currency': 'Currency',
            },
            'time_zone': 'as_written',
            'order_columns': ['Financial Status', 'Currency', 'Total', 'Refunded Amount', 'Email'],
            'order_total': 'Total',
            'subtract': 'Refunded Amount',
            'lines_where': {
                'Financial Status': ['paid', 'partially_paid', 'partially_refunded', 'refunded'],
            },
            'customer_id_rule': 'fold',
        },
        'woocommerce_orders': {
            'columns': {
                'transaction_id': 'order_id',
                'customer_id': 'customer_user',
                'product_id': 'item_sku',
                'purchased_at': 'order_date',
                'amount': 'item_qty * item_price',
            },
            'lines_where': {
                'status': [
                    'completed', 'processing', 'refunded', 'wc-completed', 'wc-processing',
                    'wc-refunded',
                ],
            },
            'customer_id_rule': 'fold',
            'guest_ids': ['0'],
        },
        'stripe_payments': {
            'columns': {
                'transaction_id': 'id',
                'customer_id': 'Customer ID',
                'product_id': 'Description',
                'purchased_at': 'Created date (UTC)',
                'amount': 'Amount * 0.01',
                'currency': 'Currency',
            },
            'returns': 'Amount Refunded * 0.01',
            'lines_where': {'Status': ['Paid', 'Refunded', 'Partially Refunded']},
        },
        'square_items': {
            'columns': {
                'transaction_id': 'Transaction ID',
                'customer_id': 'Customer ID',
                'product_id': 'SKU',
                'purchased_at': 'Date',
                'amount': 'Net Sales',
            },
            'decimal_separator': '.',
            'currency_sign': '$',
        },
        'pos': {
            'columns': {
                'transaction_id': ['purchased_on', 'till', 'receipt_no'],
                'customer_id': 'card_no',
                'product_id': 'sku',
                'purchased_at': 'sold_at',
                'amount': 'qty * price',
            },
        },
        'erp_semicolon': {
            'columns': {
                'transaction_id': 'Fakt.',
                'customer_id': 'Auftraggeber',
                'product_id': 'Material',
                'purchased_at': 'Fakturadatum',
                'amount': 'Nettowert',
            },
            'date_format': ['iso', '%d.%m.%Y'],
            'decimal_separator': ',',
        },
    }) }}
{%- endmacro %}
