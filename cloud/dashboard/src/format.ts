/** Numbers and times as an operator reads them, with their units. */

const M_S2_TO_GAL = 100;
const NONE = "–";

/** `06:51:33`, UTC. */
export function clockTime(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19);
}

/** `2020-01-30`, UTC. */
export function clockDate(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** A duration in two units at most: `42 s`, `3 min 05 s`, `2 h 14 min`, `5 d`. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, "0")} s`;
  if (s < 86_400) {
    const minutes = Math.floor((s % 3600) / 60);
    return `${Math.floor(s / 3600)} h ${String(minutes).padStart(2, "0")} min`;
  }
  return `${Math.floor(s / 86_400)} d`;
}

/** A number with about three significant digits and no exponent. */
export function threeDigits(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  if (size >= 1) return value.toFixed(2);
  return size >= 0.1 ? value.toFixed(2) : value.toFixed(3);
}

/** Acceleration in gal (cm/s²), the unit in which strong motion is spoken of. */
export function gal(m_s2: number | null): string {
  return m_s2 === null ? NONE : `${threeDigits(m_s2 * M_S2_TO_GAL)} gal`;
}

/** Short times: `0.4 ms`, `12 ms`, `1.8 s`, `23 s`, `21 min`. */
export function shortSeconds(seconds: number | null): string {
  if (seconds === null) return NONE;
  const size = Math.abs(seconds);
  if (size < 0.0095) return `${(seconds * 1000).toFixed(1)} ms`;
  if (size < 0.995) return `${(seconds * 1000).toFixed(0)} ms`;
  if (size < 9.95) return `${seconds.toFixed(1)} s`;
  if (size < 120) return `${seconds.toFixed(0)} s`;
  return `${(seconds / 60).toFixed(0)} min`;
}

export function hertz(rate: number | null): string {
  return rate === null ? NONE : `${rate.toFixed(2)} Hz`;
}

export function magnitude(value: number | null): string {
  return value === null ? NONE : value.toFixed(1);
}

/** `16.52° N  98.83° W`. */
export function coordinates(latitude: number, longitude: number): string {
  const north = `${Math.abs(latitude).toFixed(2)}° ${latitude < 0 ? "S" : "N"}`;
  const east = `${Math.abs(longitude).toFixed(2)}° ${longitude < 0 ? "W" : "E"}`;
  return `${north}  ${east}`;
}

export function kilometres(km: number): string {
  return km < 9.95 ? `${km.toFixed(1)} km` : `${km.toFixed(0)} km`;
}

/** `1 station`, `3 stations`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
