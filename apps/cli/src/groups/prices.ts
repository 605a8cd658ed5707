import { parseMoment } from '@lumenfall/contracts';
import { InvalidArgumentError, type Command } from 'commander';
import type { CommandOutcome } from '../outcome.js';
import { historyOfPrices, importPrices, listPrices, showPrices, type PriceTools } from '../prices/price-commands.js';

export type PricesWork = (tools: PriceTools) => Promise<CommandOutcome>;

interface Json {
  json?: true;
}

export function addPriceCommands(program: Command, run: (work: PricesWork) => Promise<void>): void {
  const prices = program.command('prices').description('show prices, import new ones');

  prices
    .command('list')
    .description('the prices that apply now, with their version and origin')
    .option('--json', 'print one JSON object')
    .action((options: Json) => run((tools) => listPrices(tools, options)));

  prices
    .command('show')
    .description('the price lines of a model that apply now, and those that will')
    .argument('<model>', 'id or name of the model')
    .option('--json', 'print one JSON object')
    .action((model: string, options: Json) => run((tools) => showPrices(tools, model, options)));

  prices
    .command('history')
    .description('the price versions of a model: imported ones, and those that requests were charged at')
    .argument('<model>', 'id or name of the model')
    .option('--json', 'print one JSON object')
    .action((model: string, options: Json) => run((tools) => historyOfPrices(tools, model, options)));

  prices
    .command('import')
    .description('add price versions from a YAML or JSON file; earlier versions stay as they are')
    .argument('<file>', "prices: [{ model, provider, price: [...] }], see docs/catalog.md; '-' reads standard input")
    .option('--valid-from <time>', 'ISO 8601; the versions apply from then on, by default from now on', momentOf)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
The gateways apply a version within seconds. Requests that were planned before keep their price.

Examples:
  lumenfall prices import prices.yaml
  lumenfall prices import prices.yaml --valid-from 2027-01-01T00:00:00Z`,
    )
    .action((file: string, options: Json & { validFrom?: Date }) => run((tools) => importPrices(tools, file, options)));
}

function momentOf(text: string): Date {
  const moment = parseMoment(text, 'start');
  if (moment !== null) return moment;
  throw new InvalidArgumentError('Expected an ISO 8601 time, such as 2027-01-01T00:00:00Z.');
}
