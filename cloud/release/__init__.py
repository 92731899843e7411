"""The repository of networks and software for stations: who may say what, and for how long.

roles        who signs what, by how many, for how long
keys         holders' keys, encrypted by a passphrase
repository   the files: published metadata, drafts, targets
drafts       changes that wait for signatures
difference   a change in words, before somebody signs it
signing      a holder's signature
request      drafts carried to holders and back
publishing   what is fully signed goes out
online       what the centre's own key signs: assignments, snapshot, timestamp
audit        who did what, append-only
doctor       what runs out, what is missing
drill        lost and stolen keys, rehearsed
serve        the files over HTTP

`release_cli` is the command line over it, in the order of a key ceremony.
"""
