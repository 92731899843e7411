"""The station's side of the enrolment."""
