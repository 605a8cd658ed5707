import { breakComments } from './break-comments.mjs';

const words = (count: number): string => Array.from({ length: count }, (_, index) => `word${index}`).join(' ');
const lengths = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));

describe('the breaking of long comments', () => {
  it('leaves code and short comments as they are', () => {
    const source = `// Short.\n/** Short. */\nconst text = '${words(30)}';\n`;
    expect(breakComments(source)).toBe(source);
  });

  it('opens a block comment of one line', () => {
    const broken = breakComments(`  /** ${words(20)} */\n  one();`);
    expect(broken).toMatch(/^ {2}\/\*\*\n {3}\* word0 .*\n {3}\* .*word19\n {3}\*\/\n {2}one\(\);$/);
  });

  it('fills the rest of the paragraph, up to a blank line or a tag', () => {
    const broken = breakComments(`/**\n * ${words(25)}\n * and more.\n *\n * Next.\n * @param one ${words(2)}\n */`);
    expect(broken).toContain('word24 and more.\n *\n * Next.\n * @param one word0 word1\n */');
    expect(lengths(broken)).toBeLessThanOrEqual(120);
  });

  it('indents the continuation of a tag and of a list item', () => {
    const broken = breakComments(`/**\n * - ${words(25)}\n * @param one ${words(25)}\n */`);
    expect(broken).toMatch(/\n \* {3}word\d+.*\n \* @param one word0 .*\n \* {3}word\d+/);
  });

  it('does not break inline code', () => {
    const code = '`a b c d e f g h i j k l m n o p q r s t u v w x y z`';
    expect(breakComments(`// ${words(14)} ${code} end`)).toContain(code);
  });

  it('breaks comments of YAML and of two slashes', () => {
    expect(lengths(breakComments(`# ${words(30)}\nkey: 1\n// ${words(30)}`))).toBeLessThanOrEqual(120);
  });
});
