"""Print what placing blocks in layers costs, in time of the processor, as graphs grow.

python tests/benchmarks/layout.py [nodes]
"""

from __future__ import annotations

import random
import sys
import time

from rojasgraph.drawing.layout.layering import Block, Link, place

SIZES = (20, 200, 2_000, 10_000, 100_000)
LINKS_PER_NODE = 1.5


def randomly_wired(nodes: int, *, reach: int, labeled: bool) -> tuple[list[Block], list[Link]]:
    """Wire units at random, each to units at most `reach` before it."""
    chance = random.Random(0)  # noqa: S311 - not for secrets
    links = []
    size = (30.0, 12.0) if labeled else (0.0, 0.0)
    for _ in range(int(nodes * LINKS_PER_NODE)):
        head = chance.randrange(1, nodes)
        tail = chance.randrange(max(0, head - reach), head)
        links.append(Link(tail, head, 0.0, chance.uniform(-12, 12), *size))
    return [Block(60, 36)] * nodes, links


def layered(nodes: int) -> tuple[list[Block], list[Link]]:
    """Build a network of layers of ten units, each linked with three of the layer before."""
    chance = random.Random(0)  # noqa: S311 - not for secrets
    links = [
        Link(unit - unit % 10 - 10 + tail, unit)
        for unit in range(10, nodes)
        for tail in chance.sample(range(10), 3)
    ]
    return [Block(36, 36, round=True)] * nodes, links


FAMILIES = {
    "wired over 50": lambda nodes: randomly_wired(nodes, reach=50, labeled=False),
    "wired over 50, labels": lambda nodes: randomly_wired(nodes, reach=50, labeled=True),
    "wired anywhere": lambda nodes: randomly_wired(nodes, reach=nodes, labeled=False),
    "layers of ten": layered,
}


def main(most: int) -> None:
    """Print the table."""
    place(*layered(20))
    print(f"{'':24}{'nodes':>8}{'links':>8}{'CPU s':>9}{'µs a node':>11}{'ratio':>7}")
    for name, family in FAMILIES.items():
        first = 0.0
        for nodes in SIZES:
            if nodes > most:
                continue
            blocks, links = family(nodes)
            start = time.process_time()
            place(blocks, links)
            seconds = time.process_time() - start
            each = seconds / nodes * 1e6
            first = first or each
            print(f"{name:24}{nodes:8}{len(links):8}{seconds:9.3f}{each:11.0f}{each / first:7.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
