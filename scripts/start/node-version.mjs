/** The oldest supported version of Node; must equal `engines` in package.json. */
export const OLDEST_NODE = '20.19.0';

/** @returns {boolean} whether `version` (like "v20.19.1") is at least `oldest`. */
export function isRecentEnough(version, oldest = OLDEST_NODE) {
  const [have, want] = [version, oldest].map((text) => text.replace(/^v/, '').split('.').map(Number));
  for (let i = 0; i < 3; i += 1) {
    if ((have[i] ?? 0) !== (want[i] ?? 0)) return (have[i] ?? 0) > (want[i] ?? 0);
  }
  return true;
}
