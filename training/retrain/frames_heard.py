"""What a base heard in the records of a volcano network, and the lessons in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from training.models.volcano_labels import UNLABELLED
from training.preparations import Scaler
from training.retrain.coincidence import CoincidenceConfig, Detection, Selection, select
from training.retrain.frames_data import (
    EARTHQUAKE,
    FrameRecord,
    Heard,
    Labels,
    detections_of,
    normalised,
    pseudo_labels,
    scaler_of,
)
from training.retrain.frames_training import Lesson, Tuner


@dataclass(frozen=True, slots=True)
class HeardRecords:
    """Records of which the base has spoken."""

    records: Sequence[FrameRecord]
    scaler: Scaler
    classes: Sequence[Labels]
    spans: Sequence[Mapping[Detection, tuple[int, int]]]

    def selection(self, config: CoincidenceConfig) -> Selection:
        """Return what coincidence makes of the detections."""
        return select([detection for spans in self.spans for detection in spans], config)

    def pseudo(self, config: CoincidenceConfig) -> list[Lesson]:
        """Return lessons from the records with a believed detection."""
        kept = self.selection(config).kept
        lessons = []
        for record, classes, spans in zip(self.records, self.classes, self.spans, strict=True):
            believed = [frames for detection, frames in spans.items() if detection in kept]
            if believed:
                labels = pseudo_labels(classes, believed)
                lessons.append(Lesson(normalised(record, self.scaler), labels))
        return lessons

    def labelled(self) -> list[Lesson]:
        """Return lessons with the analyst's labels."""
        return [
            Lesson(normalised(record, self.scaler), record.labels)
            for record in self.records
            if (record.labels != UNLABELLED).any()
        ]


def hear(tuner: Tuner, records: Sequence[FrameRecord], heard: Heard) -> HeardRecords:
    """Let the base listen to records; mean and spread of the features are theirs."""
    scaler = scaler_of(records)
    classes = [tuner.classes(tuner.base, normalised(record, scaler)) for record in records]
    spans = [
        detections_of(record, said, heard) for record, said in zip(records, classes, strict=True)
    ]
    return HeardRecords(records, scaler, classes, spans)


def confirmed(heard: HeardRecords) -> frozenset[object] | None:
    """Return the detections most of which the analyst calls an earthquake; None without labels."""
    if all((record.labels == UNLABELLED).all() for record in heard.records):
        return None
    return frozenset(
        detection
        for record, spans in zip(heard.records, heard.spans, strict=True)
        for detection, (begin, end) in spans.items()
        if (record.labels[begin:end] == EARTHQUAKE).mean() > 0.5
    )
