"""From figures to the table: medians, and ratios of figures of the same round."""
from statistics import median

from .programs import CASES, PEERS, TITLES

METRICS = {
    "seconds_per_epoch": "s an epoch",
    "samples_per_second": "samples/s",
    "latency_us_median": "µs, median",
    "latency_us_p99": "µs, 99th percentile",
    "seconds_to_99": "s to 99 %",
}
WHAT = {
    "W1": "the post's network, one sample at a time",
    "W2": "LeNet-5, training",
    "W3": "Keras' convnet, training",
    "W4": "PyTorch's MNIST network, training",
    "W5": "dense network, training",
    "W6-one": "W4's network, one image",
    "W6-batch": "W4's network, 256 images",
    "W7": "W3's network to 99.0 %",
    "W8": "residual network, training",
    "W9": "densely connected network, training",
}


def less_is_better(metric):
    return metric != "samples_per_second"


def cost(metric, value):
    """A number that is the less the better."""
    return value if less_is_better(metric) else 1 / value


def summary(log):
    """A row for each workload, number and metric: each peer's best variant, and how far ahead toddle is."""
    return [row for case in CASES for metric in METRICS if (row := summarize(log, *case, metric))]


def summarize(log, work, number, metric):
    peers = {}
    plain = None
    for peer in PEERS:
        variants = {}
        for line in log.find(kind="figure", kept=True, peer=peer, work=work, number=number, metric=metric):
            variants.setdefault(line["variant"], {})[line["round"]] = line
        rounds = max(map(len, variants.values()), default=0)
        whole = [described(name, lines) for name, lines in variants.items() if len(lines) == rounds]
        if whole:
            peers[peer] = min(whole, key=lambda found: cost(metric, found["median"]))
        if peer == "toddle" and len(whole) > 1:
            plain = next(found for found in whole if found["variant"] == "plain")
    if not peers:
        return None
    row = dict(work=work, number=number, metric=metric, peers=peers)
    others = [peer for peer in peers if peer != "toddle"]
    if others and "toddle" in peers:
        best = min(others, key=lambda peer: cost(metric, peers[peer]["median"]))
        theirs = peers[best]["values"]

        def ratios(ours):
            return [cost(metric, theirs[turn]) / cost(metric, ours[turn]) for turn in ours if turn in theirs]

        of_toddle = ratios(peers["toddle"]["values"])
        row.update(best=best, ratio=median(of_toddle), ratios=of_toddle)
        if plain:
            row["ratio_of_plain"] = median(ratios(plain["values"]))
    return row


def described(variant, lines):
    values = {turn: line["value"] for turn, line in lines.items()}
    peak = max(line["peak_mib"] for line in lines.values())
    return dict(variant=variant, median=median(values.values()), values=values, peak_mib=peak)


def figure(value):
    """Three digits, or all that stand before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def table(rows):
    """Markdown: the figures, and the memory that they took."""
    present = [peer for peer in PEERS if any(peer in row["peers"] for row in rows)]
    titles = [TITLES[peer] for peer in present]
    lines = ["| workload | | " + " | ".join(titles) + " | toddle is |", "|---|---|" + "--:|" * len(present) + "---|"]
    for row in rows:
        cells = []
        for peer in present:
            text = figure(row["peers"][peer]["median"]) if peer in row["peers"] else ""
            cells.append(f"**{text}**" if peer == row.get("best") else text)
        what = f"{row['work'].split('-')[0]}: {WHAT[row['work']]}" + (", `f64`" if row["number"] == "f64" else "")
        lines.append(f"| {what} | {METRICS[row['metric']]} | " + " | ".join(cells) + f" | {verdict(row)} |")
    lines += ["", "| peak memory, MiB | " + " | ".join(titles) + " |", "|---|" + "--:|" * len(present)]
    for row in rows:
        if row["metric"] != "latency_us_p99":
            cells = [figure(row["peers"][peer]["peak_mib"]) if peer in row["peers"] else "" for peer in present]
            number = " `f64`" if row["number"] == "f64" else ""
            lines.append(f"| {row['work']}{number} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def verdict(row):
    if "ratio" not in row:
        return ""
    text = f"{row['ratio']:.2f} × {TITLES[row['best']]}" + ("" if row["ratio"] >= 1 else ", which wins")
    if "ratio_of_plain" not in row:
        return text
    if row["peers"]["toddle"]["variant"] == "plain":
        return text + ", without `fast`"
    return text + f"; {row['ratio_of_plain']:.2f} × without `fast`"
