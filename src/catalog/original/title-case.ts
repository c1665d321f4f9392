/** Words that stay in capitals, as a shop writes them. */
const ACRONYMS: ReadonlySet<string> = new Set(
  'ABS AC AFCI BX CPVC DC EMT GFCI HVAC LED MDF NM OSB PEX PTFE PVC SAE SDS TV USB UV VOC'.split(' '),
);
/** Words that stay small between others. */
const SMALL_WORDS: ReadonlySet<string> = new Set('A AN AND AT BY FOR IN OF ON OR THE TO WITH'.split(' '));

/**
 * A name in capitals as a shop would write it: "PLUMBER'S PUTTY" → "Plumber's Putty", "PVC PIPE" → "PVC Pipe".
 * A name that has small letters is somebody's choice and stays as it is.
 */
export function titleCase(name: string): string {
  const trimmed = name.trim().replace(/\s+/g, ' ');
  if (/\p{Ll}/u.test(trimmed)) return trimmed;
  return trimmed
    .split(' ')
    .map((word, index) => (index > 0 && SMALL_WORDS.has(word) ? word.toLowerCase() : titleCaseWord(word)))
    .join(' ');
}

function titleCaseWord(word: string): string {
  return word.replace(/[\p{L}\p{N}'’]+/gu, (part) => {
    if (ACRONYMS.has(part)) return part;
    const small = part.toLowerCase();
    const capital = small.replace(/\p{L}/u, (letter) => letter.toUpperCase());
    // O'BRIEN, but PLUMBER'S: only after a single letter does a second capital follow.
    return capital.replace(/^(\p{L}['’])(\p{L})/u, (_, start: string, letter: string) => start + letter.toUpperCase());
  });
}
