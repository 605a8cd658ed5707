import path from 'node:path';

/** A place in a document: 1-based line and what is written there. */
export interface Reference {
  line: number;
  text: string;
}

const TOP_FOLDERS = /^(apps|libs|docs|scripts|e2e|bench|\.ci)\//;
const FILE_NAME = /^[\w.-]+\.(ts|mjs|yaml|yml|prisma|md)$/;

/** Inline code that names a file or folder of the repository: a path from the top folder, or a bare file name. */
export function pathsIn(markdown: string): Reference[] {
  return prose(markdown).flatMap((text, index) =>
    [...text.matchAll(/`([^`\s]+)`/g)]
      .map(([, code = '']) => code.replace(/:\d+$/, ''))
      .filter((code) => TOP_FOLDERS.test(code) || FILE_NAME.test(code))
      .map((code) => ({ line: index + 1, text: code })),
  );
}

/** The targets of relative links, as paths from the top folder. @param file the document's own path */
export function linksIn(file: string, markdown: string): Reference[] {
  return prose(markdown).flatMap((text, index) =>
    [...text.matchAll(/\]\(([^)\s#]+)(#[^)\s]*)?\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target))
      .map((target) => ({ line: index + 1, text: path.posix.join(path.posix.dirname(file), target) })),
  );
}

/**
 * Whether a path exists. `*` stands for any part of a name, `<slug>` for one, and `{a,b}` for several. A name without a
 * folder may be anywhere.
 */
export function exists(reference: string, files: readonly string[]): boolean {
  const alternatives = expand(reference.replace(/\/$/, ''));
  return alternatives.every((each) => {
    const pattern = each
      .split(/(\*\*?|<[^>]+>)/)
      .map((part, index) =>
        index % 2 === 1 ? (part === '**' ? '.*' : '[^/]*') : part.replace(/[.+^$()|[\]\\{}]/g, '\\$&'),
      )
      .join('');
    const matcher = new RegExp(`${each.includes('/') ? '^' : '(^|/)'}${pattern}(/|$)`);
    return files.some((file) => matcher.test(file));
  });
}

function expand(text: string): string[] {
  const found = /\{([^{}]*,[^{}]*)\}/.exec(text);
  if (found === null) return [text];
  return (found[1] ?? '').split(',').flatMap((each) => expand(text.replace(found[0], each)));
}

/** Lines with more than `most` characters, except in tables and code blocks, and those that are one long word. */
export function longLines(markdown: string, most: number): Reference[] {
  return prose(markdown).flatMap((text, index) =>
    text.length > most && !text.startsWith('|') && /\S\s+\S/.test(text.slice(0, most).replace(/^[\s*#>-]+/, ''))
      ? [{ line: index + 1, text }]
      : [],
  );
}

/** The lines of a document, those of fenced code blanked. */
function prose(markdown: string): string[] {
  return markdown.replace(/^```[\s\S]*?^```/gm, (block) => block.replace(/[^\n]/g, '')).split('\n');
}
