/** The aggregator's messages as they arrive in JSON; times are ISO 8601 text in UTC. */

export type Condition = "quiet" | "triggering" | "degraded" | "offline";
export type Mode = "live" | "replay" | "demo" | "exercise";
export type EventStatus = "possible" | "preliminary" | "declared" | "final" | "retracted";
export type TriggerStatus = "preliminary" | "update" | "final" | "retracted";
export type Phase = "P" | "S" | "unknown";

export interface ClockState {
  source: "gnss-pps" | "ntp" | "rtc" | "free-run";
  offset_s: number;
  error_s: number;
  age_s: number | null;
}

export interface State {
  online: boolean;
  network: string;
  station: string;
  agent_version: string | null;
  sensor: string | null;
  sampling_rate_hz: number | null;
  channels: string[];
  elevation_m: number | null;
  models: {
    name: string;
    version: string;
    scheme: string | null;
    running: boolean;
    reason: string | null;
  }[];
  clock: ClockState | null;
  since: string | null;
}

export interface Health {
  time: string;
  clock: ClockState | null;
  sampling_rate_hz: number | null;
  latency_s: number | null;
  noise: { channel: string; rms_m_s2: number }[];
  packets: number;
  packets_dropped: number;
  gaps: number;
  outbox_depth: number;
  triggers: number;
  temperature_c: number | null;
  disk_free_bytes: number | null;
  model: string | null;
}

export interface Station {
  id: string;
  condition: Condition;
  reasons: string[];
  latitude: number | null;
  longitude: number | null;
  state: State | null;
  health: Health | null;
  last_trigger: string | null;
  heard: string;
}

export interface DetectorReport {
  name: string;
  version: string;
  scheme: string | null;
  score: number;
  threshold: number;
  fired: boolean;
}

export interface Trigger {
  id: string;
  revision: number;
  status: TriggerStatus;
  network: string;
  station: string;
  latitude: number;
  longitude: number;
  onset: string;
  phase: Phase;
  detectors: DetectorReport[];
  window_s: number;
  pga_m_s2: number | null;
  quality: string[];
  exercise: boolean;
}

export interface Arrival {
  station: string;
  trigger: string;
  phase: Phase;
  time: string;
  residual_s: number;
  weight: number;
  distance_km: number;
}

export interface SeismicEvent {
  id: string;
  revision: number;
  status: EventStatus;
  origin_time: string;
  latitude: number;
  longitude: number;
  depth_km: number;
  horizontal_uncertainty_km: number;
  magnitude: number | null;
  magnitude_type: string | null;
  magnitude_uncertainty: number | null;
  stations: string[];
  arrivals: Arrival[];
  first_published: string;
  published: string;
  reason: string | null;
  exercise: boolean;
}

export interface MinuteCount {
  minute: string;
  triggers: number;
}

export interface HealthPoint {
  time: string;
  noise_m_s2: number | null;
  latency_s: number | null;
  clock_error_s: number | null;
}

export interface Picture {
  full: boolean;
  instance: string;
  sequence: number;
  now: string;
  speed: number;
  mode: Mode;
  note: string | null;
  stations: Station[];
  triggers: Trigger[];
  events: SeismicEvent[];
  activity: MinuteCount[];
}

export interface ClockMessage {
  now: string;
  speed: number;
}
