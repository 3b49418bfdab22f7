"""What can be asked whether it behaves like torch, and how its live objects become plain data."""
