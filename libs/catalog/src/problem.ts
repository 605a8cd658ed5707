/** What is wrong with a file of the catalog, and where in it. */
export interface Problem {
  message: string;
  path: PropertyKey[];
}

/** The places at which a list says something a second time. */
export function repeatsIn(items: readonly unknown[]): number[] {
  return items.flatMap((item, index) => (items.indexOf(item) < index ? [index] : []));
}
