"""A whole archive through the deep picker, on this machine or on a cluster.

with open_picker(config) as picker:
    repick(archive, wanted, picker, ahead=2, out=Output(path, picker.name))
"""
