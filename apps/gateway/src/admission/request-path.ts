/** The path of a request target, without its query; as the client wrote it. */
export function pathOf(url: string): string {
  const end = url.search(/[?#]/);
  return end === -1 ? url : url.slice(0, end);
}

/** As the router reads it: doubled and trailing slashes count for nothing. */
export function plainPath(url: string): string {
  const path = pathOf(url).replace(/\/{2,}/g, '/');
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
