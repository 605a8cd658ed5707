import type { Database, StoredOrganization } from '@lumenfall/database';
import { inColumns } from '../columns.js';
import { EXIT } from '../command-line.js';
import type { Ending } from '../ending.js';

/** Shows an organization's lists, after setting those that were given. */
export async function runOrganization(
  command: { slug: string; allow: string[] | null; deny: string[] | null; json: boolean },
  { organizations }: Pick<Database, 'organizations'>,
): Promise<Ending> {
  const { slug, allow, deny, json } = command;
  const changes = allow !== null || deny !== null;
  const organization = changes
    ? await organizations.setRules(slug, { ...(allow && { allow }), ...(deny && { deny }) })
    : await organizations.findBySlug(slug);
  if (organization === null)
    return { code: EXIT.unknown, error: `There is no organization '${slug}' in this database.` };
  const { id, name, rules } = organization;
  if (json) return { code: EXIT.done, text: JSON.stringify({ id, slug, name, ...rules }, null, 2) };
  return { code: EXIT.done, text: tell(organization, changes) };
}

function tell({ id, slug, name, rules }: StoredOrganization, changed: boolean): string {
  const rows = [
    ['name', `${name} (${id})`],
    ['allow', rules.allow.length === 0 ? 'everything' : rules.allow.join(', ')],
    ['deny', rules.deny.length === 0 ? 'nothing' : rules.deny.join(', ')],
  ];
  const lines = [slug, ...inColumns(rows).map((row) => `  ${row}`)];
  return [...lines, ...(changed ? ['The gateways follow within five seconds.'] : [])].join('\n');
}
