import type { OrganizationStore, StoredOrganization } from '@lumenfall/accounts';
import { inColumns } from '../columns.js';
import { EXIT, type Command } from '../command-line.js';
import type { Ending } from '../ending.js';

const KEPT: Readonly<Record<StoredOrganization['mediaRetention'], string>> = {
  none: 'none (files are gone after an hour)',
  '7d': '7d (files are kept for seven days)',
  '30d': '30d (files are kept for thirty days)',
};

/** Shows what is set for an organization, after setting what was given. */
export async function runOrganization(
  command: Omit<Extract<Command, { name: 'organization' }>, 'name'>,
  organizations: OrganizationStore,
): Promise<Ending> {
  const { slug, allow, deny, retention, json } = command;
  const changes = allow !== null || deny !== null || retention !== null;
  const organization = changes
    ? await organizations.change(slug, {
        ...(allow && { allow }),
        ...(deny && { deny }),
        ...(retention && { mediaRetention: retention }),
      })
    : await organizations.findBySlug(slug);
  if (organization === null)
    return { code: EXIT.unknown, error: `There is no organization '${slug}' in this database.` };
  const { id, name, rules, mediaRetention } = organization;
  if (json)
    return { code: EXIT.done, text: JSON.stringify({ id, slug, name, ...rules, retention: mediaRetention }, null, 2) };
  return { code: EXIT.done, text: tell(organization, changes) };
}

function tell({ id, slug, name, rules, mediaRetention }: StoredOrganization, changed: boolean): string {
  const rows = [
    ['name', `${name} (${id})`],
    ['allow', rules.allow.length === 0 ? 'everything' : rules.allow.join(', ')],
    ['deny', rules.deny.length === 0 ? 'nothing' : rules.deny.join(', ')],
    ['retention', KEPT[mediaRetention]],
  ];
  const lines = [slug, ...inColumns(rows).map((row) => `  ${row}`)];
  return [...lines, ...(changed ? ['The gateways follow within five seconds.'] : [])].join('\n');
}
