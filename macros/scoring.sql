{#- Nearest-centroid scoring as a linear rule. The squared distance to a centroid is a term that
    all segments share plus bias + sum of weight * ln(1 + feature), so the nearest segment has the
    lowest score. One wide expression, so no join grows with the customers. -#}

{#- The slots (fixed positions for segments in the wide SQL) that the scoring model fills. The
    warehouse is asked, because every extra slot is computed for every customer. Returns all slots
    before there is a scoring model, and in a unit test, where it is not a table. Returns at least
    two, because not every engine can take the least of one value. -#}
{% macro filled_slots() -%}
    {%- set scoring_model = ref('int_scoring_model') -%}
    {%- set last = none -%}
    {%- if execute and not scoring_model.is_cte and load_relation(scoring_model) -%}
        {%- set last = run_query('select max(slot) from ' ~ scoring_model).columns[0].values()[0] -%}
    {%- endif -%}
    {{ return(range(1, [last | int(most_segments()), 2] | max + 1)) }}
{%- endmacro %}


{#- A feature as the clustering sees it: log1p, then the z-score of the training customers. -#}
{% macro scaled_feature(column, scaler, feature) -%}
    ({{ log_feature(column) }} - {{ scaler }}.center_{{ feature }}) / {{ scaler }}.scale_{{ feature }}
{%- endmacro %}


{#- Not `power`: its last bits differ between engines. -#}
{% macro squared(expression) -%}
    ({{ expression }}) * ({{ expression }})
{%- endmacro %}


{#- The squared Euclidean distance of two points whose coordinates are <prefix><feature>. -#}
{% macro squared_distance(left, right) -%}
    {%- for feature in feature_names() -%}
        {{ squared(left ~ feature ~ ' - ' ~ right ~ feature) }}{{ '\n        + ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{#- The weight of a feature's logarithm in a segment's score. -#}
{% macro score_weight(centroid, scaler, feature) -%}
    -2 * {{ centroid }}.centroid_{{ feature }} / {{ scaler }}.scale_{{ feature }}
{%- endmacro %}


{#- The bias: the term of a segment's score that is the same for all customers. -#}
{% macro score_bias(centroid, scaler) -%}
    {%- for feature in feature_names() -%}
        {%- set coordinate = centroid ~ '.centroid_' ~ feature -%}
        {{ coordinate }} * ({{ coordinate }}
        + 2 * {{ scaler }}.center_{{ feature }} / {{ scaler }}.scale_{{ feature }})
        {{- '\n        + ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{#- The CTE `wide`: the rows of the CTE `scoring_model` side by side, one row per model version. A
    slot without a segment is null and never the nearest. -#}
{% macro wide_scoring_model(slots) -%}
    wide as (
        select
            {%- for slot in slots %}
            max(case when slot = {{ slot }} then segment_id end) as slot_{{ slot }}_segment_id,
            max(case when slot = {{ slot }} then bias end) as slot_{{ slot }}_bias,
            {%- for feature in feature_names() %}
            max(case when slot = {{ slot }} then weight_{{ feature }} end)
                as slot_{{ slot }}_{{ feature }},
            {%- endfor %}
            {%- endfor %}
            model_version,
            is_active
        from scoring_model
        group by model_version, is_active
    )
{%- endmacro %}


{#- The CTEs that score `points`, a CTE with the six features. `nearest` has its columns and, for
    each row of `wide`, score_<slot> and the lowest of them, nearest_score. -#}
{% macro scoring_ctes(points, slots) -%}
    logged as (
        select
            {%- for feature in feature_names() %}
            {{ log_feature(points ~ '.' ~ feature) }} as log_{{ feature }},
            {%- endfor %}
            {{ points }}.*
        from {{ points }}
    ),

    scores as (
        select
            {%- for slot in slots %}
            wide.slot_{{ slot }}_segment_id,
            wide.slot_{{ slot }}_bias
            {%- for feature in feature_names() %}
            + wide.slot_{{ slot }}_{{ feature }} * logged.log_{{ feature }}
            {%- endfor %} as score_{{ slot }},
            {%- endfor %}
            wide.model_version as scored_by,
            wide.is_active,
            logged.*
        from logged
        cross join wide{{ computed_once() }}
    ),

    nearest as (
        select
            *,
            {{ least_of('score_', slots) }} as nearest_score
        from scores{{ computed_once() }}
    )
{%- endmacro %}


{#- The least of <prefix><name>; nulls are ignored. -#}
{% macro least_of(prefix, names) -%}
    {%- call least_known() -%}
        {%- for name in names %}
            {{ prefix }}{{ name }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    {%- endcall -%}
{%- endmacro %}


{#- The segment in the first slot whose <prefix><slot> is `least`. -#}
{% macro segment_of_slots(prefix, least, slots) -%}
    case
        {%- for slot in slots %}
            when {{ prefix }}{{ slot }} = {{ least }} then slot_{{ slot }}_segment_id
        {%- endfor %}
        end
{%- endmacro %}


{#- The lowest score of `scored`, a CTE with segment_id, among the slots of other segments. -#}
{% macro least_other_score(scored, slots) -%}
    {%- call least_known() -%}
        {%- for slot in slots %}
            case
                when {{ scored }}.slot_{{ slot }}_segment_id <> {{ scored }}.segment_id
                    then {{ scored }}.score_{{ slot }}
            end{% if not loop.last %},{% endif %}
        {%- endfor %}
    {%- endcall -%}
{%- endmacro %}


{#- The nearest of the slots of other segments. -#}
{% macro second_segment_of_slots(slots) -%}
    case
        {%- for slot in slots %}
            when score_{{ slot }} = second_score and slot_{{ slot }}_segment_id <> segment_id
                then slot_{{ slot }}_segment_id
        {%- endfor %}
        end
{%- endmacro %}


{#- How much a feature favors a customer's segment `own` over `other`: the difference of
    its terms in their scores, each measured from the point halfway between the two centroids. The
    six add up to the difference of the squared distances. -#}
{% macro deciding_term(scored, own, other, feature) -%}
    {%- set weight = 'weight_' ~ feature -%}
    ({{ other }}.{{ weight }} - {{ own }}.{{ weight }}) * (
            {{ scored }}.log_{{ feature }} - {{ own }}.center_{{ feature }}
            + ({{ other }}.{{ weight }} + {{ own }}.{{ weight }})
            * {{ squared(own ~ '.scale_' ~ feature) }} / 4
        )
{%- endmacro %}


{#- The rank of a feature's term by its size, from 1; the order of the features breaks ties. -#}
{% macro rank_of_term(feature) -%}
    1
        {%- for other in feature_names() if other != feature %}
        {%- set earlier = feature_names().index(other) < feature_names().index(feature) %}
        + case
            when abs(term_{{ other }}) {{ '>=' if earlier else '>' }} abs(term_{{ feature }}) then 1
            else 0
        end
        {%- endfor %}
{%- endmacro %}


{#- The up to three features with the largest terms that are at least a tenth of all, each with its
    sign. The sign comes last, because a spreadsheet would run a text that begins with one. -#}
{% macro deciding_features() -%}
    nullif(substr(
            {%- for place in [1, 2, 3] %}
            case
                {%- for feature in feature_names() %}
                when
                    rank_{{ feature }} = {{ place }}
                    and abs(term_{{ feature }}) * 10 >= {% for each in feature_names() -%}
                    abs(term_{{ each }}){{ ' + ' if not loop.last }}{% endfor %}
                    then ', {{ feature }}' || case when term_{{ feature }} < 0 then ' (-)' else ' (+)' end
                {%- endfor %}
                else ''
            end{{ ' ||' if not loop.last }}
            {%- endfor %}
        , 3), '')
{%- endmacro %}


{#- A score of the outlook: null if the version has no outlook. -#}
{% macro linear_score(logged, weights, score) -%}
    {{ weights }}.{{ score }}_bias
        {%- for feature in feature_names() %}
        + {{ weights }}.{{ score }}_{{ feature }} * {{ logged }}.log_{{ feature }}
        {%- endfor %}
{%- endmacro %}


{#- The expected spend of its logarithm. At most exp(35), over a quadrillion: more than any currency
    needs, and less than the decimals hold in which floats are summed. -#}
{% macro spend_of_logarithm(logarithm) -%}
    exp(case when {{ logarithm }} > 35 then 35 else {{ logarithm }} end)
{%- endmacro %}


{#- The purchase probability of its logit. -#}
{% macro probability_of_logit(logit) -%}
    1 / (1 + exp(-({{ logit }})))
{%- endmacro %}
