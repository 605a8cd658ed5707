import type { OrganizationStore, StoredOrganization } from '@lumenfall/accounts';
import type { MediaRetention } from '@lumenfall/contracts';
import { inColumns, indented } from './columns.js';
import { EXIT, type CommandOutcome } from './outcome.js';

export interface OrganizationOptions {
  /** Patterns of offerings; undefined leaves the list as it is. */
  allow?: string[];
  deny?: string[];
  /** Empties both lists before `allow` and `deny` are set. */
  clear?: true;
  retention?: MediaRetention;
  json?: true;
}

const RETENTION: Readonly<Record<MediaRetention, string>> = {
  none: 'none (files are deleted after one hour)',
  '7d': '7d (files are kept for seven days)',
  '30d': '30d (files are kept for thirty days)',
};

/** Shows the settings of an organization, after changing those that are given. */
export async function runOrganization(
  slug: string,
  options: OrganizationOptions,
  organizations: OrganizationStore,
): Promise<CommandOutcome> {
  const { allow = options.clear && [], deny = options.clear && [], retention, json } = options;
  const changed = allow !== undefined || deny !== undefined || retention !== undefined;
  const organization = changed
    ? await organizations.change(slug, { allow, deny, mediaRetention: retention })
    : await organizations.findBySlug(slug);
  if (organization === null) {
    return { code: EXIT.unknown, error: `There is no organization '${slug}' in this database.` };
  }
  const { id, name, rules, mediaRetention } = organization;
  if (json) {
    return { code: EXIT.done, text: JSON.stringify({ id, slug, name, ...rules, retention: mediaRetention }, null, 2) };
  }
  return { code: EXIT.done, text: format(organization, changed) };
}

function format({ id, slug, name, rules, mediaRetention }: StoredOrganization, changed: boolean): string {
  const rows = [
    ['name', `${name} (${id})`],
    ['allow', rules.allow.length === 0 ? 'everything' : rules.allow.join(', ')],
    ['deny', rules.deny.length === 0 ? 'nothing' : rules.deny.join(', ')],
    ['retention', RETENTION[mediaRetention]],
  ];
  const note = changed ? ['The gateways apply the change within two seconds.'] : [];
  return [slug, ...indented(inColumns(rows)), ...note].join('\n');
}
