"""The tables; `migrations` brings a database to them.

The whole message is kept as JSON; the columns beside it are for queries. Times are nanoseconds
since 1970 UTC.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData(
    # Names of constraints are fixed, so that migrations can speak of them on any database.
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

stations = Table(
    "station",
    metadata,
    Column("network", String(12), primary_key=True),
    Column("station", String(12), primary_key=True),
    Column("received_ns", BigInteger, nullable=False),
    Column("message", Text, nullable=False),
)
health_reports = Table(
    "health",
    metadata,
    Column("network", String(12), primary_key=True),
    Column("station", String(12), primary_key=True),
    Column("received_ns", BigInteger, nullable=False),
    Column("message", Text, nullable=False),
)
triggers = Table(
    "trigger",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("network", String(12), nullable=False),
    Column("station", String(12), nullable=False),
    Column("status", String(16), nullable=False),
    Column("onset_ns", BigInteger, nullable=False),
    Column("received_ns", BigInteger, nullable=False),
    Column("message", Text, nullable=False),
    Index(None, "received_ns"),
    Index(None, "network", "station", "onset_ns"),
)
events = Table(
    "event",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("status", String(16), nullable=False),
    Column("origin_ns", BigInteger, nullable=False),
    Column("latitude", Float, nullable=False),
    Column("longitude", Float, nullable=False),
    Column("magnitude", Float),
    Column("published_ns", BigInteger, nullable=False),
    Column("message", Text, nullable=False),
    Index(None, "origin_ns"),
)
station_epochs = Table(
    "station_epoch",
    metadata,
    Column("network", String(12), primary_key=True),
    Column("station", String(12), primary_key=True),
    Column("start_ns", BigInteger, primary_key=True),
    Column("message", Text, nullable=False),
)
"""A state of a station with its place, whenever place, channels or sensor changed."""
tokens = Table(
    "token",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("created_ns", BigInteger, nullable=False),
    Column("revoked_ns", BigInteger),
    Column("role", String(16), nullable=False, server_default="reader"),
)
deliveries = Table(
    "delivery",
    metadata,
    Column("rule", String(64), primary_key=True),
    Column("event_id", String(64), primary_key=True),
    Column("revision", Integer, primary_key=True),
    Column("status", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_ns", BigInteger, nullable=False),
    Column("tried_ns", BigInteger),
    Column("answer", Text),
    Index(None, "created_ns"),
)
"""What was told to whom: one row a rule and revision of an event."""
magnitude_residuals = Table(
    "magnitude_residual",
    metadata,
    Column("event_id", String(64), primary_key=True),
    Column("station", String(32), primary_key=True),
    Column("type", String(16), primary_key=True),
    Column("origin_ns", BigInteger, nullable=False),
    Column("residual", Float, nullable=False),
    Column("weight", Float, nullable=False),
    Index(None, "station", "type", "origin_ns"),
)
"""What stations said too much of the magnitudes of final events."""
health_history = Table(
    "health_history",
    metadata,
    Column("network", String(12), primary_key=True),
    Column("station", String(12), primary_key=True),
    Column("span_s", Integer, primary_key=True),
    Column("start_ns", BigInteger, primary_key=True),
    Column("numbers", LargeBinary, nullable=False),
    # The key is the table: rows of a station lie together, and there is no second copy of the key.
    sqlite_with_rowid=False,
)
"""Health reports in numbers: each one (`span_s` 0), and what became of those of a span."""
station_alarms = Table(
    "station_alarm",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("began_ns", BigInteger, nullable=False),
    Column("ended_ns", BigInteger),
    Column("acknowledged_ns", BigInteger),
    Column("acknowledged_by", String(64)),
    Column("message", Text, nullable=False),
    Index(None, "began_ns"),
    Index(None, "ended_ns"),
)
enrolled_stations = Table(
    "enrolled_station",
    metadata,
    Column("network", String(12), primary_key=True),
    Column("station", String(12), primary_key=True),
    Column("added_ns", BigInteger, nullable=False),
    Column("revoked_ns", BigInteger),
)
"""Stations that were given a token, ever; one that is not revoked has rights at the broker."""
enrolment_tokens = Table(
    "enrolment_token",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("network", String(12), nullable=False),
    Column("station", String(12), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("created_ns", BigInteger, nullable=False),
    Column("expires_ns", BigInteger, nullable=False),
    Column("used_ns", BigInteger),
    Column("key_hash", String(64)),
    Column("revoked_ns", BigInteger),
    Index(None, "network", "station"),
)
"""Tokens that work once: for the first key that comes with them."""
certificates = Table(
    "certificate",
    metadata,
    Column("serial", String(40), primary_key=True),
    Column("network", String(12), nullable=False),
    Column("station", String(12), nullable=False),
    Column("key_hash", String(64), nullable=False),
    Column("issued_ns", BigInteger, nullable=False),
    Column("not_after_ns", BigInteger, nullable=False),
    Column("revoked_ns", BigInteger),
    Column("pem", Text, nullable=False),
    Index(None, "network", "station"),
)
"""What the authority signed for stations; `serial` in hexadecimal digits."""
enrolment_audit = Table(
    "enrolment_audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at_ns", BigInteger, nullable=False),
    Column("action", String(16), nullable=False),
    Column("station", String(32)),
    Column("address", String(64)),
    Column("detail", Text, nullable=False),
    Index(None, "at_ns"),
)
"""Every token, certificate, refusal and revocation."""
rollouts = Table(
    "rollout",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("started_ns", BigInteger, nullable=False),
    Column("message", Text, nullable=False),
    Index(None, "state"),
)
"""Networks on their way to the fleet; `revision` grows with each change."""
rollout_stations = Table(
    "rollout_station",
    metadata,
    Column("rollout", String(64), primary_key=True),
    Column("station", String(32), primary_key=True),
    Column("message", Text, nullable=False),
)
"""How each station's part stands."""
rollout_audit = Table(
    "rollout_audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("rollout", String(64), nullable=False),
    Column("at_ns", BigInteger, nullable=False),
    Column("action", String(16), nullable=False),
    Column("by", String(64), nullable=False),
    Column("ring", String(32)),
    Column("station", String(32)),
    Column("detail", Text, nullable=False),
    Index(None, "rollout"),
)
"""Who did what in a rollout, and what each station said; lines are only added."""
