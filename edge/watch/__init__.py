"""`edge-agent watch`: the station live in a terminal, beside the running agent.

address     where the agent is watched: a Unix socket in `state_dir`
frames      what goes over it: a JSON object a line
viewer      one who watches: a bounded queue, so that nobody slows the agent
serve       the agent's side; computes nothing while nobody watches
client      the other side
scene       what is known of the station now, from frames
traces      curves of characters
screen      a scene as lines
report      a scene as JSON
terminal    keys and the screen
own         the station opened by `watch` itself, where no agent runs
"""
