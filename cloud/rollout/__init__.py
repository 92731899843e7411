"""Networks, software and settings go to the fleet in rings, and come back where they are worse.

threshold   "10%" or "3": how many stations may fail
plan        rings and what is asked of each; how the new is compared with what was before it
target      one station in a rollout
rollout     one rollout: how far it is
follow      what stations say of themselves becomes how their part stands
measures    what a station shows with the old one and with the new
fair        sums over stations in which no single one decides
compare     is the new one worse?
engine      the next step: pure, without clocks, files or networks
operate     what people order: start, pause, resume, abort
log         the tables: rollouts, stations, and who did what, append-only
reading     what the centre knows of its stations, for the engine
conductor   the engine at work in the running centre
status      a rollout for people and programs
"""
