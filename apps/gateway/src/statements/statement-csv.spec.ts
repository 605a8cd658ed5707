import type { Statement } from '@lumenfall/contracts';
import { statementCsv } from './statement-csv.js';

const statement: Statement = {
  ...{ id: '2026-12', object: 'statement', status: 'closed', currency: 'usd' },
  ...{ opening_balance: -0.000001, closing_balance: 9.549998 },
  totals: { top_up: 10, auto_top_up: 0, usage: -0.450001, adjustment: 0, refund: 0 },
  usage: [
    { model: '=HYPERLINK("http://x")', key_id: 'k1', key_name: '@evil, "quoted"', requests: 2, amount: -0.45 },
    { model: null, key_id: null, key_name: null, requests: 1, amount: -0.000001 },
  ],
  by_model: [],
  by_key: [],
  entries: [
    {
      ...{ id: 'entry_1', object: 'ledger_entry', type: 'top_up', amount: 10, balance_after: 9.999999 },
      ...{
        currency: 'usd',
        request_id: null,
        reference: '-2+3',
        note: '+1\n=2',
        created_at: '2026-12-05T10:00:00.000Z',
      },
    },
  ],
};

describe('a statement as CSV', () => {
  const csv = statementCsv(statement);

  it('has one row per line of the statement, which add up', () => {
    expect(csv.split('\r\n')).toEqual([
      'type,time,model,key_id,key_name,requests,amount_usd,balance_usd,reference,note',
      'opening_balance,2026-12-01T00:00:00.000Z,,,,,,-0.000001,,',
      `top_up,2026-12-05T10:00:00.000Z,,,,,10,9.999999,'-2+3,"'+1\n=2"`,
      `usage,,"'=HYPERLINK(""http://x"")",k1,"'@evil, ""quoted""",2,-0.45,,,`,
      'usage,,,,,1,-0.000001,,,',
      'closing_balance,2027-01-01T00:00:00.000Z,,,,,,9.549998,,',
      '',
    ]);
  });

  it.each(['=1', '+1', '-1', '@a', '\t=1', '\r=1', '\uFF1D1'])(
    'does not let a spreadsheet run %j as a formula',
    (name) => {
      const [line] = statement.usage;
      const usage = line ? [{ ...line, model: null, key_name: name }] : [];
      expect(statementCsv({ ...statement, usage })).toMatch(new RegExp(`[,"]'${name.replace(/[+]/g, '\\$&')}`));
    },
  );
});
