"""The volcano networks on sequences of features: cross-validated, or on the published partition."""
