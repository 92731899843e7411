"""Agent software that comes over the air: releases beside the installed one, which stays.

    launcher    what `edge-agent` starts with: chooses the release that runs, before all else
    pointer     what the launcher reads and counts down, without any package
    releases    a release's folder: what lies there, and whether all of it still does
    archive     the signed archive: a folder of wheels with its manifest
    install     from the archive to a folder that runs
    decide      what to do about an assignment
    course      the updater's part: what is wanted, verified, unpacked
    preflight   a child of the new release: does it know this station?
    rehearsal   what that child does, in the new release itself
    part        the agent's part: when to swap, what to commit, what is told
    launched    what the launcher told this process
    state       copies of the station's databases, for the child

What was installed on site is the launcher and the last resort: it is root's, and no update writes
there. The launcher imports nothing but the standard library.
"""
