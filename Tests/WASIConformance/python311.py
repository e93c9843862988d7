"""Runs a script of Python 3.12 under 3.11: the three things of its standard library that the wasi-testsuite's runner uses.

usage: python311.py SCRIPT ARGUMENTS...
"""

import enum
import os
import pathlib
import runpy
import sys


def walk(self, top_down=True, on_error=None, follow_symlinks=False):
    for root, directories, files in os.walk(self, top_down, on_error, follow_symlinks):
        yield type(self)(root), directories, files


relative_to_below = pathlib.PurePath.relative_to


def relative_to(self, *other, walk_up=False):
    return type(self)(os.path.relpath(self, *other)) if walk_up else relative_to_below(self, *other)


def contains(cls, value):
    return isinstance(value, cls) or value in cls._value2member_map_


pathlib.Path.walk = walk
pathlib.PurePath.relative_to = relative_to
enum.EnumType.__contains__ = contains

del sys.argv[0]
sys.path[0] = os.path.dirname(os.path.abspath(sys.argv[0]))
runpy.run_path(sys.argv[0], run_name="__main__")
