/** Weighted random order without replacement. What weighs nothing comes last, in an even order. */
export function drawOrder<T>(items: readonly T[], weightOf: (item: T) => number, random: () => number): T[] {
  if (items.length < 2) return [...items];
  // Efraimidis and Spirakis: the largest of random^(1/weight) is drawn with the chance of its weight, and so on down.
  return items
    .map((item) => {
      const weight = weightOf(item);
      const luck = random();
      return {
        item,
        weighs: weight > 0,
        ticket: weight > 0 ? Math.log(Math.max(luck, Number.MIN_VALUE)) / weight : luck,
      };
    })
    .sort((one, other) => Number(other.weighs) - Number(one.weighs) || other.ticket - one.ticket)
    .map(({ item }) => item);
}
