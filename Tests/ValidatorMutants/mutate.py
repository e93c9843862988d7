"""Finds the checks in the validator's sources and makes each of them switchable.

A check is a boolean clause of a `guard`, `if`, `else if`, `while`, `where` or of `require(...)`, or of a constant whose name begins with `is` or
`has`, or a `return` of such a clause, split further at `&&` and `||`. Clause n becomes `(halite(2n) || (CLAUSE) && !halite(2n + 1))`: mutant 2n makes it always true, 2n + 1
always false. `halite` reads the number of the mutant that is switched on.
"""

import re
from typing import NamedTuple

OPENERS, CLOSERS = "([{", ")]}"


class Site(NamedTuple):
    file: str
    line: int
    text: str


def skip_string(text, at):
    """The position behind the string literal that begins at `at`, interpolations included."""
    if text.startswith('"""', at):
        return text.index('"""', at + 3) + 3
    at += 1
    while at < len(text) and text[at] != '"':
        if text.startswith("\\(", at):
            at, depth = at + 2, 1
            while depth and at < len(text):
                if text[at] == '"':
                    at = skip_string(text, at)
                    continue
                depth += {"(": 1, ")": -1}.get(text[at], 0)
                at += 1
        else:
            at += 2 if text[at] == "\\" else 1
    return at + 1


def split_top(text, start, end, separators):
    """Spans of [start, end) between separators outside of brackets and strings."""
    spans, depth, begin, at = [], 0, start, start
    while at < end:
        if text[at] == '"':
            at = skip_string(text, at)
            continue
        if text.startswith("//", at):
            at = text.index("\n", at)
            continue
        if text[at] in OPENERS:
            depth += 1
        elif text[at] in CLOSERS:
            depth -= 1
        elif depth == 0:
            found = next((s for s in separators if text.startswith(s, at)), None)
            if found:
                spans.append((begin, at))
                at += len(found)
                begin = at
                continue
        at += 1
    spans.append((begin, end))
    return spans


def condition_end(text, start, stop):
    """Where the condition that begins at `start` ends: at `stop` (` else {` or ` {`) outside of brackets and strings."""
    depth, at = 0, start
    while at < len(text):
        if text[at] == '"':
            at = skip_string(text, at)
            continue
        if text.startswith("//", at):
            at = text.index("\n", at)
            continue
        if depth == 0 and re.match(stop, text[at : at + 40]):
            return at
        if text[at] in OPENERS:
            depth += 1
        elif text[at] in CLOSERS:
            depth -= 1
            if depth < 0:
                return None
        at += 1
    return None


def closure_free(clause):
    return not any(part in clause for part in ("{", "try", "//", " ? "))


def operands(text, start, end):
    """The boolean operands of a clause: innermost spans that hold no further top-level operator."""
    for separators in (("||",), ("&&",)):
        parts = split_top(text, start, end, separators)
        if len(parts) > 1:
            return [span for part in parts for span in operands(text, *part)]
    clause = text[start:end]
    inner = start + len(clause) - len(clause.lstrip()) + 1
    if clause.lstrip().startswith("(") and condition_end(text, inner, r"\)") == start + len(clause.rstrip()) - 1:
        return operands(text, inner, start + len(clause.rstrip()) - 1)
    return [(start, end)]


BOOLEAN = re.compile(r"(==|!=|<=|>=|<|>|\bcontains\b|\bis[A-Z]\w*|\bhas[A-Z]\w*|\buses[A-Z]\w*|^\s*!|\bneeds\w*|\brequires\w*|\ballSatisfy\b)")


def clauses(text):
    """Spans of clauses to mutate, innermost, in order of the file."""
    spans = []

    def add(start, end, must_look_boolean):
        for part in operands(text, start, end):
            clause = text[part[0] : part[1]]
            if not closure_free(clause) or not clause.strip() or (must_look_boolean and not BOOLEAN.search(clause)):
                continue
            lead = len(clause) - len(clause.lstrip())
            trail = len(clause) - len(clause.rstrip())
            spans.append((part[0] + lead, part[1] - trail))

    comments = comment_spans(text)
    for match in re.finditer(r"\b(guard|if|while)\s+", text):
        if any(start <= match.start() < end for start, end in comments):
            continue
        stop = r"\s+else\s*\{" if match[1] == "guard" else r"\s*\{"
        end = condition_end(text, match.end(), stop)
        if end is None:
            continue
        for start, stop_at in split_top(text, match.end(), end, (",",)):
            if re.match(r"\s*(let|var|case|#)\b", text[start:stop_at]):
                continue
            add(start, stop_at, False)
    for match in re.finditer(r"\brequire\(", text):
        first = split_top(text, match.end(), condition_end(text, match.end(), r"\)"), (",",))[0]
        if not re.match(r"\s*_", text[first[0] :]):
            add(*first, False)
    for match in re.finditer(r"\breturn ([^\n{]*(?:\n\s+(?:&&|\|\|)[^\n{]*)*)\n", text):
        if "&&" in match[1] or "||" in match[1]:
            add(match.start(1), match.end(1), True)
    for match in re.finditer(r"\blet (?:is|has)[A-Z]\w*(?:: Bool)? =\s+([^\n{]+(?:\n\s+(?:&&|\|\|)[^\n{]*)*)\n", text):
        add(match.start(1), match.end(1), False)
    for match in re.finditer(r"\bwhere [^\n{]*?(?=\{|:\n)", text):
        # Of a case with several patterns each has its own.
        for at in re.finditer(r"\bwhere ", match[0]):
            start = match.start() + at.end()
            add(*split_top(text, start, match.end(), (",",))[0], True)
    for match in re.finditer(r"^  (?:@\S+ )*(?:static |private )*(?:func|var) [^\n]*Bool \{ ([^\n]*) \}$", text, re.M):
        add(match.start(1), match.end(1), False)
    unique = sorted(set(spans))
    # A clause in another clause's closure would be rewritten twice.
    return [span for span in unique if not any(other != span and other[0] <= span[0] and span[1] <= other[1] for other in unique)]


def comment_spans(text):
    """Ranges of line comments, in which nothing is a check."""
    return [(m.start(), m.end()) for m in re.finditer(r"//[^\n]*", text)]


def rewrite(file, text, sites, excluded):
    """The file's text with every clause switchable; appends to `sites`."""
    comments = comment_spans(text)
    out, at = [], 0
    for start, end in clauses(text):
        line = text.count("\n", 0, start) + 1
        if any(c[0] <= start < c[1] for c in comments) or (file, line, text[start:end]) in excluded:
            continue
        number = len(sites)
        sites.append(Site(file, line, text[start:end]))
        out += [text[at:start], f"(halite({2 * number}) || ({text[start:end]}) && !halite({2 * number + 1}))"]
        at = end
    return "".join(out) + text[at:]
