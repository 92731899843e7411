"""Association of triggers with earthquakes, online and aware of moveout.

`associator` keeps what is known, `search` finds origins, `explanation` judges them.
"""
