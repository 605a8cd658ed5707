import { z } from 'zod';

/** What a schema says of one variable. */
interface Variable {
  services: string[];
  required: boolean;
  default: string | null;
  /** The allowed values in words; '' for any text. */
  allowed: string;
}

export interface Documented {
  name: string;
  configuration: z.ZodType;
}

/** Variables that the start scripts and compose files set; an operator seldom does. */
const INTERNAL: Record<string, string> = {
  DATABASE_URL: 'The PostgreSQL database. Set by `npm start` and by docker compose.',
  BILLING_URL: "Base URL of billing's internal HTTP API. Set by `npm start` and by docker compose.",
  MEDIA_DIR: 'Folder of generated files; used if `MEDIA_URL` is not set. Set by `npm start` and by docker compose.',
};

type Property = {
  type?: string;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  default?: unknown;
};

function propertiesOf(
  schema: z.ZodType,
  io: 'input' | 'output',
): { properties: Record<string, Property>; required: string[] } {
  const { properties, required } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return { properties: (properties ?? {}) as Record<string, Property>, required: required ?? [] };
}

const inWords = ({ enum: values, minimum, maximum }: Property): string =>
  values !== undefined
    ? values.map((value) => `\`${value}\``).join(', ')
    : minimum !== undefined && maximum !== undefined
      ? `${minimum} to ${maximum}`
      : '';

/** The variables of all services, from their schemas. */
export function readVariables(services: Documented[]): Map<string, Variable> {
  const variables = new Map<string, Variable>();
  for (const { name, configuration } of services) {
    const input = propertiesOf(configuration, 'input');
    const output = propertiesOf(configuration, 'output');
    for (const [variable, property] of Object.entries(input.properties)) {
      const known = variables.get(variable);
      if (known !== undefined) {
        known.services.push(name);
        continue;
      }
      const value = property.default ?? output.properties[variable]?.default;
      variables.set(variable, {
        services: [name],
        required: input.required.includes(variable),
        default: value === undefined ? null : String(value),
        allowed: inWords({ ...output.properties[variable], ...property }),
      });
    }
  }
  return variables;
}

/** A section of `.env.example`: comments, and the variables below each. */
export interface Section {
  title: string;
  variables: Map<string, { text: string; example: string }>;
}

/** Reads `.env.example`: `# --- title ---` begins a section; the comment above a block of variables describes them. */
export function readEnvExample(source: string): Section[] {
  const sections: Section[] = [];
  let comment: string[] = [];
  let hadVariable = false;
  for (const line of source.split('\n')) {
    const title = /^# --- (.*?) -*$/.exec(line)?.[1];
    const variable = /^# ([A-Z][A-Z0-9_]*)=(.*)$/.exec(line);
    if (title !== undefined) sections.push({ title, variables: new Map() });
    else if (variable !== null) {
      const [, name = '', example = ''] = variable;
      sections.at(-1)?.variables.set(name, { text: comment.join(' '), example });
      hadVariable = true;
      continue;
    } else if (line.startsWith('# ')) {
      comment = hadVariable ? [line.slice(2)] : [...comment, line.slice(2)];
    } else if (line === '') comment = [];
    hadVariable = false;
  }
  return sections;
}

const row = (cells: string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

/**
 * The configuration reference: defaults, bounds and services from the schemas, descriptions from `.env.example`.
 * Throws if a schema has a variable that nothing describes.
 */
export function configurationPage(services: Documented[], envExample: string): string {
  const variables = readVariables(services);
  const sections = readEnvExample(envExample);
  const described = new Set(sections.flatMap((section) => [...section.variables.keys()]));
  const undescribed = [...variables.keys()].filter((name) => !described.has(name) && !(name in INTERNAL));
  if (undescribed.length > 0) throw new Error(`.env.example does not describe ${undescribed.join(', ')}`);
  const tableOf = (rows: [name: string, text: string, example: string][]): string[] => [
    row(['variable', 'default', 'allowed', 'read by', 'meaning']),
    row(['---', '---', '---', '---', '---']),
    ...rows.map(([name, text, example]) => {
      const variable = variables.get(name);
      // The start scripts set some defaults of their own, such as PORT=3000.
      const value =
        variable === undefined || (variable.default !== null && example !== '') ? example : variable.default;
      return row([
        `\`${name}\``,
        variable?.required && name in INTERNAL ? 'required' : !value ? '' : `\`${value}\``,
        variable?.allowed ?? '',
        variable?.services.join(', ') ?? '',
        text,
      ]);
    }),
  ];
  return [
    '# Configuration',
    '',
    '<!-- Generated by `npm run documents` from the schemas of the services and .env.example. Do not edit. -->',
    '',
    'Every service reads its configuration from the environment, once, when it starts. `npm start` and docker compose also',
    'read `.env` in the top folder; the environment has precedence. An empty variable counts as unset. A service refuses to',
    'start with an invalid value and names the variable.',
    '',
    ...sections.flatMap(({ title, variables: own }) => [
      `## ${title}`,
      '',
      ...tableOf([...own].map(([name, { text, example }]) => [name, text, example])),
      '',
    ]),
    '## Set by the start scripts',
    '',
    ...tableOf(Object.entries(INTERNAL).flatMap(([name, text]) => (described.has(name) ? [] : [[name, text, '']]))),
    '',
  ].join('\n');
}
