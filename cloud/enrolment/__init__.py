"""Stations get certificates: a small authority, one-time tokens, renewal, revocation.

config     the section `[enrolment]`
authority  the key that signs, and what it signs
authorities  all of a centre, and how the next one takes over
handover   who still hangs on the authority before
server     certificates of broker and centre, renewed by themselves
registry   tokens, certificates and the audit in the database
lists      what Mosquitto reads: rights and revoked certificates
tickets    token files for cards
limiter    how often an address may be wrong
impatient  connections that ask nothing
desk       who gets a certificate
door       the desk over TLS
"""
