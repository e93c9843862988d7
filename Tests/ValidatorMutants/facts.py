"""Mutants of the instruction table: each row deleted, and each of its facts dropped or made another one.

Facts are changed in the direction that would let something through: an access narrower than it is or not claimed, a zero extension that is
none, an alignment not asked for, an address that is not accessed, a level too low. The other direction only refuses more.
"""

import re
import subprocess
from typing import NamedTuple

RECORD = 56
NARROWER = {"x": "q", "a": "q", "q": "d", "d": "w", "w": "b", "v": "b", "y": "d", "z": "b"}
INTEGER_PLACES = "GREBZacd"


class Mutant(NamedTuple):
    row: str
    new: str
    what: str


def rows(text):
    """The rows in the string literals of a Templates+*.swift."""
    lines = (line.strip() for block in re.findall(r'"""\n(.*?)"""', text, re.S) for line in block.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def mutants(row):
    columns = row.split(" ")
    yield Mutant(row, "", "deleted")
    if columns[4].startswith("*"):
        yield Mutant(row, " ".join([*columns[:4], columns[4][1:], *columns[5:]]), "level")
    for position in range(5, len(columns)):
        for operand, what in operand_mutants(columns[position]):
            yield Mutant(row, " ".join([*columns[:position], operand, *columns[position + 1 :]]), f"{what} of {columns[position]}")


def operand_mutants(text):
    parts = re.fullmatch(r"(\()?([A-Za-z1])([a-z]?)(?:\.([rwm])(z?))?(\))?", text)
    if not parts:
        raise ValueError(f"an operand of an unknown form: {text}")
    opening, place, size, access, zero, closing = (part or "" for part in parts.groups())

    def spelled(place=place, size=size, access=access, zero=zero):
        return opening + place + size + (f".{access}{zero}" if access else "") + closing

    if access in ("w", "m"):
        yield spelled(access="r", zero=""), "write"
    if access == "m":
        yield spelled(access="w"), "read"
    if access == "r":
        yield spelled(access=""), "read"
    if access in ("w", "m") and not zero and place in INTEGER_PLACES and size in "dvyz":
        yield spelled(zero="z"), "zero extension"
    if size in NARROWER:
        yield spelled(size=NARROWER[size]), "size"
    if size == "a":
        yield spelled(size="x"), "alignment"
    if place == "M":
        yield spelled(place="A"), "access"


class Judge:
    """Runs the copy's fact-claims and asks Zydis and the processor about what it says."""

    def __init__(self, claims, oracles):
        self.claims, self.oracles, self.baselines = claims, oracles, {}

    def records(self, row, new):
        """What is claimed, header first; None after a crash."""
        result = subprocess.run([self.claims, row, new], capture_output=True, timeout=120)
        return result.stdout if result.returncode == 0 else None

    def fate(self, mutant):
        """How the mutant dies, or None."""
        if mutant.row not in self.baselines:
            self.baselines[mutant.row] = self.records(mutant.row, mutant.row)
        before, after = self.baselines[mutant.row], self.records(mutant.row, mutant.new)
        if after is None:
            return "crashes"
        if accepted(before) != accepted(after):
            return "accepts other instructions"  # AllowListTests
        for oracle in self.oracles:
            if subprocess.run([oracle], input=after, capture_output=True, timeout=120).returncode:
                return "disagrees"
        return None


def accepted(output):
    """The encodings in the records, each with its length; the header has the operations' names."""
    count = int.from_bytes(output[:4], "little")
    start = 4 + 24 * count
    return [output[at : at + 16] for at in range(start, len(output), RECORD)]
