"""What a spec may say, how it is read from YAML, and how every mistake in it is reported."""
