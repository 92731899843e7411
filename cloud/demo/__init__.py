"""The real thing on one machine: broker, stations as processes, centre and page."""

from cloud.demo.run import DemoOptions, run_demo

__all__ = ["DemoOptions", "run_demo"]
