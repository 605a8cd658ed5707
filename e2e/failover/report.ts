export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
export const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
export const usd = (micros: number): string => `$${(micros / 1e6).toFixed(6)}`;

/** The figures of a run, printed at its end, also of one that failed. */
export class Report {
  readonly #rows: [what: string, figure: string][] = [];

  constructor(private readonly title: string) {}

  add(what: string, figure: string | number): void {
    this.#rows.push([what, String(figure)]);
  }

  print(): void {
    const width = Math.max(0, ...this.#rows.map(([what]) => what.length));
    const lines = this.#rows.map(([what, figure]) => `  ${what.padEnd(width)}  ${figure}`);
    process.stderr.write(`\n${this.title}\n${lines.join('\n')}\n\n`);
  }
}
