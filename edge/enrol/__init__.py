"""How a station gets its certificate, and keeps one.

    config     the section `[enrolment]`
    ticket     the file on the card: address, authority, one-time token
    wire       what station and centre say to each other
    keys       keys, requests, and what is looked at in a certificate
    identity   what the station is let in with, on its disk
    client     one question to the centre over TLS
    enroller   the steps, each safe against a power cut
    child      the steps as a process of their own
    attach     the agent's side: it waits, enrols, renews

Nothing here imports `cryptography` before it is needed: the agent itself never needs it.
"""
