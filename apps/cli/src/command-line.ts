import { parseRequestId, validationError } from '@lumenfall/contracts';
import { OPERATIONS, type OperationName, type OutputOf } from '@lumenfall/operator';
import { Argument, Command, CommanderError, InvalidArgumentError } from 'commander';
import { addActionCommands } from './groups/actions.js';
import { addAuditCommand } from './groups/audit.js';
import { addCreditCommands } from './groups/credits.js';
import { addKeyCommands } from './groups/keys.js';
import { addOrganizationCommands } from './groups/organizations.js';
import { addPriceCommands, type PricesWork } from './groups/prices.js';
import { addTopUpCommands } from './groups/top-ups.js';
import type { RunOperation } from './groups/run-operation.js';
import { EXIT, type CommandOutcome } from './outcome.js';

/** What the command line calls; each returns what to print. */
export interface Commands {
  doctor(requestId: string, options: { json?: true }): Promise<CommandOutcome>;
  operate<N extends OperationName>(
    name: N,
    input: object,
    present: (output: OutputOf<N>) => CommandOutcome,
  ): Promise<CommandOutcome>;
  prices(work: PricesWork): Promise<CommandOutcome>;
  migrate(options: { sandbox?: true }): Promise<CommandOutcome>;
}

const AFTER_HELP = `
The database is the one of the system that runs here (npm start), or DATABASE_URL.
Exit codes: 0 done, 1 failed (for example no database) or a discrepancy, 2 wrong arguments, 3 no such request, organization or key.`;

/** Runs one command of the operator. Wrong arguments are an outcome; what a command throws is passed on. */
export async function runCommandLine(args: readonly string[], commands: Commands): Promise<CommandOutcome> {
  let outcome: CommandOutcome = { code: EXIT.done };
  let help = '';
  const program = new Command('lumenfall')
    .usage('<command> [options]')
    .exitOverride()
    .configureOutput({ writeOut: (text) => (help += text), writeErr: () => undefined, getOutHelpWidth: () => 110 })
    .showSuggestionAfterError(false)
    .addHelpText('after', AFTER_HELP);

  const runOperation: RunOperation = async (name, given, { json, format, code }) => {
    const input = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const checked = OPERATIONS[name].input.safeParse(input);
    outcome = checked.success
      ? await commands.operate(name, input, (output) => ({
          code: code?.(output) ?? EXIT.done,
          text: json ? JSON.stringify(output, null, 2) : format(output),
        }))
      : wrongArguments(validationError(checked.error).message);
  };

  program
    .command('doctor')
    .description('show how a request was routed, each attempt, what it cost and why')
    .addArgument(new Argument('<request_id>', 'a req_..., video_... or chatcmpl-... id').argParser(requestIdOf))
    .option('--json', 'print one JSON object (docs/operating.md)')
    .action(async (requestId: string, options: { json?: true }) => {
      outcome = await commands.doctor(requestId, options);
    });

  addOrganizationCommands(program, runOperation);
  addKeyCommands(program, runOperation);
  addCreditCommands(program, runOperation);
  addTopUpCommands(program, runOperation);
  addPriceCommands(program, async (work) => {
    outcome = await commands.prices(work);
  });
  addAuditCommand(program, runOperation);
  addActionCommands(program, runOperation);

  program
    .command('migrate')
    .description('bring the database up to date; in an empty one, create an organization and its first API key')
    .option('--sandbox', 'give a new organization 1,000 USD of sandbox credit instead of 10 USD')
    .addHelpText(
      'after',
      '\nPrints {"type":"bootstrap","organizationId":...,"apiKey":...,"balance":...}; accepts BOOTSTRAP_API_KEY.',
    )
    .action(async (options: { sandbox?: true }) => {
      outcome = await commands.migrate(options);
    });

  try {
    await program.parseAsync(args.length === 0 ? ['--help'] : [...args], { from: 'user' });
    return outcome;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { code: EXIT.done, text: help.trimEnd() };
    if (error.code === 'commander.help') return wrongArguments(`'${args[0] ?? ''}' needs a command`);
    return wrongArguments(error.message.replace(/^error: /, '').replace(/\s+/g, ' '));
  }
}

const wrongArguments = (problem: string): CommandOutcome => ({ code: EXIT.usage, error: `${problem} (see --help)` });

function requestIdOf(text: string): string {
  const requestId = parseRequestId(text.replace(/^chatcmpl-/, 'req_'));
  if (requestId !== null) return requestId;
  throw new InvalidArgumentError('Expected req_, video_ or chatcmpl- and 27 letters and digits.');
}
