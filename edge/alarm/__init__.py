"""The station's own alarm: rings on the spot, by a rule stricter than a trigger's.

What one station can promise is little; docs/alarm.md says how little.
"""
