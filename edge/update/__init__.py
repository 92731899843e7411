"""What comes over the air: networks and settings, each on trial until the station is well with it.

    targets     what the repository's files say: assignments, facts of a model
    config      the section `[update]`
    gate        when an update may be looked for at all
    fetch       bytes from a web server or a folder, bounded in size, time and speed
    client      the TUF client (python-tuf), with the files that it keeps
    decide      what to do about an assignment
    record      what is kept: the candidate and its state, what is committed, what is quarantined
    store       the file that keeps it, replaced as a whole
    disk        the order of writing that survives a power cut
    steps       from one state to the next
    machine     does the work of a state, counted down on disk before it begins
    updater     the short-lived process: look, fetch, then its phases
    works       what it does in them: verify, preflight
    preflight   a child: does the network run right and fast enough on this processor?
    shadow      a child: the network beside the running one, on live data, saying nothing
    start       which network the agent starts with
    trial       the network in charge, until it is committed or rolled back
    supervisor  the agent's part: when to look, when to swap
    moments     the right one for it

    course, courses, part               what each kind does its own way; software: edge/software
    networks                            networks as one kind of it
    wayback, versions                   where back leads, and what is newer
    configuration                       what a file of settings says
    settings_course                     settings: wanted, fetched, verified
    settings_trial                      fitted to this station, in charge on trial
    settings_part                       when to swap them, what to commit

python-tuf is imported by the short-lived process alone; the agent's memory stays as it is.
"""
