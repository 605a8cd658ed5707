import type { Statement } from '@lumenfall/contracts';
import { stringify } from 'csv-stringify/sync';

const COLUMNS = [
  'type',
  'time',
  'model',
  'key_id',
  'key_name',
  'requests',
  'amount_usd',
  'balance_usd',
  'reference',
  'note',
] as const;
type Row = Partial<Record<(typeof COLUMNS)[number], string | number | null>>;

/**
 * A statement as CSV: the opening balance, one row per entry that is not usage, one per model and key, the closing
 * balance. The amounts add up from the first balance to the last. A text that a spreadsheet would run as a formula (it
 * may be the name of a key or of a model) gets an apostrophe before it.
 */
export function statementCsv(statement: Statement): string {
  const [year = 0, month = 0] = statement.id.split('-').map(Number);
  const rows: Row[] = [
    {
      type: 'opening_balance',
      time: new Date(Date.UTC(year, month - 1, 1)).toISOString(),
      balance_usd: statement.opening_balance,
    },
    ...statement.entries.map(({ type, created_at, amount, balance_after, reference, note }) => ({
      ...{ type, time: created_at, amount_usd: amount, balance_usd: balance_after, reference, note },
    })),
    ...statement.usage.map(({ model, key_id, key_name, requests, amount }) => ({
      ...{ type: 'usage', model, key_id, key_name, requests, amount_usd: amount },
    })),
    {
      type: 'closing_balance',
      time: new Date(Date.UTC(year, month, 1)).toISOString(),
      balance_usd: statement.closing_balance,
    },
  ];
  return stringify(rows, {
    ...{ header: true, columns: [...COLUMNS], record_delimiter: 'windows', escape_formulas: true },
    // A line break inside of a text would otherwise begin a row, and the row a formula.
    quoted_match: /[\r\n]/,
  });
}
