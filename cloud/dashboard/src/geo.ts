/** Distances, directions and wave fronts on a spherical Earth. */

const EARTH_RADIUS_KM = 6371;
const RADIANS = Math.PI / 180;
const WINDS = ["N", "NE", "E", "SE", "S", "SW", "W", "NW"] as const;

/** Crustal and mantle speeds of iasp91 (Kennett and Engdahl, 1991), rounded, in km/s. */
const SPEEDS = {
  P: { crust: 6.1, mantle: 8.04 },
  S: { crust: 3.55, mantle: 4.47 },
} as const;
const CRUST_KM = 35;

export interface Place {
  latitude: number;
  longitude: number;
}

/** Great-circle distance in km (haversine). */
export function distanceKm(a: Place, b: Place): number {
  const sinLat = Math.sin(((b.latitude - a.latitude) * RADIANS) / 2);
  const sinLon = Math.sin(((b.longitude - a.longitude) * RADIANS) / 2);
  const h =
    sinLat ** 2 +
    Math.cos(a.latitude * RADIANS) * Math.cos(b.latitude * RADIANS) * sinLon ** 2;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** The wind to go from `a` to reach `b`: one of eight. */
export function wind(a: Place, b: Place): string {
  const dLon = (b.longitude - a.longitude) * RADIANS;
  const y = Math.sin(dLon) * Math.cos(b.latitude * RADIANS);
  const x =
    Math.cos(a.latitude * RADIANS) * Math.sin(b.latitude * RADIANS) -
    Math.sin(a.latitude * RADIANS) * Math.cos(b.latitude * RADIANS) * Math.cos(dLon);
  const eighths = Math.round(Math.atan2(y, x) / (Math.PI / 4));
  return WINDS[(eighths + 8) % 8] ?? "N";
}

/**
 * How far a wave front has come along the surface, in km; 0 until it has reached it.
 *
 * The farther of the direct wave in the crust and the head wave under it: good to a few
 * kilometres, enough to watch the front pass the stations, and no part of the location.
 */
export function frontRadiusKm(phase: "P" | "S", depthKm: number, seconds: number): number {
  const { crust, mantle } = SPEEDS[phase];
  const direct = (crust * seconds) ** 2 - depthKm ** 2;
  const slowness = Math.sqrt(crust ** -2 - mantle ** -2);
  const legsKm = CRUST_KM + Math.max(0, CRUST_KM - depthKm);
  const head = mantle * (seconds - legsKm * slowness);
  const straight = direct > 0 ? Math.sqrt(direct) : 0;
  // The head wave exists beyond its critical distance only; there it soon runs ahead.
  const critical = (legsKm * crust) / Math.sqrt(mantle ** 2 - crust ** 2);
  return head > critical ? Math.max(straight, head) : straight;
}

/** `12 km SW of MX.003`, from the nearest of the places; undefined where there is none. */
export function nearest<T extends Place & { id: string }>(
  place: Place,
  others: Iterable<T>,
): { id: string; km: number; wind: string } | undefined {
  let best: { id: string; km: number; wind: string } | undefined;
  for (const other of others) {
    const km = distanceKm(place, other);
    if (best === undefined || km < best.km) best = { id: other.id, km, wind: wind(other, place) };
  }
  return best;
}
