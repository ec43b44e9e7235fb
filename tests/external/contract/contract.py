"""Holds the table of this repository against the vendor's SDK and, where it is there, its OpenAPI
document, and prints what is new, gone or different. `contract.sh` calls it.

Ends with 1 if there is a difference that `known.txt` does not explain, or an explanation that
nothing needs any more."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import openapi
import sdk
import table
from compare import DIFFERENT, GONE, NEW, compare
from known import DOCUMENT, SDK, Known

NAMES = {SDK: "SDK", DOCUMENT: "OpenAPI"}
ORDER = (NEW, GONE, DIFFERENT)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", required=True, help="what examples/contract.rs prints")
    parser.add_argument("--sdk", required=True, help="the package `workos`, unpacked")
    parser.add_argument("--openapi", help="the OpenAPI document")
    parser.add_argument("--known", default=Path(__file__).with_name("known.txt"), type=Path)
    parser.add_argument("--name", default="the SDK", help="what to call the SDK")
    parser.add_argument("--all", action="store_true", help="print known differences, too")
    options = parser.parse_args()

    ours = table.read(options.table)
    contracts = {SDK: sdk.read(options.sdk)}
    names = [options.name]
    if options.openapi:
        contracts[DOCUMENT] = openapi.read(options.openapi)
        names.append(Path(options.openapi).name)
    for source, contract in contracts.items():
        if not contract.operations:
            print(f"FAIL nothing was found in {NAMES[source]}: it is not as it was")
            return 1
    known = Known(options.known.read_text(encoding="utf-8"))
    return report(ours, contracts, known, names, options.all)


def report(ours, contracts: dict, known: Known, names: list, everything: bool) -> int:
    """Prints all that is not as it should be."""
    counts = dict.fromkeys(ORDER, 0)
    explained = []
    for difference, sources in sorted(found(ours, contracts), key=lambda pair: ORDER.index(pair[0].kind)):
        line = f"{difference.key}{': ' if difference.detail else ''}{difference.detail}"
        line += f" ({', '.join(NAMES[source] for source in contracts if source in sources)})"
        entry = known.entry_for(difference.key, sources)
        if entry:
            explained.append(f"known {line}\n      {entry.why}")
        else:
            counts[difference.kind] += 1
            print(f"FAIL {line}")
    stale = known.matching_nothing(set(contracts))
    for entry in stale:
        print(f"FAIL no longer different, remove it: line {entry.line}, {entry}")
    for entry in known.unexplained():
        print(f"FAIL no reason is given: line {entry.line}, {entry}")
    if everything:
        print("\n".join(explained))
    summary = ", ".join(f"{counts[kind]} {kind}" for kind in ORDER)
    summary += f", {len(explained)} known and explained"
    if stale:
        summary += f", {len(stale)} no longer different"
    print(f"{len(ours.operations)} operations against {' and '.join(names)}: {summary}")
    return 1 if any(counts.values()) or stale or known.unexplained() else 0


def found(ours, contracts: dict) -> list:
    """Each difference once, with the sources that show it."""
    merged: dict = {}
    for source, contract in contracts.items():
        for difference in compare(ours, contract):
            # The document is older than the SDK: what it lacks is not gone, but new since.
            if source == DOCUMENT and difference.kind == GONE and difference.key not in merged:
                continue
            merged.setdefault(difference.key, (difference, set()))[1].add(source)
    return list(merged.values())


if __name__ == "__main__":
    sys.exit(main())
