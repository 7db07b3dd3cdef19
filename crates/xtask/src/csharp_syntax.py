"""Parses C# and project files: what a compiler would say first, where no compiler can be had.

With --format it looks at what `dotnet format` would change and a parser does not mind: tabs, ends of lines, indents that
are no multiple of four, braces that share their line or stand askew, empty lines in a row.
"""

import re
import sys
from xml.etree import ElementTree

import tree_sitter_c_sharp
from tree_sitter import Language, Parser


def broken(node):
    """The places where the grammar did not match."""
    if node.is_error or node.is_missing:
        yield node
    elif node.has_error:
        for child in node.children:
            yield from broken(child)


def syntax(path):
    data = open(path, "rb").read()
    if path.endswith(".csproj"):
        try:
            ElementTree.fromstring(data)
        except ElementTree.ParseError as error:
            yield f"{path}: {error}"
        return
    for node in broken(Parser(Language(tree_sitter_c_sharp.language())).parse(data).root_node):
        line = data.splitlines()[node.start_point.row].decode()
        yield f"{path}:{node.start_point.row + 1}:{node.start_point.column + 1}: can't be parsed: {line.strip()}"


def form(path):
    text = open(path, encoding="utf-8", newline="").read()
    if not text.endswith("\n") or text.endswith("\n\n"):
        yield f"{path}: has to end in one line break"
    lines = text.split("\n")
    open_braces = []
    for number, line in enumerate(lines, 1):
        where = f"{path}:{number}"
        if "\t" in line or "\r" in line or line != line.rstrip():
            yield f"{where}: a tab, a carriage return or a blank at its end"
        if (len(line) - len(line.lstrip(" "))) % 4:
            yield f"{where}: its indent is no multiple of four"
        if re.search(r"\)\s*\{$|\b(else|try|finally|do)\s*\{$", line):
            yield f"{where}: the brace belongs on a line of its own"
        if number > 1 and not line and (not lines[number - 2] or lines[number - 2].strip() == "{"):
            yield f"{where}: an empty line too many"
        if line.strip() == "{":
            open_braces.append(line.index("{"))
        elif re.match(r" *\}", line) and "{" not in line and (not open_braces or open_braces.pop() != line.index("}")):
            yield f"{where}: the brace does not stand below its opening one"
        elif open_braces and line and line.index(line.strip()) <= open_braces[-1]:
            yield f"{where}: its indent is that of an outer block"
        if line.strip().startswith("}") and number > 1 and not lines[number - 2]:
            yield f"{where}: an empty line before a closing brace"


def main():
    check = form if "--format" in sys.argv[1:] else syntax
    wrong = [error for path in sys.argv[1:] if path != "--format" for error in check(path)]
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


sys.exit(main())
