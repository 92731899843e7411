/** Asks the aggregator's API. */

/** The JSON of an answer; null where there is none, also without a connection. */
export async function answer<T>(url: string, headers: Record<string, string> = {}): Promise<T | null> {
  try {
    const response = await fetch(url, { headers });
    return response.ok ? ((await response.json()) as T) : null;
  } catch {
    return null; // The stream's own watchdog says that the connection is gone.
  }
}
