import { mediaRetentionSchema, parseRequestId, PROVIDER_SLUGS } from '@lumenfall/contracts';
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { OrganizationOptions } from './organization.js';
import { EXIT, type CommandOutcome } from './outcome.js';

/** What the command line calls; each returns what to print. */
export interface Commands {
  doctor(requestId: string, options: { json?: true }): Promise<CommandOutcome>;
  organization(slug: string, options: OrganizationOptions): Promise<CommandOutcome>;
  migrate(): Promise<CommandOutcome>;
}

const AFTER_HELP = `
The database is the one of the system that runs here (npm start), or DATABASE_URL.
Exit codes: 0 done, 1 failed (for example no database), 2 wrong arguments, 3 no such request or organization.`;

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

  program
    .command('doctor')
    .description('show how a request was routed, each attempt, what it cost and why')
    .addArgument(new Argument('<request_id>', 'a req_..., video_... or chatcmpl-... id').argParser(requestIdOf))
    .option('--json', 'print one JSON object (docs/operating.md)')
    .action(async (requestId: string, options: { json?: true }) => {
      outcome = await commands.doctor(requestId, options);
    });

  program
    .command('organization')
    .description('show or set which offerings an organization may use, and how long its media are kept')
    .argument('<slug>', 'for example default')
    .addOption(new Option('--allow <patterns>', 'set: only these offerings; "" allows all').argParser(patternsOf))
    .addOption(
      new Option('--deny <patterns>', 'set: never these, even if allowed; "" denies none').argParser(patternsOf),
    )
    .option('--clear', 'empty both lists first')
    .addOption(
      new Option('--retention <time>', 'set: none (one hour), 7d or 30d; a video request may ask for another').choices(
        mediaRetentionSchema.options,
      ),
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nA pattern is <provider>/<model id> with * for anything: fal/*,openai/sora-*,*/gpt-image-1.5',
    )
    .action(async (slug: string, options: OrganizationOptions) => {
      outcome = await commands.organization(slug, options);
    });

  program
    .command('migrate')
    .description('bring the database up to date; in an empty one, create an organization and its first API key')
    .addHelpText('after', '\nPrints {"type":"bootstrap","organizationId":...,"apiKey":...}; accepts BOOTSTRAP_API_KEY.')
    .action(async () => {
      outcome = await commands.migrate();
    });

  try {
    await program.parseAsync(args.length === 0 ? ['--help'] : [...args], { from: 'user' });
    return outcome;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { code: EXIT.done, text: help.trimEnd() };
    return { code: EXIT.usage, error: `${error.message.replace(/^error: /, '').replace(/\s+/g, ' ')} (see --help)` };
  }
}

function requestIdOf(text: string): string {
  const requestId = parseRequestId(text.replace(/^chatcmpl-/, 'req_'));
  if (requestId !== null) return requestId;
  throw new InvalidArgumentError('Expected req_, video_ or chatcmpl- and 27 letters and digits.');
}

/** Reads a comma-separated list; refuses unknown providers, since a misspelt one would deny nothing. */
function patternsOf(list: string): string[] {
  const patterns = [...new Set(list.split(',').map((pattern) => pattern.trim()))].filter((pattern) => pattern !== '');
  for (const pattern of patterns) {
    if (!/^[\w.:*-]+(\/[\w.:*/-]+)?$/.test(pattern)) {
      throw new InvalidArgumentError(`Expected <provider>/<model id> instead of '${pattern}'.`);
    }
    const [provider = '', model] = pattern.split('/', 2);
    if (provider.includes('*')) continue;
    if (!PROVIDER_SLUGS.some((slug) => slug === provider)) {
      throw new InvalidArgumentError(`'${provider}' is not a provider: use ${PROVIDER_SLUGS.join(', ')}.`);
    }
    if (model === undefined) {
      throw new InvalidArgumentError(`'${pattern}' has no model: write ${pattern}/* for every model of this provider.`);
    }
  }
  return patterns;
}
