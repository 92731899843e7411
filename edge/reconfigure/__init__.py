"""Changes of a station's configuration from afar, each on trial until the station is well with it.

The station file is the operator's and never written. Changes lie over it, in `state_dir`:

    store       the file that keeps them, replaced as a whole
    record      what is in it: entries, the trial, outcomes
    overlay     laying entries over the station file
    ring        settings over the air, between the file and the entries
    effective   file, settings and entries together, as every command reads a station
    protected   what no command may change
    difference  what a change comes to
    probation   when a station counts as well
    remote      the way of a change: proposed, trying, committed or returned
    running     `edge-agent run` around it: starting anew, and what may go wrong then
"""
