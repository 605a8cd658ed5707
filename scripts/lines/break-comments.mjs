export const MAX_LENGTH = 120;

/** A comment line: its indentation and sign, and its text. */
const COMMENT = /^(\s*(?:\*|\/\/\/?|#))( +|$)(.*)$/;
/** Lines that begin something new: tags, list items, code, commands. */
const BEGINS = /^(@\w|[-*] |\d+\. |`{3}| )/;

/** Breaks comment lines that are too long; the lines after them that belong to the same paragraph are filled again. */
export function breakComments(source) {
  const lines = source.split('\n').flatMap(openBlock);
  const result = [];
  for (let at = 0; at < lines.length;) {
    const comment = COMMENT.exec(lines[at]);
    if (comment === null || lines[at].length <= MAX_LENGTH || isLaidOut(comment)) {
      result.push(lines[at]);
      at += 1;
      continue;
    }
    const [, sign, gap, first] = comment;
    const paragraph = [first];
    for (at += 1; at < lines.length; at += 1) {
      const next = COMMENT.exec(lines[at]);
      if (next === null || next[1] !== sign || next[3] === '' || next[3] === '/') break;
      if (BEGINS.test(next[3]) || (next[2].length > gap.length && !BEGINS.test(first))) break;
      paragraph.push(next[3]);
    }
    const hanging =
      /^(@\w+|[-*] |\d+\. )/.exec(first) === null
        ? ''
        : /^@/.test(first)
          ? '  '
          : ' '.repeat(/^\S+ /.exec(first)[0].length);
    result.push(...fill(paragraph.join(' '), `${sign} `, `${sign} ${hanging}`));
  }
  return result.join('\n');
}

/** Shebang lines, and lines that are indented after their sign: commands and tables. */
const isLaidOut = ([line, sign, gap]) => line.startsWith('#!') || (gap.length > 1 && !sign.endsWith('*'));

/** A block comment on one line that is too long gets lines of its own. */
function openBlock(line) {
  const block = /^(\s*)\/\*\*? (.*?) ?\*\/$/.exec(line);
  if (block === null || line.length <= MAX_LENGTH) return [line];
  const [, indent, text] = block;
  return [`${indent}/**`, `${indent} * ${text}`, `${indent} */`];
}

/** Inline code and links are not broken. */
function fill(text, first, rest) {
  const words = text.replace(/`[^`]*`|\{@link [^}]*\}/g, (code) => code.replaceAll(' ', '\0')).split(/ +/);
  const lines = [];
  let line = first;
  for (const word of words) {
    const isEmpty = line === first || line === rest;
    if (!isEmpty && line.length + 1 + word.length > MAX_LENGTH) {
      lines.push(line);
      line = rest + word;
    } else line += isEmpty ? word : ` ${word}`;
  }
  return [...lines, line].map((each) => each.replaceAll('\0', ' '));
}
