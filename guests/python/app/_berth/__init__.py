"""What makes CPython a command of a Berth session.

The interpreter is started once, when the component is built, and its state is kept in the component. Everything
in this package is imported then; what depends on the session happens in `command.main`.
"""
