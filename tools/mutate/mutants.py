# Copyright: (c) 2026, stackdb.trove contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mutants of a source: one small change each, of the kinds that a test ought to notice. Texts for people are left alone."""

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

_COMPARISONS = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_OPERATORS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Div: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One change of one file.

    :param line: where it is in the original
    :param what: the change, for people
    :param source: the whole file with the change
    """

    path: Path
    line: int
    what: str
    source: str


def sample(path: Path, number: int, seed: str) -> list[Mutant]:
    """Up to `number` mutants of a file, chosen by the seed and the file's path."""
    tree = ast.parse(path.read_text())
    changes = list(_changes(tree))
    chosen = random.Random(f"{seed}:{path}").sample(range(len(changes)), min(number, len(changes)))
    return [_make(path, tree, *changes[index]) for index in sorted(chosen)]


Change = tuple[ast.AST, str, Callable[[], Callable[[], None]]]


def _make(path: Path, tree: ast.Module, node: ast.AST, what: str, change: Callable[[], Callable[[], None]]) -> Mutant:
    undo = change()
    source = ast.unparse(tree)
    undo()
    return Mutant(path, node.lineno, what, source)


def _changes(tree: ast.Module) -> Iterator[Change]:
    """Every change that can be made, and undone again by what it returns."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        parent = waiting.pop(0)
        for name, value in ast.iter_fields(parent):
            if _is_for_types(parent, name):
                continue
            for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if not isinstance(node, ast.AST):
                    continue
                waiting.append(node)
                if not _is_left_alone(parent, node):
                    for what, new in _instead(parent, name, node):
                        yield node, what, _replacement(parent, name, index, new)


def _replacement(parent: ast.AST, name: str, index: int | None, new: ast.AST) -> Callable[[], Callable[[], None]]:
    def change() -> Callable[[], None]:
        where, key = (getattr(parent, name), index) if index is not None else (parent.__dict__, name)
        old = where[key]
        where[key] = ast.fix_missing_locations(ast.copy_location(new, old))

        def undo() -> None:
            where[key] = old

        return undo

    return change


def _is_for_types(parent: ast.AST, name: str) -> bool:
    """Annotations, decorators and what only types need, with all that is in them."""
    return name in ("annotation", "returns", "decorator_list", "bases", "keywords") and not isinstance(parent, ast.Call)


def _is_left_alone(parent: ast.AST, node: ast.AST) -> bool:
    """Text, and what has no place."""
    inside_text = isinstance(parent, (ast.JoinedStr, ast.FormattedValue))
    return inside_text or not hasattr(node, "lineno") or isinstance(node, (ast.Import, ast.ImportFrom))


def _instead(parent: ast.AST, name: str, node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    text = ast.unparse(node) if isinstance(node, ast.expr) else ""
    if name == "test":
        yield f"if not ({text})", ast.UnaryOp(ast.Not(), node)
    if isinstance(parent, ast.comprehension) and name == "ifs":
        yield f"for … if True instead of {text}", ast.Constant(True)
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARISONS:
        other = ast.Compare(node.left, [_COMPARISONS[type(node.ops[0])]()], node.comparators)
        yield f"{text} → {ast.unparse(other)}", other
    elif isinstance(node, ast.BoolOp):
        other = ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        yield f"{text} → {ast.unparse(other)}", other
    elif isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS and not _has_text(node):
        other = ast.BinOp(node.left, _OPERATORS[type(node.op)](), node.right)
        yield f"{text} → {ast.unparse(other)}", other
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield f"{text} → {ast.unparse(node.operand)}", node.operand
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield f"{text} → {not node.value}", ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield f"{text} → {node.value + 1}", ast.Constant(node.value + 1)
    elif isinstance(node, ast.IfExp):
        yield f"{text}, the other way round", ast.IfExp(node.test, node.orelse, node.body)
    elif isinstance(node, ast.Return) and node.value is not None and not _is_empty(node.value):
        yield f"return None instead of {ast.unparse(node.value)}", ast.Return(ast.Constant(None))
    elif isinstance(node, ast.Raise):
        yield f"no {ast.unparse(node)}", ast.Pass()
    elif isinstance(node, ast.Expr) and isinstance(node.value, (ast.Call, ast.Yield, ast.YieldFrom)):
        # a generator stays one
        yields = not isinstance(node.value, ast.Call)
        yield f"no {ast.unparse(node)}", ast.Expr(ast.YieldFrom(ast.Tuple([], ast.Load()))) if yields else ast.Pass()
    elif isinstance(node, (ast.Break, ast.Continue)):
        yield "break ↔ continue", ast.Continue() if isinstance(node, ast.Break) else ast.Break()


def _has_text(node: ast.BinOp) -> bool:
    """Whether texts are put together: a type error would be no achievement of a test."""
    return any(isinstance(side, ast.JoinedStr) or (isinstance(side, ast.Constant) and isinstance(side.value, str)) for side in (node.left, node.right))


def _is_empty(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value in (None, False)
