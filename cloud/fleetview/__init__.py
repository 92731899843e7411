"""The fleet as the centre sees it: how stations did, how they do, and what is wrong with them.

`vitals` makes numbers of health reports, `recorder` writes them down, `retention` thins what is
old, `trend` reads it again. `desired` reads what stations are to run, `upkeep` tells the board of
it, of certificates and of rollouts that stand still, `upkeep_text` says it in words, `progress`
shows rollouts. `watch` makes alarms of what is wrong, `fleet` puts all to work.
"""
