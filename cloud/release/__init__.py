"""What may run on stations, signed: networks, software, settings; who may say what, for how long.

roles        who signs what, by how many, for how long
keys         holders' keys, encrypted by a passphrase
repository   the files: published metadata, drafts, targets
drafts       changes that wait for signatures
adding       what is to be signed of a bundle, a folder of wheels, settings
contents     what a file says of itself: it must be what holders are about to sign
fitting      do settings fit a station?
difference   a change in words, before somebody signs it
changes      what is new in a file against the version before it
signing      a holder's signature
request      drafts carried to holders and back
publishing   what is fully signed goes out
listing      what may run, and what is to run where
online       what the centre's own key signs: assignments, snapshot, timestamp
audit        who did what, append-only
doctor       what runs out, what is missing
drill        lost and stolen keys, rehearsed
serve        the files over HTTP

`release_cli` is the command line over it, in the order of a key ceremony.
"""
