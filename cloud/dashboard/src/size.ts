/** How large an event is, in words: each kind of magnitude, and where it shook most. */

import { counted, gal } from "./format.ts";
import type { MagnitudeEstimate, StationShaking } from "./types.ts";

/** `Mw 5.3 ± 0.2, 7 stations`, a line each; a kind that saturates says how much larger it may be. */
export function magnitudeLines(magnitudes: MagnitudeEstimate[]): string[] {
  return magnitudes.map((each) => {
    const up = each.uncertainty_up === null ? "" : ` (up to +${each.uncertainty_up.toFixed(1)})`;
    const value = `${each.value.toFixed(1)} ± ${each.uncertainty.toFixed(1)}${up}`;
    return `${each.type} ${value}, ${counted(each.stations, "station")}`;
  });
}

/** The station with the largest acceleration, if any told one. */
export function strongest(shaking: StationShaking[]): StationShaking | undefined {
  return shaking
    .filter((each) => each.pga_m_s2 !== null)
    .reduce<StationShaking | undefined>(
      (most, each) => ((each.pga_m_s2 ?? 0) > (most?.pga_m_s2 ?? -1) ? each : most),
      undefined,
    );
}

/** `7 stations, up to 34 gal`. */
export function seenBy(stations: number, shaking: StationShaking[]): string {
  const most = strongest(shaking);
  const words = counted(stations, "station");
  return most === undefined ? words : `${words}, up to ${gal(most.pga_m_s2)}`;
}

/** `OE.011, 21 km: 34 gal, MMI 5.1, JMA 3.2`, a line each, the nearest station first. */
export function shakingLines(shaking: StationShaking[]): string[] {
  return shaking.map((each) => {
    const felt = [
      each.pga_m_s2 === null ? null : gal(each.pga_m_s2),
      each.mmi === null ? null : `MMI ${each.mmi.toFixed(1)}`,
      each.jma_intensity === null ? null : `JMA ${each.jma_intensity.toFixed(1)}`,
    ].filter((part) => part !== null);
    return `${each.station}, ${each.distance_km.toFixed(0)} km: ${felt.join(", ")}`;
  });
}
