"""The fleet as the centre sees it: how stations did, how they do, and what is wrong with them.

`vitals` makes numbers of health reports, `recorder` writes them down, `retention` thins what is
old, `trend` reads it again; `findings` and `alarms` say what is wrong; `watch` puts all to work.
"""
