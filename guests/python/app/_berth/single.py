"""`compile(…, "single")`, which the build of CPython 3.12 compiles as if it were "exec": nothing is printed.

What an interactive statement's expressions are worth goes to `sys.displayhook`, as it should: prompts, `doctest` and `pdb`
live by that.
"""

import ast
import builtins
import sys

_compile = builtins.compile


class _Shown(ast.NodeTransformer):
    """Hands what statements are worth to the hook, in blocks too, but not in functions and classes."""

    def visit_Expr(self, node):
        module = ast.Call(ast.Name("__import__", ast.Load()), [ast.Constant("sys")], [])
        hook = ast.Attribute(module, "displayhook", ast.Load())
        shown = ast.Expr(ast.Call(hook, [node.value], []))
        return ast.fix_missing_locations(ast.copy_location(shown, node))

    def _left_alone(self, node):
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _left_alone


def compile(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1):
    if mode != "single" or flags & ast.PyCF_ONLY_AST:
        return _compile(source, filename, mode, flags, dont_inherit, optimize, _feature_version=_feature_version)
    tree = source
    if not isinstance(source, ast.AST):
        tree = _compile(source, filename, "exec", flags | ast.PyCF_ONLY_AST, True, _feature_version=_feature_version)
    module = ast.Module(_Shown().visit(tree).body, [])
    return _compile(module, filename, "exec", flags, True, optimize)


compile.__doc__ = _compile.__doc__
compile.__module__ = "builtins"


def prepare():
    # It does what it should while the component's state is made, and not when that runs: trying tells nothing here.
    if sys.version_info < (3, 13):
        builtins.compile = compile
