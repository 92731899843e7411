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

export interface ComponentNoise {
  channel: string;
  levels_db: number[];
  above_sensor_db: number | null;
  above_nlnm_db: number;
  above_nhnm_db: number;
  verdict: string;
}

export interface NoiseSpectrum {
  bands_hz: number[];
  span_s: number;
  components: ComponentNoise[];
}

export interface AlarmHealth {
  ringing: boolean;
  count: number;
  suppressed: number;
  last: string | null;
  problems: string[];
}

export interface Health {
  time: string;
  clock: ClockState | null;
  sampling_rate_hz: number | null;
  latency_s: number | null;
  noise: { channel: string; rms_m_s2: number }[];
  spectrum: NoiseSpectrum | null;
  alarm: AlarmHealth | null;
  packets: number;
  packets_dropped: number;
  gaps: number;
  outbox_depth: number;
  triggers: number;
  temperature_c: number | null;
  disk_free_bytes: number | null;
  model: string | null;
}

export type Kind = "model" | "software" | "configuration";
export type Standing =
  | "as wanted"
  | "nothing assigned"
  | "not begun"
  | "on its way"
  | "waits"
  | "refused"
  | "rejected"
  | "rolled back"
  | "silent";

/** One kind of a station: what it is to run against what it runs. */
export interface TwinPart {
  kind: Kind;
  standing: Standing;
  detail: string;
  since: string | null;
  wanted: string | null;
  wanted_since: string | null;
  ring: string | null;
  rollout: string | null;
  running: string | null;
  running_since: string | null;
}

export interface Twin {
  ring: string | null;
  looked: string | null;
  parts: TwinPart[];
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
  twin: Twin | null;
  certificate_until: string | null;
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

export interface MagnitudeEstimate {
  type: string;
  value: number;
  uncertainty: number;
  uncertainty_up: number | null;
  stations: number;
  window_s: number | null;
}

export interface StationShaking {
  station: string;
  distance_km: number;
  pga_m_s2: number | null;
  pgv_m_s: number | null;
  mmi: number | null;
  jma_intensity: number | null;
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
  magnitudes: MagnitudeEstimate[];
  shaking: StationShaking[];
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

export interface Percentiles {
  count: number;
  p50_s: number | null;
  p95_s: number | null;
  p99_s: number | null;
}

export interface StationDetail extends Station {
  reports: Percentiles;
  trigger_messages: Percentiles;
  nlnm_db: (number | null)[];
  nhnm_db: (number | null)[];
  normal_noise_m_s2: number | null;
  disk_full_days: number | null;
}

export interface Course {
  name: string;
  unit: string;
  low: (number | null)[];
  middle: (number | null)[];
  high: (number | null)[];
}

export interface Trend {
  span_s: number;
  start: string[];
  completeness: number | null;
  courses: Course[];
}

export interface FleetAlarm {
  id: string;
  revision: number;
  kind: string;
  headline: string;
  stations: { station: string; text: string; began: string; ended: string | null }[];
  began: string;
  ended: string | null;
  acknowledged: string | null;
  acknowledged_by: string | null;
}

export interface HealthPoint {
  time: string;
  noise_m_s2: number | null;
  latency_s: number | null;
  clock_error_s: number | null;
  temperature_c: number | null;
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
  alarms: FleetAlarm[];
  activity: MinuteCount[];
}

export interface ClockMessage {
  now: string;
  speed: number;
}

export type RolloutState =
  | "running"
  | "paused"
  | "returning"
  | "stopped"
  | "superseded"
  | "finished";

export interface RolloutLine {
  id: string;
  kind: Kind;
  what: string;
  state: RolloutState;
  live: boolean;
  reason: string;
  ring: string | null;
  started: string;
  by: string;
}

export interface RingPlan {
  name: string;
  success_percent: number;
  errors: string;
  least_executed: number;
  soak_s: number;
  deadline_s: number;
  pause_after: boolean;
}

export interface Ring {
  plan: RingPlan;
  begun: boolean;
  current: boolean;
  stations: number;
  counts: Record<string, number>;
}

export interface Side {
  span_s: number;
  cpu_share: number | null;
  latency_s: number | null;
  memory_bytes: number | null;
  quiet_s: number;
  triggers: number;
  gaps: number;
  restarts: number;
}

export interface Comparison {
  heard_s: number;
  firings: number;
  incumbent_firings: number;
  before: Side;
  after: Side;
}

export interface Rollout extends RolloutLine {
  rings: Ring[];
  ring_since: string | null;
  soak_since: string | null;
  held: string | null;
  problem: string | null;
  comparison: Comparison;
}

export interface RolloutStation {
  station: string;
  ring: string;
  status: string;
  since: string;
  detail: string;
}

export interface AuditLine {
  time: string;
  action: string;
  by: string;
  ring: string | null;
  station: string | null;
  detail: string;
}

export interface Enrolment {
  network: string;
  station: string;
  standing: "waiting" | "token expired" | "enrolled" | "ran out" | "revoked";
  until: string | null;
}
