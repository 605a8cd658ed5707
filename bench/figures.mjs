/** @returns {number} the value below which `share` (0 to 1) of them lie; NaN of nothing */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** What one measurement says. Times in ms. */
export function summarise({ times, firsts, failures, tookMs }) {
  return {
    requests: times.length,
    perSecond: (times.length * 1000) / tookMs,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    firstP50: percentile(firsts, 0.5),
    firstP99: percentile(firsts, 0.99),
    failed: Object.values(failures).reduce((sum, count) => sum + count, 0),
    failures,
  };
}

/** A table in Markdown that also reads well as text. */
export function table(head, rows) {
  const all = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const line = (row) =>
    `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(all[0]), rule, ...all.slice(1).map(line)].join('\n');
}

export const ms = (value) => `${value.toFixed(value < 10 ? 2 : 1)} ms`;
