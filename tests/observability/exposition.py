"""Both formats of /metrics, read by a parser that is not ours: Debian's python3-prometheus-client, which
refuses what OpenMetrics does not allow."""
from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics_parser

OPEN_METRICS = "application/openmetrics-text; version=1.0.0"
TEXT = "text/plain; version=0.0.4"
GROWS = ("_total", "_bucket", "_count", "_sum")


def samples(families):
    return {(each.name, tuple(sorted(each.labels.items()))): each for family in families for each in family.samples}


def scraped(traffic, accept, read):
    kind, text = traffic.get("/metrics", Accept=accept)
    if kind != accept + "; charset=utf-8":
        raise ValueError(f"{accept} was answered by {kind}")
    return list(read(text))


def problems(traffic):
    """Three scrapes of a server that goes on working: what grows lies between."""
    try:
        before = scraped(traffic, TEXT, parser.text_string_to_metric_families)
        between = scraped(traffic, OPEN_METRICS, openmetrics_parser.text_string_to_metric_families)
        after = scraped(traffic, TEXT, parser.text_string_to_metric_families)
    except ValueError as refusal:
        return [f"no exposition: {refusal}"]
    return [*difference(before, between, after), *wrong_exemplars(between, traffic)]


def difference(before, between, after):
    types = [{family.name: family.type for family in families} for families in (before, between)]
    for name in types[0].keys() | types[1].keys():
        if types[0].get(name) != types[1].get(name):
            yield f"{name} is {types[0].get(name)} as text and {types[1].get(name)} in OpenMetrics"
    for family in between:
        if family.unit != next((unit for unit in ("seconds", "bytes", "ratio") if family.name.endswith("_" + unit)), ""):
            yield f"{family.name} has the unit {family.unit!r}"
    before, between, after = samples(before), samples(between), samples(after)
    if len(between) < 1000:
        yield f"only {len(between)} samples"
    # What comes about meanwhile, such as the age of the first seal, is in the last one.
    for series in (before.keys() - between.keys()) | (between.keys() - before.keys() - after.keys()):
        yield f"in one format alone: {series}"
    for series in before.keys() & between.keys() & after.keys():
        values = [each[series].value for each in (before, between, after)]
        if series[0].endswith(GROWS) and values != sorted(values):
            yield f"{series} does not grow: {values}"


def wrong_exemplars(families, traffic):
    found = set()
    for series, sample in samples(families).items():
        if not sample.exemplar:
            continue
        labels, value = sample.exemplar.labels, sample.exemplar.value
        found.add(series[0])
        if set(labels) != {"trace_id", "span_id"} or labels["trace_id"] not in traffic.recorded:
            yield f"{series} leads to {labels}"
        if not 0 < value <= float(sample.labels["le"]) or not sample.exemplar.timestamp:
            yield f"{series} has an exemplar that is not in it: {sample.exemplar}"
    if found != {"grpc_server_handling_seconds_bucket", "signet_http_request_seconds_bucket"}:
        yield f"exemplars are at {sorted(found)}"
