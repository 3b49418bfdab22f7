"""Runs cases on targets: a supervisor that never imports a target, a warm process per target, a fork per
case."""
