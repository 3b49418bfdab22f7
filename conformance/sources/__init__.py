"""Where suites come from. Each module turns one kind of document into `conformance.spec.model.Suite`s."""
