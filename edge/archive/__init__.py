"""The station's own recordings: an SDS tree of miniSEED, capped in size, safe in a power cut.

* `edge.archive.reader.ArchiveReader(folder).read(start_ns, end_ns)` gives back the blocks that the
  detectors got, bit for bit; `edge.archive.place.archive_folder(config)` says where they lie.
* `edge.archive.archive.Archive` is the running agent's side.
"""
