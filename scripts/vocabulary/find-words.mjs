import ts from 'typescript';

/**
 * A piece of a file to check, with its 1-based line.
 * @typedef {{ kind: 'identifier' | 'prose', text: string, line: number }} Piece
 */

/** Properties whose text is what an end user writes, not what this project says. */
const USER_TEXT = new Set(['prompt', 'content', 'text', 'input', 'negative_prompt', 'negativePrompt', 'description']);

/** @returns {Piece[]} identifiers, strings and comments of a TypeScript or JavaScript source. */
function piecesOfSource(file, source) {
  const kind = file.endsWith('.ts') ? ts.ScriptKind.TS : ts.ScriptKind.JS;
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true, kind);
  const lineAt = (position) => tree.getLineAndCharacterOfPosition(position).line + 1;
  const pieces = [];
  const comments = new Map();
  const collectComments = (ranges) => ranges?.forEach(({ pos, end }) => comments.set(pos, end));
  const addString = (node, text) => {
    const line = lineAt(node.getStart(tree));
    if (/\s/.test(text.trim())) {
      if (!isUserText(node)) pieces.push({ kind: 'prose', text, line });
    } else if (/^[\w@./-]+$/.test(text.trim())) pieces.push({ kind: 'identifier', text: `'${text.trim()}'`, line });
  };
  const visit = (node) => {
    if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node))
      pieces.push({ kind: 'identifier', text: node.text, line: lineAt(node.getStart(tree)) });
    else if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node))
      addString(node, node.text);
    const children = node.getChildren(tree);
    if (children.length === 0) {
      collectComments(ts.getLeadingCommentRanges(source, node.pos));
      collectComments(ts.getTrailingCommentRanges(source, node.end));
    }
    children.forEach(visit);
  };
  visit(tree);
  for (const [pos, end] of comments)
    pieces.push({ kind: 'prose', text: withoutCode(source.slice(pos, end)), line: lineAt(pos) });
  return pieces;
}

function isUserText(node) {
  const literal = [node.parent, node.parent.parent].find((each) => each && ts.isTemplateExpression(each)) ?? node;
  const property = literal.parent;
  return ts.isPropertyAssignment(property) && USER_TEXT.has(property.name.text);
}

/** Comment signs and inline code do not count as prose; line ends are kept. */
const withoutCode = (text) => text.replace(/^\s*(\/\*\*?|\*\/|\*|\/\/+)/gm, '').replace(/`[^`\n]*`/g, '``');

/** @returns {Piece[]} prose and inline code of a Markdown document; fenced code is left out. */
function piecesOfMarkdown(source) {
  const text = source.replace(/^(```|~~~)[\s\S]*?^\1/gm, (block) => block.replace(/[^\n]/g, ''));
  const pieces = [{ kind: 'prose', text: withoutCode(text), line: 1 }];
  text.split('\n').forEach((line, index) => {
    for (const [, code] of line.matchAll(/`([^`]+)`/g))
      for (const [word] of code.matchAll(/[\w-]+/g))
        pieces.push({ kind: 'identifier', text: `'${word}'`, line: index + 1 });
  });
  return pieces;
}

/** @returns {Piece[]} */
export function piecesOf(file, source) {
  const name = { kind: 'identifier', text: file.slice(file.lastIndexOf('/') + 1).replace(/\.[^.]+$/, ''), line: 1 };
  if (/\.(ts|mts|mjs|js)$/.test(file)) return [name, ...piecesOfSource(file, source)];
  if (file.endsWith('.md')) return [name, ...piecesOfMarkdown(source)];
  if (file.endsWith('.prisma')) {
    const code = source.replace(/\/\/.*$/gm, '').split('\n');
    const identifiers = code.flatMap((line, index) =>
      [...line.matchAll(/\w+/g)].map(([text]) => ({ kind: 'identifier', text, line: index + 1 })),
    );
    return [name, ...identifiers, ...commentLines(source, /\/\//)];
  }
  if (/\.ya?ml$/.test(file)) return [name, { kind: 'prose', text: source, line: 1 }];
  return [name, ...commentLines(source, /(^|\s)#/)];
}

const commentLines = (source, sign) =>
  source.split('\n').flatMap((text, index) => {
    const at = text.search(sign);
    return at === -1 ? [] : [{ kind: 'prose', text: text.slice(at), line: index + 1 }];
  });

/** The words of an identifier in lower case: `parseHTTPHeader_v2` and `parse-http-header-v2` have the same. */
export function wordsOf(identifier) {
  return identifier
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .split(/[^A-Za-z\d]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}

/**
 * Compiles the word list. @returns {(file: string, source: string) => { line: number, found: string, entry: object }[]}
 */
export function wordFinder(entries) {
  const compiled = entries.map((entry) => ({
    entry,
    sequences: (entry.identifiers ?? []).map((words) => words.split(' ')),
    keep: entry.keep ?? {},
    prose: (entry.prose ?? []).map((pattern) => new RegExp(pattern, 'gi')),
  }));
  return (file, source) => {
    const found = [];
    for (const { kind, text, line } of piecesOf(file, source)) {
      if (kind === 'identifier') {
        const words = wordsOf(text).filter((word, at, all) => !(word === 'stand' && /^ins?$/.test(all[at + 1] ?? '')));
        for (const { entry, sequences, keep } of compiled) {
          if (isKept(keep, text, file)) continue;
          const sequence = sequences.find((sequence) => contains(words, sequence));
          if (sequence !== undefined) found.push({ line, found: text, entry });
        }
        continue;
      }
      for (const { entry, prose } of compiled) {
        for (const pattern of prose) {
          for (const match of text.matchAll(pattern)) {
            const before = text.slice(0, match.index);
            found.push({ line: line + before.split('\n').length - 1, found: around(text, match), entry });
          }
        }
      }
    }
    return found.sort((a, b) => a.line - b.line);
  };
}

function isKept(keep, text, file) {
  const rule = keep[text] ?? keep[text.replace(/^'|'$/g, '')];
  return rule === true || (Array.isArray(rule) && rule.some((folder) => file.startsWith(folder)));
}

const contains = (words, sequence) =>
  words.some((_, start) => sequence.every((word, offset) => words[start + offset] === word));

const around = (text, { index, 0: match }) =>
  text
    .slice(Math.max(0, index - 30), index + match.length + 30)
    .replace(/\s+/g, ' ')
    .trim();
